"""Ingest: where it stands, runs, and items that are pushed here."""

import asyncio
from collections.abc import Mapping
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from engine.errors import Invalid
from engine.model import Entry, Id, IngestStatus, Record, RunRow, SourceKind
from server import keys
from server.errors import UnsupportedMediaType
from server.http import cached, reading, writing

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

AT_ONCE = 200
"""Items decoded before the loop gets a turn: about a millisecond."""


class RunRequest(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which sources to read; all that are not paused when left out."""

    sources: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=500)] | None = None


class Pushed(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Items as they come, each decoded by itself."""

    items: tuple[msgspec.Raw, ...]
    source: Annotated[str, Meta(min_length=1, max_length=80)] = "push"


class PushedItem(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry, strictly: a misspelt field is an error, not an empty text."""


class UploadQuery(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`columns` says where a csv or jsonl file has what: `title:Headline,url:Link`."""

    title: Annotated[str, Meta(min_length=1, max_length=80)] = "upload"
    columns: Annotated[str, Meta(max_length=1_000)] = ""


async def status(request: web.Request) -> web.Response:
    """Items so far, sources with their health, the last run and the one in progress."""

    async def read() -> IngestStatus:
        reading.query(request, reading.Nothing)
        return await request.app[keys.ENGINE].ingest.status()

    return await cached.respond(request, TOPICS, read, PROGRESS_AGE_S)


async def run(request: web.Request) -> web.Response:
    """Start reading the sources; the answer comes before the run is over."""
    raw = await reading.json_bytes(request)
    asked = reading.decode(raw, RunRequest)
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
    pushed = reading.decode(raw, Pushed)
    entries = await entries_of(pushed)
    ingest, by = request.app[keys.ENGINE].ingest, request[keys.PRINCIPAL]
    return await writing.write(request, raw, lambda: ingest.push(by, entries, pushed.source))


async def entries_of(pushed: Pushed) -> list[Entry]:
    """The items, decoded a slice at a time. Raises Invalid with the item's index and field."""
    entries: list[Entry] = []
    for index, raw in enumerate(pushed.items):
        try:
            entries.append(reading.decode(raw, PushedItem))
        except Invalid as error:
            field = f"items[{index}].{error.details.get('field', '')}".rstrip(".")
            raise Invalid(f"Item {index}: {error}", field=field) from None
        if index % AT_ONCE == AT_ONCE - 1:
            await asyncio.sleep(0)
    return entries


def columns_of(text: str) -> dict[str, str]:
    """``title:Headline,url:Link`` as a mapping from item field to column name."""
    columns: dict[str, str] = {}
    for part in filter(None, text.split(",")):
        field, colon, column = part.partition(":")
        if not colon or not field.strip() or not column.strip():
            raise Invalid(f"Query parameter 'columns': {part[:64]!r} is not field:Column.")
        columns[field.strip()] = column.strip()
    return columns


async def _upload(request: web.Request, kind: SourceKind) -> web.Response:
    asked = reading.query(request, UploadQuery)
    columns = columns_of(asked.columns)
    body = await reading.body_bytes(request)
    if not body:
        raise Invalid("The file is empty.")
    ingest, by = request.app[keys.ENGINE].ingest, request[keys.PRINCIPAL]

    async def upload() -> RunRow:
        return await ingest.upload(by, kind, asked.title, columns, body)

    return await writing.write(request, body, upload, 202)
