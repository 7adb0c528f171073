"""Exports: make the package that leaves, and download it again."""

import msgspec
from aiohttp import hdrs, web

from engine.errors import Conflict
from engine.model import ExportRow
from server import keys
from server.http import cached, envelope, reading, writing
from server.http.front import CACHE_CONTROL

TOPICS = ("export", "edition")


async def create(request: web.Request) -> web.Response:
    """Make the package of a brief whose gate is open, and send it."""
    brief_id = reading.path_id(request, "brief")
    _, raw = await reading.sent(request, reading.Nothing)
    exports, by = request.app[keys.ENGINE].exports, request[keys.PRINCIPAL]

    async def row() -> bytes:
        made, _ = await exports.create(by, brief_id)
        return msgspec.json.encode(made)

    # Under an Idempotency-Key the row is kept, not the package: that stands in the store already.
    made = msgspec.json.decode(await writing.once(request, raw, row), type=ExportRow)
    kept, package = await exports.latest(brief_id)
    if kept.sha256 != made.sha256:
        raise Conflict("A newer package of this brief has been made since.", latest=kept.id)
    return _package(made, package)


async def latest(request: web.Request) -> web.Response:
    """The latest package of a brief, once more."""
    brief_id = reading.path_id(request, "brief")
    reading.query(request, reading.Nothing)
    row, package = await request.app[keys.ENGINE].exports.latest(brief_id)
    if cached.matches(request.headers.get(hdrs.IF_NONE_MATCH), _etag(row)):
        return web.Response(status=304, headers={hdrs.ETAG: _etag(row)})
    return _package(row, package)


async def verified(request: web.Request) -> web.Response:
    """Whether the latest package of a brief is what it says, and what that cannot show."""
    brief_id = reading.path_id(request, "brief")
    reading.query(request, reading.Nothing)
    found = await request.app[keys.ENGINE].exports.verified(brief_id)
    return envelope.success(envelope.wrap(found))


async def today(request: web.Request) -> web.Response:
    """The packages made in the current edition."""

    engine = request.app[keys.ENGINE]

    async def read() -> tuple[ExportRow, ...]:
        return await engine.exports.today()

    asked = reading.query(request, reading.Nothing)
    return await cached.respond(request, asked, TOPICS, read)


def _package(row: ExportRow, package: bytes) -> web.Response:
    return web.Response(
        body=package,
        content_type="application/zip",
        headers={
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{row.filename}"',
            hdrs.ETAG: _etag(row),
            hdrs.CACHE_CONTROL: CACHE_CONTROL,
        },
    )


def _etag(row: ExportRow) -> str:
    return f'"{row.sha256}"'
