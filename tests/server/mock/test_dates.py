"""Timestamps move, each in the form it was written in; days named in a text stay."""

from datetime import UTC, datetime, timedelta

import pytest

from server.mock.dates import moved, newest

A_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-01-15T11:30:00Z", "2026-01-16T11:30:00Z"),
        ("2026-01-31T23:30:00+01:00", "2026-02-01T23:30:00+01:00"),
        ("2026-01-15T11:30Z", "2026-01-16T11:30:00Z"),
        ("Thu, 15 Jan 2026 11:30:00 GMT", "Fri, 16 Jan 2026 11:30:00 +0000"),
        ("15 Jan 2026 11:30:00 +0100", "Fri, 16 Jan 2026 11:30:00 +0100"),
    ],
)
def test_a_timestamp_keeps_its_form_and_zone(written: str, expected: str) -> None:
    assert moved(f"<pubDate>{written}</pubDate>", A_DAY) == f"<pubDate>{expected}</pubDate>"


@pytest.mark.parametrize(
    "text",
    [
        "The hearing is on 21 January 2026 at 14:00.",
        "Advisory 2026-03 of 2026-01-15",
        "due 2026-02-30T11:30:00Z",
        "99 Jan 2026 11:30:00 GMT",
        "version 12026-01-15T11:30:00Z",
    ],
)
def test_what_is_no_timestamp_stays(text: str) -> None:
    assert moved(text, A_DAY) == text


def test_the_newest_of_all_texts_is_found_across_zones() -> None:
    texts = ["2026-01-15T11:30:00+02:00", "Thu, 15 Jan 2026 10:00:00 GMT", "no date"]

    assert newest(texts) == datetime(2026, 1, 15, 10, tzinfo=UTC)


def test_texts_without_timestamps_have_no_newest() -> None:
    assert newest(["on Friday", "2026-02-30T11:30:00Z"]) is None
