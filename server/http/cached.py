"""Answering a read from the cache, or with 304 when the client has it already."""

from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web
from msgspec import Struct

from server import keys
from server.cache import MAX_AGE_S, Entry
from server.http import envelope
from server.http.front import CACHE_CONTROL


async def respond(
    request: web.Request,
    asked: Struct,
    topics: tuple[str, ...],
    read: Callable[[], Awaitable[object]],
    max_age: float = MAX_AGE_S,
) -> web.Response:
    """The answer of ``read``, which depends on the path, the query and ``topics`` of the log alone.

    ``asked`` is the checked query: what a client only spells differently is kept once. ``read`` is
    kept, too: it must not hold on to the request.
    """

    async def fill() -> bytes:
        return envelope.wrap(await read())

    entry = await request.app[keys.CACHE].get((request.path, asked), topics, fill, max_age)
    headers = {hdrs.ETAG: entry.etag, hdrs.CACHE_CONTROL: CACHE_CONTROL}
    if matches(request.headers.get(hdrs.IF_NONE_MATCH), entry.etag):
        return web.Response(status=304, headers=headers)
    _remember(request, entry)
    return web.Response(body=entry.body, headers=headers, content_type=envelope.JSON)


def _remember(request: web.Request, entry: Entry) -> None:
    route = request.app[keys.ROUTES].get(request.match_info.route)
    if route is not None and route.needs == "read":
        request.app[keys.FRONT].keep(request.raw_path, route.path, entry)


def matches(header: str | None, etag: str) -> bool:
    """Whether ``If-None-Match`` names the ETag; by RFC 9110 a weak mark does not matter here."""
    if header is None:
        return False
    named = (part.strip().removeprefix("W/") for part in header.split(","))
    return any(part in (etag, "*") for part in named)
