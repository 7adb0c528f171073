"""Hours saved today."""

from aiohttp import web

from engine.model import Roi
from server import keys
from server.http import cached, reading

TOPICS = ("issue", "edition")


async def today(request: web.Request) -> web.Response:
    """Hours saved in the current edition, with every assumption."""

    async def read() -> Roi:
        reading.query(request, reading.Nothing)
        return await request.app[keys.ENGINE].roi()

    return await cached.respond(request, TOPICS, read)
