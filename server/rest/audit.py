"""The audit log, and whether its chain holds. For auditors: the engine checks who asks."""

from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from msgspec import Meta

from engine.errors import Invalid
from engine.events import BY_TYPE
from engine.model import Record
from server import keys
from server.http import envelope, reading, writing

Moment = Annotated[datetime, Meta(tz=True)]


class AuditQuery(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    subject: Annotated[str, Meta(max_length=64)] | None = None
    type: str | None = None
    since: Moment | None = None
    until: Moment | None = None
    after: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


async def page(request: web.Request) -> web.Response:
    """What has happened, oldest first, a page at a time."""
    asked = reading.query(request, AuditQuery)
    if asked.type is not None and asked.type not in BY_TYPE:
        known = ", ".join(BY_TYPE)
        raise Invalid(f"There is no event type {asked.type[:64]!r}: known are {known}.")
    rows = await request.app[keys.ENGINE].audit.page(
        request[keys.PRINCIPAL],
        subject=asked.subject,
        type_=asked.type,
        since=_in_utc("since", asked.since),
        until=_in_utc("until", asked.until),
        after=asked.after,
        limit=asked.limit,
    )
    return envelope.success(envelope.wrap(rows))


def _in_utc(name: str, moment: datetime | None) -> datetime | None:
    """The moment in UTC. Raises Invalid for one that would leave the calendar."""
    try:
        return moment and moment.astimezone(UTC)
    except OverflowError:
        raise Invalid(
            f"Query parameter {name!r} lies outside the years 1 to 9999 in UTC.", field=name
        ) from None


async def verify(request: web.Request) -> web.Response:
    """Walk the whole chain of hashes and say whether it holds."""
    reading.query(request, reading.Nothing)
    result = await request.app[keys.ENGINE].audit.verify(request[keys.PRINCIPAL])
    return envelope.success(envelope.wrap(result))


async def rotate_key(request: web.Request) -> web.Response:
    """Sign with a new key from now on; answers with its public half."""
    await reading.body(request, reading.Nothing)
    notary, by = request.app[keys.ENGINE].notary, request[keys.PRINCIPAL]
    return await writing.write(request, b"", lambda: notary.rotate(by))
