"""Entries that somebody sends."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from engine.ingest.pushed import cleaned
from engine.model import Entry


def test_pushed_markup_becomes_plain_text() -> None:
    entry = Entry(title="<b>Quay</b> shut\u202e", text="<p>One.</p><script>x</script>", guid=" 1 ")

    assert cleaned([entry]).entries == (Entry(title="Quay shut", text="One.", guid="1"),)


def test_a_missing_title_is_the_first_sentence() -> None:
    assert cleaned([Entry(title=" ", text="Quay shut. Ships wait.")]).entries[0].title == (
        "Quay shut."
    )


def test_what_has_nothing_is_rejected_by_its_position() -> None:
    parsed = cleaned([Entry(title="Quay"), Entry(title="<p></p>")], start=50)

    assert len(parsed.entries) == 1
    assert [each.position for each in parsed.rejected] == [52]


def test_times_come_out_in_utc() -> None:
    east = timezone(timedelta(hours=2))
    entry = Entry(title="Quay", published=datetime(2026, 3, 2, 6, tzinfo=east))

    published = cleaned([entry]).entries[0].published

    assert published is not None
    assert (published.hour, published.tzinfo) == (4, UTC)


@pytest.mark.parametrize(
    ("published", "reason"),
    [
        (datetime(2026, 3, 2), "Its published time has no time zone."),  # noqa: DTZ001 - the case
        (datetime(1969, 12, 31, tzinfo=UTC), "in 1969, which is not from 1970 to 2100."),
        (datetime(2101, 1, 1, tzinfo=UTC), "in 2101, which is not from 1970 to 2100."),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), "published in 1,"),
    ],
)
def test_what_was_published_at_no_certain_time_is_rejected_with_the_reason(
    published: datetime, reason: str
) -> None:
    parsed = cleaned([Entry(title="Quay"), Entry(title="Lock", published=published)])

    assert [entry.title for entry in parsed.entries] == ["Quay"]
    assert [each.position for each in parsed.rejected] == [2]
    assert reason in parsed.rejected[0].reason
