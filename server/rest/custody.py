"""Care of what the desk keeps: legal holds and erasure. For admins: the engine checks who asks."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from engine.errors import Invalid
from engine.model import ErasedReply, Record
from server import keys
from server.http import envelope, reading, writing

Subject = Annotated[str, Meta(min_length=1, max_length=120)]
Reason = Annotated[str, Meta(min_length=1, max_length=500)]


class NewHold(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``subject`` is the id of an issue, its brief or an item, or a person's id or name."""

    subject: Subject
    why: Reason


class HoldQuery(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    subject: Subject


class Erase(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person by name, or an item by id."""

    why: Reason
    person: Subject | None = None
    item: Subject | None = None


async def listed(request: web.Request) -> web.Response:
    """Every legal hold, by subject."""
    reading.query(request, reading.Nothing)
    rows = await request.app[keys.ENGINE].holds.every(request[keys.PRINCIPAL])
    return envelope.success(envelope.wrap(rows))


async def hold(request: web.Request) -> web.Response:
    """Put a subject under a legal hold; one that is held already stays as it is."""
    asked, raw = await reading.sent(request, NewHold)
    holds, by = request.app[keys.ENGINE].holds, request[keys.PRINCIPAL]
    return await writing.write(request, raw, lambda: holds.add(by, asked.subject, asked.why), 201)


async def release(request: web.Request) -> web.Response:
    """End a legal hold."""
    asked = reading.query(request, HoldQuery)
    holds, by = request.app[keys.ENGINE].holds, request[keys.PRINCIPAL]
    return await writing.write(request, b"", lambda: holds.remove(by, asked.subject))


async def erase(request: web.Request) -> web.Response:
    """Erase a person or an item from the desk and its log."""
    asked, raw = await reading.sent(request, Erase)
    erasure, by = request.app[keys.ENGINE].erasure, request[keys.PRINCIPAL]

    async def run() -> ErasedReply:
        if asked.person is not None and asked.item is None:
            return await erasure.person(by, asked.person, asked.why)
        if asked.item is not None and asked.person is None:
            return await erasure.item(by, asked.item, asked.why)
        raise Invalid("Name either a person or an item.")

    return await writing.write(request, raw, run)
