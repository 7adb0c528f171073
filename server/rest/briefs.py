"""Briefs: read one or its lens; write, edit, open for review, adopt."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from engine.desk.edit import BriefEdit
from engine.engine import Engine
from engine.model import BriefView, Difference, Lens, LensName, Principal, Record
from server import keys
from server.http import cached, reading, writing

TOPICS = ("brief", "review", "issue", "config", "export", "edition")


class BriefQuery(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    lens: LensName | None = None


class DifferenceQuery(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    since: Annotated[str, Meta(min_length=1, max_length=64)]
    until: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class Adoption(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``proposal`` is the digest of the proposal that was read; one that has grown is refused."""

    proposal: str | None = None


async def get(request: web.Request) -> web.Response:
    """The brief, or with `lens` what one role needs of it."""

    brief_id = reading.path_id(request, "brief")
    asked = reading.query(request, BriefQuery)
    engine = request.app[keys.ENGINE]

    async def read() -> BriefView | Lens:
        briefs = engine.briefs
        if asked.lens is not None:
            return await briefs.lens(brief_id, asked.lens)
        return await briefs.get(brief_id)

    return await cached.respond(request, asked, TOPICS, read)


async def difference(request: web.Request) -> web.Response:
    """What changed from the revision with the digest `since` to `until`, or to the current one."""
    brief_id = reading.path_id(request, "brief")
    asked = reading.query(request, DifferenceQuery)
    engine = request.app[keys.ENGINE]

    async def read() -> Difference:
        return await engine.briefs.difference(brief_id, asked.since, asked.until)

    return await cached.respond(request, asked, TOPICS, read)


async def write(request: web.Request) -> web.Response:
    """Write the brief of an issue that has none yet."""
    brief_id, raw, engine, by = await _asked(request)
    return await writing.write(request, raw, lambda: engine.briefs.write(by, brief_id))


async def edit(request: web.Request) -> web.Response:
    """A person's edit: a new revision, which voids every sign-off on the old one."""
    brief_id = reading.path_id(request, "brief")
    change, raw = await reading.sent(request, BriefEdit)
    digest = reading.if_match(request)
    briefs, by = request.app[keys.ENGINE].briefs, request[keys.PRINCIPAL]
    return await writing.write(request, raw, lambda: briefs.edit(by, brief_id, digest, change))


async def open_review(request: web.Request) -> web.Response:
    """Open the brief for review: from now on machines only propose."""
    brief_id, raw, engine, by = await _asked(request)
    return await writing.write(request, raw, lambda: engine.briefs.open_review(by, brief_id))


async def adopt(request: web.Request) -> web.Response:
    """Take over the waiting proposal as a new revision."""
    brief_id = reading.path_id(request, "brief")
    asked, raw = await reading.sent(request, Adoption)
    seen = asked.proposal
    digest = reading.if_match(request)
    briefs, by = request.app[keys.ENGINE].briefs, request[keys.PRINCIPAL]
    return await writing.write(request, raw, lambda: briefs.adopt(by, brief_id, digest, seen))


async def _asked(request: web.Request) -> tuple[str, bytes, Engine, Principal]:
    """What the commands without a body of their own need."""
    brief_id = reading.path_id(request, "brief")
    _, raw = await reading.sent(request, reading.Nothing)
    return brief_id, raw, request.app[keys.ENGINE], request[keys.PRINCIPAL]
