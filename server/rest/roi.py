"""Hours saved today."""

from aiohttp import web

from engine.model import Roi
from server import keys
from server.http import cached, reading

TOPICS = ("issue", "edition")


async def today(request: web.Request) -> web.Response:
    """Hours saved in the current edition, with every assumption."""

    engine = request.app[keys.ENGINE]

    async def read() -> Roi:
        return await engine.roi()

    asked = reading.query(request, reading.Nothing)
    return await cached.respond(request, asked, TOPICS, read)
