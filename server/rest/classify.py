"""Issues of the edition, and people's corrections of their quadrant."""

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from engine.model import Id, LensName, Quadrant, Record
from server import keys
from server.http import cached, reading, writing

ItemId = Annotated[str, Meta(min_length=1, max_length=64)]
TOPICS = ("issue", "edition", "config")


class TodayQuery(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    role: LensName | None = None
    quadrant: Annotated[str, Meta(max_length=50)] | None = None
    min_score: Annotated[float, Meta(ge=0, le=1)] = 0.0
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    offset: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class Correction(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    quadrant: Quadrant


class Merge(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    into: Id


class Split(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``title`` is chosen from the items' when left out."""

    items: Annotated[tuple[ItemId, ...], Meta(min_length=1, max_length=10_000)]
    title: Annotated[str, Meta(min_length=1, max_length=300)] | None = None


async def today(request: web.Request) -> web.Response:
    """Issues of the current edition, highest score first."""

    asked = reading.query(request, TodayQuery)
    engine = request.app[keys.ENGINE]

    async def read() -> msgspec.Raw:
        return await engine.issues.today_encoded(
            role=asked.role,
            quadrant=asked.quadrant,
            min_score=asked.min_score,
            limit=asked.limit,
            offset=asked.offset,
        )

    return await cached.respond(request, asked, TOPICS, read)


async def correct(request: web.Request) -> web.Response:
    """A person's correction of an issue's quadrant."""
    issue_id = reading.path_id(request, "issue")
    asked, raw = await reading.sent(request, Correction)
    issues, by = request.app[keys.ENGINE].issues, request[keys.PRINCIPAL]
    return await writing.write(request, raw, lambda: issues.correct(by, issue_id, asked.quadrant))


async def merge(request: web.Request) -> web.Response:
    """One issue goes into another, which is the answer."""
    issue_id = reading.path_id(request, "issue")
    asked, raw = await reading.sent(request, Merge)
    desk, by = request.app[keys.ENGINE].regrouping, request[keys.PRINCIPAL]
    return await writing.write(request, raw, lambda: desk.merge(by, issue_id, asked.into))


async def split(request: web.Request) -> web.Response:
    """Some items of an issue become one of their own."""
    issue_id = reading.path_id(request, "issue")
    asked, raw = await reading.sent(request, Split)
    desk, by = request.app[keys.ENGINE].regrouping, request[keys.PRINCIPAL]
    return await writing.write(
        request, raw, lambda: desk.split(by, issue_id, asked.items, asked.title)
    )
