"""Entries that somebody sends, cleaned like those of any other source. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from engine.ingest.parsed import Parsed, Refused
from engine.ingest.sentences import first_sentence
from engine.ingest.text import body, line
from engine.model import Entry

YEARS: Final = range(1970, 2101)
"""Outside them a time is a mistake: a zero, seconds read as milliseconds."""


def cleaned(entries: Sequence[Entry], *, start: int = 0) -> Parsed:
    """The entries as plain, bounded text, their times in UTC.

    What has neither title nor text is rejected, and what was published at no certain time.

    ``start`` is how many entries came before, for the positions.
    """
    kept: list[Entry] = []
    rejected: list[Refused] = []
    for position, entry in enumerate(entries, start + 1):
        made = _clean(entry)
        if isinstance(made, str):
            rejected.append(Refused(position=position, reason=made))
        else:
            kept.append(made)
    return Parsed(entries=tuple(kept), rejected=tuple(rejected))


def _clean(entry: Entry) -> Entry | str:
    """The entry, or the sentence why it cannot be used."""
    text = body(entry.text)
    title = line(entry.title) or line(first_sentence(text))
    if not title:
        return "It has neither a title nor a text."
    wrong = _wrong(entry.published)
    if wrong:
        return wrong
    return Entry(
        title=title,
        text="" if text == title else text,
        url=entry.url.strip()[:2000],
        guid=entry.guid.strip()[:2000],
        publisher=line(entry.publisher, 200),
        published=entry.published and entry.published.astimezone(UTC),
    )


def _wrong(published: datetime | None) -> str:
    """What is wrong with a time, as a sentence; empty when nothing is."""
    if published is None:
        return ""
    if published.year not in YEARS:
        return f"It was published in {published.year}, which is not from 1970 to 2100."
    if published.utcoffset() is None:
        return "Its published time has no time zone."
    return ""
