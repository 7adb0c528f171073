"""Jobs and answers: every job has its result type, long answers travel in parts."""

from typing import get_args

from engine.ingest.parsed import Parsed, Refused
from engine.ingest.portions import COUNT
from engine.model import Entry
from engine.worker.frames import LAST, REPLY, REQUEST, read_job, read_result, reply, request
from engine.worker.jobs import RESULTS, AnyJob, Done, ParseFeed, Reset, joined, pages


def test_every_job_has_the_result_type_that_its_class_declares() -> None:
    declared = {job: job.__orig_bases__[0].__args__[0] for job in get_args(AnyJob)}

    assert declared == RESULTS


def test_a_body_travels_beside_the_job_and_comes_back_into_it() -> None:
    job = ParseFeed(body=b"<rss/>" * 1000, url="https://port.example/feed")

    head, body = request(job)

    sizes = REQUEST.unpack(head[: REQUEST.size])
    assert sizes == (len(head) - REQUEST.size, 6000)
    assert len(head) < 200
    assert read_job(head[REQUEST.size :], body) == job


def test_a_result_survives_its_frame() -> None:
    frame = reply(LAST, Done(position=3))

    kind, length = REPLY.unpack(frame[: REPLY.size])

    assert (kind, length) == (LAST, len(frame) - REPLY.size)
    assert read_result(Reset(), frame[REPLY.size :]) == Done(position=3)


def test_a_long_feed_is_split_and_joined_without_loss() -> None:
    entries = tuple(Entry(title=f"Notice {n}") for n in range(2 * COUNT + 1))
    whole = Parsed(entries=entries, rejected=(Refused(position=1, reason="No."),), title="Port")

    parts = list(pages(whole))

    assert max(len(part.entries) for part in parts) == COUNT
    assert joined(parts) == whole


def test_a_short_answer_is_one_part() -> None:
    whole = Parsed(entries=(Entry(title="Notice"),))

    assert list(pages(whole)) == [whole]
    assert joined([whole]) is whole
