"""The event table is whole, and what was once recorded can still be read."""

from pathlib import Path

import msgspec
import pytest

from engine.events import BY_EVENT, TABLE, TOPICS, Event, Kind

GOLDEN = Path(__file__).parent.parent / "data" / "events"


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.name)
def test_an_event_recorded_long_ago_still_reads_the_same(kind: Kind) -> None:
    golden = msgspec.json.format((GOLDEN / f"{kind.name}.json").read_bytes(), indent=0)

    event = msgspec.json.decode(golden, type=kind.of)

    assert msgspec.json.format(msgspec.json.encode(event), indent=0).strip() == golden.strip()


def test_every_event_stands_in_the_table_once() -> None:
    classes = set(Event.__subclasses__())

    assert {kind.of for kind in TABLE} == classes
    assert len(BY_EVENT) == len(TABLE) == len({kind.name for kind in TABLE})


def test_every_topic_has_events_and_every_event_a_topic() -> None:
    assert {kind.topic for kind in TABLE} == set(TOPICS)


def test_a_golden_file_stands_for_every_event_and_for_nothing_else() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == {kind.name for kind in TABLE}
