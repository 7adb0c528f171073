"""Exact duplicates: by id, by address, by content. Pure. Near-duplicates are analysis' work."""

import hashlib
from collections.abc import Container, Iterable
from typing import Final, NamedTuple

from engine.ingest.urls import url_key
from engine.model import Item, Record

_NO_KEYS: Final[frozenset[str]] = frozenset()


class Fingerprints(NamedTuple):
    """What an item is recognised by; ``url_key`` is None without an address of its own."""

    id: str
    url_key: str | None
    content_key: str


class Distinct(Record, frozen=True, kw_only=True):
    """The new items, in order. ``known`` counts ids seen before, ``duplicates`` other copies."""

    items: tuple[Item, ...]
    known: int
    duplicates: int


def fingerprints(item: Item) -> Fingerprints:
    return Fingerprints(item.id, url_key(item.url), content_key(item))


def content_key(item: Item) -> str:
    """SHA-256 over title and text, without case, punctuation and spacing.

    A bare headline counts together with its publisher and day: the same words from another
    publisher corroborate a story, and a "Morning briefing" comes every day.
    """
    parts = [item.title, item.text]
    if not item.text:
        day = item.published.date().isoformat() if item.published else ""
        parts += [item.publisher, day]
    folded = "\0".join("".join(filter(str.isalnum, part.casefold())) for part in parts)
    return hashlib.sha256(folded.encode(errors="replace")).hexdigest()


def distinct(items: Iterable[Item], known: Container[str] = _NO_KEYS) -> Distinct:
    """Each thing once; ``known`` holds ids, URL keys and content keys of what is stored."""
    seen: set[str] = set()
    new: list[Item] = []
    again = duplicates = 0
    for item in items:
        prints = fingerprints(item)
        keys = {prints.url_key or prints.id, prints.content_key}
        if prints.id in seen or prints.id in known:
            again += 1
        elif any(key in seen or key in known for key in keys):
            duplicates += 1
        else:
            new.append(item)
        seen |= keys | {prints.id}
    return Distinct(items=tuple(new), known=again, duplicates=duplicates)
