"""The hash chain shows every change, gap and cut."""

from datetime import UTC, datetime

from msgspec.structs import replace

from engine.events.ingest import IngestSourceRemoved
from engine.events.recorded import Recorded
from engine.log.verify import verify
from engine.record import GENESIS, Head, record

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


def a_log(length: int = 5) -> tuple[list[Recorded], Head]:
    head = Head(epoch="e", seq=0, hash=GENESIS)
    lines = []
    for n in range(length):
        line = record(IngestSourceRemoved(source_id=f"s{n}"), head, NOW)
        head = Head(epoch="e", seq=line.seq, hash=line.hash)
        lines.append(line)
    return lines, head


def test_an_untouched_log_holds() -> None:
    lines, head = a_log()

    result = verify(lines, head)

    assert (result.ok, result.checked, result.head) == (True, 5, "e-5")


def test_an_empty_log_holds() -> None:
    assert verify(*a_log(0)).ok


def test_a_changed_event_is_named() -> None:
    lines, head = a_log()
    lines[2] = replace(lines[2], data=b'{"source_id":"other"}')

    result = verify(lines, head)

    assert not result.ok
    assert result.checked == 2
    assert "Event 3 (ingest.source_removed)" in result.problem


def test_a_missing_event_is_named() -> None:
    lines, head = a_log()
    del lines[1]

    assert verify(lines, head).problem == "Event 2 is missing."


def test_a_log_cut_short_does_not_reach_its_head() -> None:
    lines, head = a_log()

    assert "ends at 4" in verify(lines[:-1], head).problem


def test_a_changed_head_is_noticed() -> None:
    lines, head = a_log()

    assert not verify(lines, replace(head, hash=bytes(32))).ok
