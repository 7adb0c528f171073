"""A person is taken out where people are named and where people tell something; nowhere else."""

from collections.abc import Iterator

import msgspec
from msgspec import inspect

from engine.desk.redaction import NAMES, NEWS, TOLD, Person, without_person
from engine.events.table import TABLE
from engine.review.state import ReviewState
from engine.store.documents import DOCUMENTS
from engine.store.tables import Document

COINCIDENCES = """
abandoned archive asked_by_id audiences beside_by brief_id code columns contributors digest
edited_fields edition endorsed_by epoch etag exported failed_sources fields filename from_epoch id
issue_id key_id last_modified merged_into method missing_roles person_id principal_id
publisher quadrant required_roles role roles run_id sha256 signoff_roles source_id source_ids
superseded_by time_of_day timezone url withdrawn withdrawn_items
"""
"""Ids, roles, digests, and what the news or the desk itself say, whatever it reads like."""

MIRA = Person(id="per-1", name="Mira", pseudonym="erased-1")


def texts(kind: inspect.Type, key: str = "") -> Iterator[str]:
    """The fields in which free text stands, however deep."""
    if isinstance(kind, inspect.StrType):
        yield key
    elif isinstance(kind, inspect.StructType):
        for field in kind.fields:
            if field.encode_name not in NEWS:
                yield from texts(field.type, field.encode_name)
    else:
        for each in inside(kind):
            yield from texts(each, key)


def inside(kind: object) -> Iterator[inspect.Type]:
    """What a union or a collection is made of."""
    yield from getattr(kind, "types", ())
    yield from getattr(kind, "item_types", ())
    for name in ("item_type", "value_type"):
        if hasattr(kind, name):
            yield getattr(kind, name)


def test_of_every_text_that_is_kept_it_is_said_whether_it_names_people() -> None:
    kept = [
        column.type.of
        for table, name in DOCUMENTS
        if isinstance((column := table.c[name]).type, Document)
    ]
    every = [*(kind.of for kind in TABLE), *kept, ReviewState]

    found = {key for each in every for key in texts(inspect.type_info(each))}

    assert found - NAMES - TOLD == set(COINCIDENCES.split())
    assert found >= NAMES | TOLD


def redacted(**fields: object) -> dict[str, object]:
    after = without_person(msgspec.json.encode(fields), MIRA)
    return msgspec.json.decode(after, type=dict[str, object])


def test_a_name_is_replaced_where_somebody_is_named_or_told_of() -> None:
    after = redacted(by="Mira", grouped_by=["Jon", "Mira"], why="Mira split the issue")

    assert after == {
        "by": "erased-1",
        "grouped_by": ["Jon", "erased-1"],
        "why": "erased-1 split the issue",
    }


def test_a_name_is_replaced_in_what_is_told_of_each_of_several() -> None:
    after = redacted(errors={"Mira": "Mira/feed.xml cannot be read."})

    assert after == {"errors": {"Mira": "erased-1/feed.xml cannot be read."}}


def test_a_longer_name_is_somebody_elses() -> None:
    assert redacted(by="Mira Berg", name="Mira-Li") == {"by": "Mira Berg", "name": "Mira-Li"}


def test_what_only_reads_like_the_name_stays() -> None:
    fields = {"role": "Mira", "principal_id": "Mira-2", "digest": "Mira", "title": "Mira"}

    assert redacted(**fields) == fields


def test_the_notes_of_a_person_go_as_a_whole() -> None:
    after = redacted(declines=[{"principal_id": "per-1", "note": "In the harbour"}])

    assert after == {"declines": [{"principal_id": "per-1", "note": ""}]}
