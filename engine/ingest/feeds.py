"""RSS, Atom, RDF and JSON Feed: bytes to entries. Pure.

feedparser is right on messy XML; it is handed bytes only (a string it might open as a path), and
all markup it leaves is turned into plain text here.
"""

import io
from calendar import timegm
from collections.abc import Iterable
from datetime import UTC, datetime
from time import struct_time
from typing import Any, Final

import feedparser

from engine.errors import SourceFailed
from engine.ingest.jsonfeed import parse_json_feed
from engine.ingest.parsed import Parsed, Refused
from engine.ingest.sentences import first_sentence
from engine.ingest.text import body as body_text
from engine.ingest.text import line
from engine.ingest.urls import resolved
from engine.model import Entry

ENTRIES_LIMIT: Final = 20_000
NOTHING_USABLE: Final = "It has neither a title nor a text."
_NO_FEED: Final = "The document is not an RSS, Atom or JSON feed."
_BOM: Final = b"\xef\xbb\xbf"


def parse(body: bytes, url: str) -> Parsed:
    """The entries of a feed in document order; links are resolved against ``url``.

    An entry without a title gets one from its text; one with nothing usable is rejected. Raises
    SourceFailed for a document that is no feed at all. A feed without entries is no error.
    """
    start = body[:1024].removeprefix(_BOM).lstrip()
    if not start:
        raise SourceFailed("The document is empty.")
    if start.startswith((b"{", b"[")):
        return parse_json_feed(body, url)
    return _read(_understood(body, start, url), url)


def _understood(body: bytes, start: bytes, url: str) -> feedparser.FeedParserDict:
    try:
        found = feedparser.parse(
            io.BytesIO(body), response_headers={"content-location": url}, sanitize_html=False
        )
    except Exception as error:
        # feedparser raises whatever messy input provokes.
        raise SourceFailed(f"{_NO_FEED[:-1]} that can be read ({type(error).__name__}).") from error
    if found.entries or found.get("version"):
        return found
    if start[:200].lower().startswith((b"<!doctype html", b"<html")):
        raise SourceFailed("The document is a web page, not a feed.")
    raise SourceFailed(_NO_FEED)


def _read(found: feedparser.FeedParserDict, url: str) -> Parsed:
    title = _line(found.feed, "title")
    base = resolved(url, str(found.feed.get("link") or ""))
    entries: list[Entry] = []
    rejected: list[Refused] = []
    for position, raw in enumerate(found.entries[:ENTRIES_LIMIT], 1):
        entry = _entry(raw, base, title)
        if entry is None:
            rejected.append(Refused(position=position, reason=NOTHING_USABLE))
        else:
            entries.append(entry)
    return Parsed(entries=tuple(entries), rejected=tuple(rejected), title=title)


def _entry(raw: Any, base: str, feed_title: str) -> Entry | None:
    text = _body(raw)
    title = _line(raw, "title") or line(first_sentence(text))
    if not title:
        return None
    return Entry(
        title=title,
        text="" if text == title else text,
        url=resolved(base, str(raw.get("link") or "").strip()) if raw.get("link") else "",
        guid=str(raw.get("id") or "").strip()[:2000],
        publisher=_line(raw.get("source") or {}, "title") or feed_title,
        published=_time(_parsed_time(raw, "published") or _parsed_time(raw, "updated")),
    )


def _body(raw: Any) -> str:
    """The longest of content and summary: some feeds put a teaser in one of them."""
    candidates: Iterable[Any] = [*(raw.get("content") or ()), raw.get("summary_detail") or {}]
    texts = (body_text(str(each.get("value") or ""), is_html=_is_html(each)) for each in candidates)
    return max(texts, key=len, default="")


def _line(raw: Any, field: str) -> str:
    detail = raw.get(f"{field}_detail") or {}
    value = str(detail.get("value") or raw.get(field) or "")
    return line(value, is_html=_is_html(detail))


def _is_html(detail: Any) -> bool:
    return "html" in str(detail.get("type") or "html")


def _time(parsed: struct_time | None) -> datetime | None:
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _parsed_time(raw: Any, field: str) -> struct_time | None:
    """Past feedparser's own `get`, which answers `updated` with `published` and warns."""
    found: struct_time | None = dict.get(raw, f"{field}_parsed")
    return found
