"""Entries to items."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from engine.ingest.normalise import FUTURE_LIMIT, item_id, normalise
from engine.model import Entry, Item, Source

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WIRE = Source(id="wire", kind="feed", location="https://wire.example/feed", title="The Wire")
ENTRY = Entry(
    title="Quay closed",
    text="The quay closed.",
    url="https://www.ellmouth.example/quay#top",
    guid="n-1",
    publisher="Ellmouth Post",
    published=NOW,
)


def item(entry: Entry, source: Source = WIRE) -> Item:
    return normalise(entry, source, arrived=NOW, edition="2026-03-02")


def test_an_item_carries_the_entry_its_source_arrival_and_edition() -> None:
    made = item(ENTRY)

    assert (made.source_id, made.arrived, made.edition) == ("wire", NOW, "2026-03-02")
    assert (made.title, made.text, made.guid) == ("Quay closed", "The quay closed.", "n-1")
    assert made.url == "https://www.ellmouth.example/quay"


def test_the_id_is_twenty_hex_digits_and_stays_when_the_words_change() -> None:
    edited = replace(ENTRY, title="Quay reopened")

    assert item(ENTRY).id == item(edited).id
    assert len(item(ENTRY).id.removeprefix("itm-")) == 20


def test_the_same_guid_in_another_source_is_another_item() -> None:
    assert item(ENTRY).id != item(ENTRY, replace(WIRE, id="other")).id


@pytest.mark.parametrize("field", ["url", "title"])
def test_without_a_guid_the_address_identifies_and_without_that_the_words(field: str) -> None:
    entry = replace(ENTRY, guid="", url=ENTRY.url if field == "url" else "")

    changed = replace(entry, **{field: "https://ellmouth.example/other"})

    assert item(entry).id != item(changed).id
    assert item_id(entry, "wire", item(entry).url) == item(entry).id


@pytest.mark.parametrize(
    ("entry", "publisher"),
    [
        (ENTRY, "Ellmouth Post"),
        (replace(ENTRY, publisher=""), "ellmouth.example"),
        (replace(ENTRY, publisher="", url=""), "The Wire"),
    ],
)
def test_the_publisher_falls_back_to_host_and_source(entry: Entry, publisher: str) -> None:
    assert item(entry).publisher == publisher


def test_a_time_in_the_far_future_is_no_time() -> None:
    soon, late = NOW + FUTURE_LIMIT, NOW + FUTURE_LIMIT + timedelta(seconds=1)

    assert item(replace(ENTRY, published=soon)).published == soon
    assert item(replace(ENTRY, published=late)).published is None
    assert item(replace(ENTRY, published=None)).published is None
