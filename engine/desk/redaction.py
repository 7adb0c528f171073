"""Taking a person or an item out of stored documents. Pure.

A document is JSON. A person is taken out where people are named and where people tell something,
and nowhere else: what people sign is news, and a name in a headline is not the reviewer of the same
name; an id, a role or a state that reads like somebody's name decides who may sign what.
"""

import re
from typing import Any, get_args

import msgspec

from engine.model import Content, Item, Record, Statement, Why

ERASED = "[erased]"
NEWS = frozenset({"content", "title", "keywords", "reasons"})
NAMES = frozenset(
    {
        "asked_by",
        "author",
        "by",
        "closed_by",
        "confirmed_by",
        "corrected_by",
        "editors",
        "grouped_by",
        "name",
        "subject",
        "titled_by",
        "viewers",
    }
)
"""Fields that hold a name, or several, and nothing beside it."""
TOLD = frozenset(
    {
        "email_paragraph",
        "error",
        "errors",
        "linkedin",
        "location",
        "message",
        "note",
        "press_excerpt",
        "reason",
        "voided",
        "why",
    }
)
"""Fields that may mention a name. ``why`` is one word of ours where it says how a revision came."""
OURS = frozenset(get_args(Why))


class Person(Record, frozen=True, kw_only=True):
    """Who is to be forgotten, and what stands in place of the name."""

    id: str
    name: str
    pseudonym: str


def without_person(document: bytes, person: Person) -> bytes:
    """The document with the pseudonym for the name, and without what the person noted."""
    plain = msgspec.json.decode(document)
    after = _renamed(plain, person, _written(person), key="")
    return document if after == plain else msgspec.json.encode(after)


def text_without_person(text: str, person: Person) -> str:
    """What somebody typed, with the pseudonym for the name."""
    return _written(person).sub(lambda _: person.pseudonym, text)


def _written(person: Person) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(person.name)}(?!\w)")


def _renamed(value: Any, person: Person, name: re.Pattern[str], key: str) -> Any:
    """``key`` is that of the field in which ``value`` stands."""
    match value:
        case str() if key in NAMES:
            return person.pseudonym if value == person.name else value
        case str() if key in TOLD and value not in OURS:
            return name.sub(lambda _: person.pseudonym, value)
        case list():
            return [_renamed(each, person, name, key) for each in value]
        case dict():
            is_theirs = value.get("principal_id") == person.id
            # What is told of each of several stands under their ids.
            return {
                inner: _field(
                    key if key in TOLD else inner, each, person, name, is_theirs=is_theirs
                )
                for inner, each in value.items()
            }
    return value


def _field(key: str, value: Any, person: Person, name: re.Pattern[str], *, is_theirs: bool) -> Any:
    if key in NEWS:
        return value
    if key == "note" and is_theirs:
        return ""
    return _renamed(value, person, name, key)


def blank_item(item: Item) -> Item:
    """What is left of an item: that it was there, when, and which issue it belonged to."""
    return msgspec.structs.replace(
        item, title=ERASED, text="", url="", guid="", publisher="", published=None
    )


def without_item(content: Content, item: Item) -> Content:
    """The content without the item's quotes, and without sentences that rest on nothing else.

    Copy made from it goes as a whole: it repeats what the sentences say.
    """
    gone = frozenset(each.id for each in content.evidence if each.item_id == item.id)
    if not gone and content.title != item.title:
        return content
    return msgspec.structs.replace(
        content,
        title=ERASED if content.title == item.title else content.title,
        summary=_sentences(content.summary, gone),
        risks=_sentences(content.risks, gone),
        opportunities=_sentences(content.opportunities, gone),
        recommendations=_sentences(content.recommendations, gone),
        evidence=tuple(each for each in content.evidence if each.id not in gone),
        assets={},
    )


def _sentences(statements: tuple[Statement, ...], gone: frozenset[str]) -> tuple[Statement, ...]:
    return tuple(_sentence(statement, gone) for statement in statements)


def _sentence(statement: Statement, gone: frozenset[str]) -> Statement:
    left = tuple(each for each in statement.evidence if each not in gone)
    if left == statement.evidence:
        return statement
    return Statement(text=statement.text if left else ERASED, evidence=left)


def cites(content: Content, item_id: str) -> bool:
    return any(each.item_id == item_id for each in content.evidence)
