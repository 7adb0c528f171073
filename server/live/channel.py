"""Opens and closes the live channel with its application."""

import random
from collections.abc import AsyncIterator

from aiohttp import web

from server import keys
from server.live.conversation import Live
from server.live.frames import Wire, encoding_of, message_frame, sse
from server.live.hub import Hub
from server.live.messages import Goodbye, encode
from server.live.presence import Viewers
from server.live.rights import Rights
from server.live.transport import CLOSE_TIMEOUT_S

RECONNECT_MS = (100, 3000)
"""Clients come back at a random time between these, not all at once."""


async def live_channel(app: web.Application) -> AsyncIterator[None]:
    """For ``cleanup_ctx``: needs ``keys.ENGINE`` and ``keys.SETTINGS``, sets HUB and LIVE."""
    engine, settings = app[keys.ENGINE], app[keys.SETTINGS]
    hub = Hub(
        engine.log,
        ring_size=settings.ring_size,
        heartbeat_s=settings.heartbeat_s,
        slow_consumer_s=settings.slow_consumer_s,
    )
    rights = Rights()
    app[keys.HUB] = hub
    app[keys.LIVE] = Live(engine, hub, Viewers(engine.log.publish), rights)
    yield
    await rights.close()
    await hub.close()


async def say_goodbye(app: web.Application) -> None:
    """Every stream hears when to come back, and is closed; returns when all have ended.

    Best before ``runner.cleanup()``, which stops reading what peers answer before it calls
    ``on_shutdown``. There it is the fallback: the goodbyes arrive, but no answer is heard.
    """
    await app[keys.HUB].goodbye(farewell)
    await app[keys.LIVE].settle(CLOSE_TIMEOUT_S)


def farewell(wire: Wire) -> bytes:
    if wire.is_sse:
        return sse(wire, b"retry: %d\n\n" % random.randint(*RECONNECT_MS))  # noqa: S311 - jitter
    encoding = encoding_of(wire)
    return message_frame(encoding, encode(encoding, Goodbye(reconnect_ms=RECONNECT_MS)))
