"""Taking a person or an item out of stored documents. Pure.

A document is JSON. What people sign is news, and a name in a headline is not the reviewer of the
same name: contents and titles are left alone when a person is taken out.
"""

import re
from typing import Any

import msgspec

from engine.model import Content, Item, Record, Statement

ERASED = "[erased]"
NEWS = frozenset({"content", "title", "keywords", "reasons"})


class Person(Record, frozen=True, kw_only=True):
    """Who is to be forgotten, and what stands in place of the name."""

    id: str
    name: str
    pseudonym: str


def without_person(document: bytes, person: Person) -> bytes:
    """The document with the pseudonym for the name, and without what the person noted."""
    plain = msgspec.json.decode(document)
    after = _renamed(plain, person, _written(person))
    return document if after == plain else msgspec.json.encode(after)


def text_without_person(text: str, person: Person) -> str:
    """What somebody typed, with the pseudonym for the name."""
    return _written(person).sub(lambda _: person.pseudonym, text)


def _written(person: Person) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(person.name)}(?!\w)")


def _renamed(value: Any, person: Person, name: re.Pattern[str]) -> Any:
    match value:
        case str():
            return name.sub(lambda _: person.pseudonym, value)
        case list():
            return [_renamed(each, person, name) for each in value]
        case dict():
            is_theirs = value.get("principal_id") == person.id
            return {
                key: _field(key, each, person, name, is_theirs=is_theirs)
                for key, each in value.items()
            }
    return value


def _field(key: str, value: Any, person: Person, name: re.Pattern[str], *, is_theirs: bool) -> Any:
    if key in NEWS:
        return value
    if key == "note" and is_theirs:
        return ""
    return _renamed(value, person, name)


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
