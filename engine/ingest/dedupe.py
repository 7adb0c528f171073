"""Exact duplicates: by id, by address, by content. Pure. Near-duplicates are analysis' work."""

import hashlib
from collections.abc import Container, Iterable
from typing import Final

from engine.ingest.urls import url_key
from engine.model import Item, Keyed, Record

_NO_KEYS: Final[frozenset[str]] = frozenset()


class Distinct(Record, frozen=True, kw_only=True):
    """The new items, in order. ``known`` counts ids seen before, ``duplicates`` other copies."""

    items: tuple[Keyed, ...]
    known: int
    duplicates: int


def keyed(item: Item) -> Keyed:
    """The item with its keys: up to a millisecond for a long text."""
    return Keyed(item=item, url_key=url_key(item.url), content_key=content_key(item))


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


def distinct(items: Iterable[Keyed], known: Container[str] = _NO_KEYS) -> Distinct:
    """Each thing once; ``known`` holds ids, URL keys and content keys of what is stored."""
    seen: set[str] = set()
    new: list[Keyed] = []
    again = duplicates = 0
    for one in items:
        own = one.item.id
        keys = {one.url_key or own, one.content_key}
        if own in seen or own in known:
            again += 1
        elif any(key in seen or key in known for key in keys):
            duplicates += 1
        else:
            new.append(one)
        seen |= keys | {own}
    return Distinct(items=tuple(new), known=again, duplicates=duplicates)
