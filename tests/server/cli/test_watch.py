"""``wireroom watch`` shows what happens, and ends with a sentence when it cannot."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from engine.errors import Invalid
from engine.events.event import PRIVATE_TOPICS
from server.cli import watch
from server.cli.watch import said, topics_of
from tests.server.cli.sessions import REPOSITORY, Running, Wireroom

pytestmark = pytest.mark.xdist_group("mock desk")


def lines_of(desk: Running, *options: str, count: int) -> list[str]:
    """The first lines that ``watch`` prints; then it is interrupted."""
    command = [sys.executable, "-m", "server.cli", "watch", "--url", desk.url, *options]
    watching = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    with watching:
        assert watching.stdout is not None
        lines = [watching.stdout.readline() for _ in range(count)]
        watching.send_signal(2)
        watching.wait(timeout=20)
    assert watching.returncode == 130
    return lines


def test_the_state_comes_first_in_words(mock_desk: Running) -> None:
    (first,) = lines_of(mock_desk, count=1)

    assert first.startswith("-- the desk at ")


def test_json_is_one_object_a_line(mock_desk: Running) -> None:
    (first,) = lines_of(mock_desk, "--json", "--topics", "issue,brief", count=1)

    snapshot = json.loads(first)
    assert snapshot["at"]
    assert snapshot["data"]["issues"]


def test_a_desk_that_does_not_answer_is_an_error_at_once(wireroom: Wireroom) -> None:
    ran = wireroom("watch", "--url", "http://127.0.0.1:1")

    assert (ran.code, ran.err) == (
        1,
        "No desk answers at http://127.0.0.1:1: connection refused.\n",
    )


def test_without_an_address_both_places_that_were_tried_are_named(
    wireroom: Wireroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "DEFAULT_URL", "http://127.0.0.1:1")

    ran = wireroom("watch", "--data-dir", "house")

    assert (ran.code, ran.err) == (
        1,
        "No desk runs on house, and none answers at http://127.0.0.1:1.\n",
    )


def test_a_topic_that_may_not_be_read_is_the_desks_sentence(
    wireroom: Wireroom, mock_desk: Running
) -> None:
    ran = wireroom("watch", "--url", mock_desk.url, "--topics", "access")

    assert ran.code == 1
    assert ran.err.count("\n") == 1


def test_all_topics_but_the_private_ones_are_watched_by_default() -> None:
    assert not PRIVATE_TOPICS & set(topics_of(None))


def test_topics_are_separated_by_commas_or_given_again() -> None:
    assert topics_of(["issue, review", "brief"]) == ["issue", "review", "brief"]


def test_topics_that_name_none_are_no_topics() -> None:
    with pytest.raises(Invalid, match="must name at least one"):
        topics_of([" ,"])


def test_an_unknown_topic_is_named_with_the_known_ones() -> None:
    with pytest.raises(Invalid, match="no topic 'weather': known are issue"):
        topics_of(["issue,weather"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"issue": {"title": "Reed bed"}}, "Reed bed"),
        (
            {"brief": {"title": "Reed bed"}, "signoff": {"name": "Ada", "role": "Analyst"}},
            "Reed bed — Ada as Analyst",
        ),
        ({"run": {"read": 3, "new": 2, "rejected": 1}}, "3 read, 2 new, 1 rejected"),
        (
            {"run": {"read": 1200, "new": 0, "known": 1199, "duplicates": 1, "rejected": 0}},
            "1,200 read, 1,199 already here, 1 near-duplicates or copies",
        ),
        ({"progress": {"source_id": "news", "read": 3, "total": None}}, "news: 3 read"),
        ({"progress": {"source_id": "news", "read": 3, "total": 40}}, "news: 3 of 40 read"),
        ({}, ""),
    ],
)
def test_an_event_is_told_in_a_few_words(data: dict[str, Any], words: str) -> None:
    assert said(data) == words
