"""The event table is whole, and what was once recorded can still be read."""

import re
from pathlib import Path

import msgspec
import pytest

from engine.events.event import TOPICS, Event
from engine.events.table import BY_EVENT, BY_TYPE, TABLE, Kind

GOLDEN = Path(__file__).parent.parent / "data" / "events"


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.name)
def test_an_event_recorded_long_ago_still_reads_the_same(kind: Kind) -> None:
    golden = msgspec.json.format((GOLDEN / f"{kind.name}.json").read_bytes(), indent=0)

    event = msgspec.json.decode(golden, type=kind.of)

    assert msgspec.json.format(msgspec.json.encode(event), indent=0).strip() == golden.strip()


@pytest.mark.parametrize(
    ("name", "added"),
    [
        ("review.signed", "deputy"),
        ("review.signed", "dual"),
        ("presence", "editors"),
        ("config.changed", "confirmed_by"),
        ("issue.added", "grouped_by"),
    ],
)
def test_an_event_of_before_a_field_was_added_reads_with_its_default(name: str, added: str) -> None:
    golden = (GOLDEN / f"{name}.json").read_text("utf-8")
    older = re.sub(rf',\s*"{added}": (\[\]|[^,}}\s]+)', "", golden)

    event = msgspec.json.decode(older, type=BY_TYPE[name].of)

    assert added not in older
    assert event == msgspec.json.decode(golden, type=BY_TYPE[name].of)


def test_every_event_stands_in_the_table_once() -> None:
    classes = set(Event.__subclasses__())

    assert {kind.of for kind in TABLE} == classes
    assert len(BY_EVENT) == len(TABLE) == len({kind.name for kind in TABLE})


def test_every_topic_has_events_and_every_event_a_topic() -> None:
    assert {kind.topic for kind in TABLE} == set(TOPICS)


def test_a_golden_file_stands_for_every_event_and_for_nothing_else() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == {kind.name for kind in TABLE}
