"""For those who watch the process: alive, ready, metrics."""

import asyncio

from aiohttp import web

from engine.errors import ShuttingDown, StoreFailed
from engine.model import Record
from server import keys
from server.http import envelope, reading
from server.metrics import CONTENT_TYPE


class Health(Record, frozen=True, kw_only=True):
    status: str


async def alive(_request: web.Request) -> web.Response:
    """The process answers."""
    return envelope.success(envelope.wrap(Health(status="alive")))


async def ready(request: web.Request) -> web.Response:
    """New work is welcome: the engine is ready and the process is not leaving."""
    if request.app[keys.LIFE].draining:
        raise ShuttingDown("The server is leaving: send new work elsewhere.")
    if not request.app[keys.ENGINE].ready:
        raise StoreFailed("The engine is not ready.")
    return envelope.success(envelope.wrap(Health(status="ready")))


async def metrics(request: web.Request) -> web.Response:
    """Prometheus metrics."""
    reading.query(request, reading.Nothing)
    text = await asyncio.to_thread(request.app[keys.METRICS].text)
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})
