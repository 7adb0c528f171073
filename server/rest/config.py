"""The desk's settings."""

from aiohttp import web

from engine.desk.config import ConfigChange
from engine.model import Config
from server import keys
from server.http import cached, reading, writing

TOPICS = ("config",)


async def get(request: web.Request) -> web.Response:
    """The desk's settings: cadence, roles, audiences and the review policy."""

    engine = request.app[keys.ENGINE]

    async def read() -> Config:
        return await engine.config.get()

    asked = reading.query(request, reading.Nothing)
    return await cached.respond(request, asked, TOPICS, read)


async def change(request: web.Request) -> web.Response:
    """Merge the given keys into the settings; unknown keys are refused.

    What loosens the review policy waits for a second admin.
    """
    asked, raw = await reading.sent(request, ConfigChange)
    config, by = request.app[keys.ENGINE].config, request[keys.PRINCIPAL]
    return await writing.write_or_ask(request, raw, lambda: config.change(by, asked))
