"""The audit log, and whether it holds. For auditors: the engine checks who asks."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Literal

from aiohttp import hdrs, web
from msgspec import Meta, field

from engine.desk.audit import AuditPage
from engine.errors import Invalid
from engine.events.table import BY_TYPE
from engine.model import Record
from server import keys
from server.http import envelope, reading, writing
from server.rest.audit_files import FORMATS, Format

Moment = Annotated[datetime, Meta(tz=True)]
PAGE = 500
"""Rows of a JSON page at most."""
PORTION = 100
"""Rows of a file that are read, encoded and sent at once: some events are large."""


class AuditQuery(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``to`` is exclusive. A JSON page has at most 500 rows, a file 100,000: ``after`` goes on."""

    subject: Annotated[str, Meta(max_length=64)] | None = None
    type: str | None = None
    from_: Moment | None = field(default=None, name="from")
    to: Moment | None = None
    after: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    limit: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    format: Literal["json", "csv", "jsonl"] | None = None


async def page(request: web.Request) -> web.StreamResponse:
    """What has happened, oldest first: a page of it as JSON, or a file."""
    asked = reading.query(request, AuditQuery)
    if asked.type is not None and asked.type not in BY_TYPE:
        known = ", ".join(BY_TYPE)
        raise Invalid(f"There is no event type {asked.type[:64]!r}: known are {known}.")
    kind = _format(request, asked)
    if kind is not None:
        return await _file(request, asked, kind)
    limit = asked.limit or 100
    if limit > PAGE:
        raise Invalid(f"Query parameter 'limit': a JSON page has at most {PAGE} rows.")
    rows = await _read(request, asked, asked.after, limit)
    # A page may be megabytes: they are encoded in a thread.
    return envelope.success(await asyncio.to_thread(envelope.wrap, rows))


async def verify(request: web.Request) -> web.Response:
    """Hold the whole log against its chain and its signed heads."""
    reading.query(request, reading.Nothing)
    result = await request.app[keys.ENGINE].audit.verify(request[keys.PRINCIPAL])
    return envelope.success(envelope.wrap(result))


async def rotate_key(request: web.Request) -> web.Response:
    """Sign with a new key from now on; answers with its public half."""
    await reading.body(request, reading.Nothing)
    notary, by = request.app[keys.ENGINE].notary, request[keys.PRINCIPAL]
    return await writing.write(request, b"", lambda: notary.rotate(by))


def _format(request: web.Request, asked: AuditQuery) -> Format | None:
    """The file that is wanted, None for JSON; ``format`` says more than ``Accept``."""
    if asked.format is not None:
        return FORMATS.get(asked.format)
    accept = request.headers.get(hdrs.ACCEPT, "")
    return next((kind for kind in FORMATS.values() if kind.media_type in accept), None)


async def _file(request: web.Request, asked: AuditQuery, kind: Format) -> web.StreamResponse:
    """A portion at a time, read and encoded in a thread, as fast as the client takes it."""
    left = asked.limit or 100_000
    rows = await _read(
        request, asked, asked.after, min(PORTION, left)
    )  # a refusal comes before 200
    response = web.StreamResponse()
    response.content_type = kind.media_type
    response.headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{kind.filename}"'
    await response.prepare(request)
    try:
        await response.write(kind.head)
        while rows.rows:
            await response.write(await asyncio.to_thread(kind.encode, rows.rows))
            left -= len(rows.rows)
            if rows.next_after is None or left <= 0:
                break
            rows = await _read(request, asked, rows.next_after, min(PORTION, left))
        await response.write_eof()
    except BaseException:
        if request.transport is not None:
            request.transport.abort()  # half a file must not look like a whole one
        raise
    return response


async def _read(request: web.Request, asked: AuditQuery, after: int, limit: int) -> AuditPage:
    return await request.app[keys.ENGINE].audit.page(
        request[keys.PRINCIPAL],
        subject=asked.subject,
        type_=asked.type,
        since=_in_utc("from", asked.from_),
        until=_in_utc("to", asked.to),
        after=after,
        limit=limit,
    )


def _in_utc(name: str, moment: datetime | None) -> datetime | None:
    """The moment in UTC. Raises Invalid for one that would leave the calendar."""
    try:
        return moment and moment.astimezone(UTC)
    except OverflowError:
        raise Invalid(
            f"Query parameter {name!r} lies outside the years 1 to 9999 in UTC.", field=name
        ) from None
