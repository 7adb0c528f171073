"""Entries that somebody sends, cleaned like those of any other source. Pure."""

from collections.abc import Sequence

from engine.ingest.parsed import Parsed, Refused
from engine.ingest.sentences import first_sentence
from engine.ingest.text import body, line
from engine.model import Entry


def cleaned(entries: Sequence[Entry], *, start: int = 0) -> Parsed:
    """The entries as plain, bounded text; what has neither title nor text is rejected.

    ``start`` is how many entries came before, for the positions.
    """
    kept: list[Entry] = []
    rejected: list[Refused] = []
    for position, entry in enumerate(entries, start + 1):
        made = _clean(entry)
        if made.title:
            kept.append(made)
        else:
            reason = "It has neither a title nor a text."
            rejected.append(Refused(position=position, reason=reason))
    return Parsed(entries=tuple(kept), rejected=tuple(rejected))


def _clean(entry: Entry) -> Entry:
    text = body(entry.text)
    title = line(entry.title) or line(first_sentence(text))
    return Entry(
        title=title,
        text="" if text == title else text,
        url=entry.url.strip()[:2000],
        guid=entry.guid.strip()[:2000],
        publisher=line(entry.publisher, 200),
        published=entry.published,
    )
