"""Entries to items: one id, one address form, a publisher, believable times. Pure."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from engine.ingest.urls import canonical_url, host_of
from engine.model import Entry, Item, Source

FUTURE_LIMIT: Final = timedelta(hours=24)
"""A time further ahead than a time zone mistake is no time at all."""


def normalise(entry: Entry, source: Source, *, arrived: datetime, edition: str) -> Item:
    """The item of an entry. The same entry of the same source always gets the same id."""
    url = canonical_url(entry.url)
    return Item(
        id=item_id(entry, source.id, url),
        source_id=source.id,
        title=entry.title,
        text=entry.text,
        url=url,
        guid=entry.guid,
        publisher=entry.publisher or host_of(url) or source.title,
        published=_believable(entry.published, arrived),
        arrived=arrived,
        edition=edition,
    )


def item_id(entry: Entry, source_id: str, url: str) -> str:
    """``itm-`` and 20 hex digits over the source and what identifies the entry in it."""
    identity = entry.guid or url or f"{entry.title}\0{entry.text}"
    digest = hashlib.sha256(f"{source_id}\0{identity}".encode(errors="replace"))
    return f"itm-{digest.hexdigest()[:20]}"


def _believable(published: datetime | None, arrived: datetime) -> datetime | None:
    if published is None or published > arrived + FUTURE_LIMIT:
        return None
    return published
