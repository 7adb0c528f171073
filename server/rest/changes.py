"""What one admin has asked for and another must confirm."""

from aiohttp import web

from server import keys
from server.http import envelope, reading, writing


async def waiting(request: web.Request) -> web.Response:
    """What waits for a second admin."""
    reading.query(request, reading.Nothing)
    changes = await request.app[keys.ENGINE].changes.waiting(request[keys.PRINCIPAL])
    return envelope.success(envelope.wrap(changes))


async def confirm(request: web.Request) -> web.Response:
    """Do what another admin asked for."""
    change_id = reading.path_id(request, "change")
    _, raw = await reading.sent(request, reading.Nothing)
    changes, by = request.app[keys.ENGINE].changes, request[keys.PRINCIPAL]
    return await writing.write(request, raw, lambda: changes.confirm(by, change_id))


async def refuse(request: web.Request) -> web.Response:
    """Let it be; whoever asked for it may take it back in this way."""
    change_id = reading.path_id(request, "change")
    changes, by = request.app[keys.ENGINE].changes, request[keys.PRINCIPAL]
    return await writing.write(request, b"", lambda: changes.refuse(by, change_id))
