"""Ingest: where it stands, runs, and items that are pushed here."""

from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta
from msgspec.structs import replace

from engine.errors import Invalid
from engine.model import Entry, Id, IngestStatus, Record, RunRow, SourceKind
from server import keys
from server.errors import UnsupportedMediaType
from server.http import cached, items, reading, writing
from server.http.columns import columns_of
from server.invalid import NOT_BLANK

TOPICS = ("ingest", "config")
PROGRESS_AGE_S = 0.5
"""Progress has no position in the log, so the status is simply read again this often."""

UPLOADS: Mapping[str, SourceKind] = {
    "text/csv": "csv",
    "application/x-ndjson": "jsonl",
    "application/rss+xml": "feed",
    "application/atom+xml": "feed",
    "application/feed+json": "feed",
    "application/xml": "feed",
    "text/xml": "feed",
}
"""What may be sent as a file, by its media type."""


class RunRequest(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which sources to read; all that are not paused when left out."""

    sources: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=500)] | None = None


class Pushed(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands around the items, which are read one by one."""

    items: Annotated[tuple[msgspec.Raw, ...], Meta(max_length=0)]
    source: Annotated[str, Meta(min_length=1, max_length=80)] = "push"


class PushedItem(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry, strictly: a misspelt field is an error, not an empty text. Without a title it gets
    one from its text."""

    title: str = ""


class UploadQuery(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`columns` says where a csv or jsonl file has what: `title:Headline,url:Link`."""

    title: Annotated[str, Meta(min_length=1, max_length=80)] = "upload"
    columns: Annotated[str, Meta(max_length=1_000)] = ""


class Retraction(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the publisher took it back."""

    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=NOT_BLANK)]


async def status(request: web.Request) -> web.Response:
    """Items so far, sources with their health, the last run and the one in progress."""

    engine = request.app[keys.ENGINE]

    async def read() -> IngestStatus:
        return await engine.ingest.status()

    asked = reading.query(request, reading.Nothing)
    return await cached.respond(request, asked, TOPICS, read, PROGRESS_AGE_S)


async def run(request: web.Request) -> web.Response:
    """Start reading the sources; the answer comes before the run is over."""
    asked, raw = await reading.sent(request, RunRequest)
    ingest, by = request.app[keys.ENGINE].ingest, request[keys.PRINCIPAL]
    return await writing.write(request, raw, lambda: ingest.run(by, asked.sources), 202)


async def push(request: web.Request) -> web.Response:
    """Take items in: as JSON, or a whole csv, jsonl or feed file by its Content-Type."""
    kind = UPLOADS.get(request.content_type)
    if kind is not None:
        return await _upload(request, kind)
    if request.content_type != "application/json":
        known = ", ".join(("application/json", *UPLOADS))
        raise UnsupportedMediaType(
            f"The body is {request.content_type!r}: this address takes {known}."
        )
    reading.query(request, reading.Nothing)
    raw = await reading.json_bytes(request)
    pushed, entries = await items.read(raw, Pushed, PushedItem)
    travelling = [_travelling(entry) for entry in entries]
    ingest, by = request.app[keys.ENGINE].ingest, request[keys.PRINCIPAL]
    return await writing.write(request, raw, lambda: ingest.push(by, travelling, pushed.source))


def _travelling(entry: Entry) -> Entry:
    """The entry, fit for the way to the worker, which rejects it for its year.

    A moment at the edge of the calendar has no equal in UTC: it goes without its zone.
    """
    at = entry.published
    if at is None or MINYEAR < at.year < MAXYEAR:
        return entry
    without: Entry = replace(entry, published=at.replace(tzinfo=None))
    return without


async def _upload(request: web.Request, kind: SourceKind) -> web.Response:
    asked = reading.query(request, UploadQuery)
    columns = columns_of(asked.columns)
    if columns and kind == "feed":
        raise Invalid("columns are for csv and jsonl files, not for feeds.", field="columns")
    body = await reading.body_bytes(request)
    if not body:
        raise Invalid("The file is empty.")
    ingest, by = request.app[keys.ENGINE].ingest, request[keys.PRINCIPAL]

    async def upload() -> RunRow:
        return await ingest.upload(by, kind, asked.title, columns, body)

    return await writing.write(request, body, upload, 202)


async def withdraw(request: web.Request) -> web.Response:
    """A publisher took an item back."""
    item_id = reading.path_id(request, "item")
    asked, raw = await reading.sent(request, Retraction)
    desk, by = request.app[keys.ENGINE].regrouping, request[keys.PRINCIPAL]
    return await writing.write(request, raw, lambda: desk.withdraw(by, item_id, asked.reason))
