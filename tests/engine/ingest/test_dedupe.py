"""Exact duplicates."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from engine.ingest.dedupe import Distinct, content_key, distinct, keyed
from engine.model import Item

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ITEM = Item(
    id="itm-1",
    source_id="wire",
    title="Quay closed",
    text="The quay closed.",
    url="https://ellmouth.example/quay",
    guid="1",
    publisher="Ellmouth Post",
    published=NOW,
    arrived=NOW,
    edition="2026-03-02",
)
OTHER = replace(ITEM, id="itm-2", title="Pier opened", url="https://ellmouth.example/pier")


def sifted(*items: Item, known: frozenset[str] = frozenset()) -> Distinct:
    return distinct((keyed(item) for item in items), known)


def test_an_item_is_recognised_by_id_address_and_content() -> None:
    one = keyed(ITEM)

    assert one.item == ITEM
    assert (one.url_key, one.content_key) == ("ellmouth.example/quay", content_key(ITEM))


def test_different_items_are_all_new() -> None:
    assert [one.item for one in sifted(ITEM, OTHER).items] == [ITEM, OTHER]


def test_the_same_id_again_is_known() -> None:
    found = sifted(ITEM, replace(ITEM, title="Edited", url="", text="x"))

    assert (len(found.items), found.known, found.duplicates) == (1, 1, 0)


def test_the_same_address_is_a_duplicate() -> None:
    copy = replace(ITEM, id="itm-3", title="Quay shut", text="Other words.")

    assert sifted(ITEM, copy).duplicates == 1


def test_the_same_words_are_a_duplicate_whatever_their_case_and_spacing() -> None:
    copy = replace(ITEM, id="itm-3", url="", title="QUAY  closed!", publisher="Calder Courier")

    assert sifted(ITEM, copy).duplicates == 1


def test_a_bare_headline_from_another_publisher_is_new() -> None:
    bare = replace(ITEM, text="", url="")
    copy = replace(bare, id="itm-3", publisher="Calder Courier")

    assert len(sifted(bare, copy).items) == 2


def test_a_bare_headline_of_another_day_is_new_and_of_the_same_day_is_not() -> None:
    bare = replace(ITEM, text="", url="")
    same_day = replace(bare, id="itm-3", published=NOW + timedelta(hours=1))
    next_day = replace(bare, id="itm-4", published=NOW + timedelta(days=1))
    undated = replace(bare, id="itm-5", published=None)

    found = sifted(bare, same_day, next_day, undated)

    assert [one.item.id for one in found.items] == ["itm-1", "itm-4", "itm-5"]


def test_what_is_stored_counts_by_each_of_its_keys() -> None:
    one = keyed(ITEM)

    assert sifted(ITEM, known=frozenset({ITEM.id})).known == 1
    assert sifted(ITEM, known=frozenset({str(one.url_key)})).duplicates == 1
    assert sifted(ITEM, known=frozenset({one.content_key})).duplicates == 1
