"""An event becomes one line of the log: numbered, hashed, encoded once."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from engine.events.ingest import IngestSourceRemoved
from engine.events.presence import Presence
from engine.record import GENESIS, Head, chain, latest, record, restore, timestamp

NOW = datetime(2026, 3, 4, 9, 0, 0, 5, tzinfo=UTC)
HEAD = Head(epoch="0a1b", seq=41, hash=GENESIS)


def test_a_line_is_one_cloud_event_with_its_cursor_as_id() -> None:
    line = record(IngestSourceRemoved(source_id='halm "wire"'), HEAD, NOW)

    assert msgspec.json.decode(line.wire) == {
        "specversion": "1.0",
        "id": "0a1b-42",
        "source": "/wireroom",
        "type": "ingest.source_removed",
        "subject": 'halm "wire"',
        "time": "2026-03-04T09:00:00.000005Z",
        "topic": "ingest",
        "data": {"source_id": 'halm "wire"'},
    }


def test_a_restored_line_equals_the_one_that_was_recorded() -> None:
    line = record(IngestSourceRemoved(source_id="halm"), HEAD, NOW)

    again = restore(line.epoch, line.seq, line.type, line.subject, line.time, line.data, line.hash)

    assert again == line


@pytest.mark.parametrize(
    "changed",
    [
        {"previous": b"\1" * 32},
        {"seq": 43},
        {"type_": "ingest.source_added"},
        {"subject": "other"},
        {"time": NOW + timedelta(microseconds=1)},
        {"data": b"{}"},
    ],
)
def test_the_hash_covers_every_field(changed: dict[str, object]) -> None:
    given = {
        "previous": GENESIS,
        "seq": 42,
        "type_": "ingest.source_removed",
        "subject": "halm",
        "time": NOW,
        "data": b'{"source_id":"halm"}',
    }

    assert chain(**given) != chain(**{**given, **changed})  # type: ignore[arg-type]  # by keyword


def test_moving_a_letter_from_one_field_to_the_next_changes_the_hash() -> None:
    assert chain(GENESIS, 1, "ab", "c", NOW, b"") != chain(GENESIS, 1, "a", "bc", NOW, b"")


def test_a_latest_value_has_an_id_that_is_no_cursor() -> None:
    line = latest(Presence(subject="strike", viewers=("Ana",)), "b00t", 7, NOW)

    assert msgspec.json.decode(line.wire)["id"] == "~b00t-7"
    assert line.key == ("presence", "strike")


def test_times_are_written_in_utc_whatever_zone_they_come_in() -> None:
    local = datetime(2026, 3, 4, 11, 0, tzinfo=timezone(timedelta(hours=2)))

    assert timestamp(local) == "2026-03-04T09:00:00.000000Z"
