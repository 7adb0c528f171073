"""JSON Feed 1 and 1.1: bytes to entries, leniently: one odd item does not cost the others. Pure."""

from typing import Any, Final

import msgspec

from engine.errors import SourceFailed
from engine.ingest.parsed import Parsed, Refused
from engine.ingest.sentences import first_sentence
from engine.ingest.text import body as body_text
from engine.ingest.text import line
from engine.ingest.times import moment
from engine.ingest.urls import resolved
from engine.model import Entry
from engine.not_json import not_json

ITEMS_LIMIT: Final = 20_000
_VERSION: Final = "https://jsonfeed.org/version/"


def parse_json_feed(body: bytes, url: str) -> Parsed:
    """The entries of a JSON Feed; raises SourceFailed for JSON that is none."""
    feed = _decoded(body)
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or not _text(feed, "version").startswith(_VERSION):
        raise SourceFailed("The document is JSON, but not a JSON Feed.")
    title = line(_text(feed, "title"), is_html=False)
    entries: list[Entry] = []
    rejected: list[Refused] = []
    for position, raw in enumerate(items[:ITEMS_LIMIT], 1):
        entry = _entry(raw, url, title) if isinstance(raw, dict) else None
        if entry is None:
            rejected.append(Refused(position=position, reason=_reason(raw)))
        else:
            entries.append(entry)
    return Parsed(entries=tuple(entries), rejected=tuple(rejected), title=title)


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason, _ = not_json(str(error), len(body))
        raise SourceFailed(f"The document is not valid JSON: {reason}.") from None
    except RecursionError:
        raise SourceFailed("The document is JSON nested too deeply.") from None


def _entry(raw: dict[str, Any], base: str, feed_title: str) -> Entry | None:
    plain, marked = _text(raw, "content_text"), _text(raw, "content_html")
    text = body_text(plain, is_html=False) or body_text(marked) or body_text(_text(raw, "summary"))
    title = line(_text(raw, "title"), is_html=False) or line(first_sentence(text), is_html=False)
    if not title:
        return None
    link = _text(raw, "url") or _text(raw, "external_url")
    return Entry(
        title=title,
        text="" if text == title else text,
        url=resolved(base, link) if link else "",
        guid=_text(raw, "id")[:2000],
        publisher=feed_title,
        published=moment(_text(raw, "date_published")) or moment(_text(raw, "date_modified")),
    )


def _text(raw: dict[str, Any], field: str) -> str:
    """A text field; JSON Feed 1 let ids be numbers, so those count as their digits."""
    value = raw.get(field)
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _reason(raw: object) -> str:
    if isinstance(raw, dict):
        return "It has neither a title nor a text."
    return "It is not a JSON object."
