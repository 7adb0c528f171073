"""Sources: list, add, pause, remove."""

from aiohttp import web

from engine.ingest.sources import NewSource
from engine.model import Record, SourceRow
from server import keys
from server.http import cached, reading, writing

TOPICS = ("ingest",)


class Pause(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    paused: bool


async def listed(request: web.Request) -> web.Response:
    """Every source with its health."""

    engine = request.app[keys.ENGINE]

    async def read() -> tuple[SourceRow, ...]:
        return await engine.ingest.sources()

    asked = reading.query(request, reading.Nothing)
    return await cached.respond(request, asked, TOPICS, read)


async def add(request: web.Request) -> web.Response:
    """Add a source; its kind is guessed from the location when it is not given."""
    asked, raw = await reading.sent(request, NewSource)
    ingest, by = request.app[keys.ENGINE].ingest, request[keys.PRINCIPAL]
    return await writing.write(request, raw, lambda: ingest.add_source(by, asked), 201)


async def pause(request: web.Request) -> web.Response:
    """Leave a source out of the runs, or take it in again."""
    source_id = reading.path_id(request, "source")
    asked, raw = await reading.sent(request, Pause)
    ingest, by = request.app[keys.ENGINE].ingest, request[keys.PRINCIPAL]
    return await writing.write(
        request, raw, lambda: ingest.pause_source(by, source_id, asked.paused)
    )


async def remove(request: web.Request) -> web.Response:
    """Forget a source; its items stay."""
    source_id = reading.path_id(request, "source")
    ingest, by = request.app[keys.ENGINE].ingest, request[keys.PRINCIPAL]
    return await writing.write(request, b"", lambda: ingest.remove_source(by, source_id))
