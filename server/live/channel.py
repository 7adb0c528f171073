"""Opens and closes the live channel with its application."""

import secrets
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from engine.settings import Settings
from server import keys
from server.live.conversation import Live
from server.live.frames import Wire, encoding_of, message_frame, sse
from server.live.handover import why_not
from server.live.hub import Hub
from server.live.messages import Goodbye, encode
from server.live.presence import Viewers
from server.live.rights import Rights
from server.live.sending import OneByOne, Sender
from server.live.transport import CLOSE_TIMEOUT_S
from server.live.uring import Uring

if TYPE_CHECKING:
    from server.serving.listening import Connections

RECONNECT_MS = (100, 3000)
"""Clients come back at a random time between these, not all at once."""

logger = structlog.get_logger(__name__)


async def live_channel(app: web.Application) -> AsyncIterator[None]:
    """For ``cleanup_ctx``: needs ENGINE, SETTINGS, BUDGETS and CONNECTIONS.

    Sets HUB, LIVE and HANDED_OVER.
    """
    engine, settings = app[keys.ENGINE], app[keys.SETTINGS]
    sender = _sender(settings)
    hub = Hub(
        engine.log,
        ring_size=settings.ring_size,
        heartbeat_s=settings.heartbeat_s,
        slow_consumer_s=settings.slow_consumer_s,
        sender=sender,
    )
    rights = Rights()
    live = Live(engine, hub, Viewers(engine.log.publish), rights, app[keys.BUDGETS])
    app[keys.HUB] = hub
    app[keys.LIVE] = live
    app[keys.HANDED_OVER] = _census(app, live)
    yield
    await rights.close()
    await hub.close()
    sender.close()


def _sender(settings: Settings) -> Sender:
    if settings.io_uring:
        try:
            return Uring()
        except OSError as error:
            logger.info("live_one_by_one", reason=str(error))
    return OneByOne()


class HandedOver:
    """The sockets that aiohttp no longer knows, as streams and as open connections."""

    def __init__(self, live: Live, connections: "Connections") -> None:
        self._live = live
        self._connections = connections

    def began(self) -> None:
        self._live.began()
        self._connections.handed_over += 1

    def ended(self) -> None:
        self._live.ended()
        self._connections.handed_over -= 1


def _census(app: web.Application, live: Live) -> HandedOver | None:
    """None where WebSockets stay on the stock path: by choice, or with an unknown aiohttp."""
    if not app[keys.SETTINGS].slim_websocket:
        return None
    if reason := why_not():
        logger.warning("live_stock_path", reason=reason)
        return None
    return HandedOver(live, app[keys.CONNECTIONS])


async def say_goodbye(app: web.Application) -> None:
    """Every stream hears when to come back, and is closed; returns when all have ended.

    Best before ``runner.cleanup()``, which stops reading what peers answer before it calls
    ``on_shutdown``. There it is the fallback: the goodbyes arrive, but no answer is heard.
    """
    await app[keys.HUB].goodbye(farewell)
    await app[keys.LIVE].settle(CLOSE_TIMEOUT_S)


def farewell(wire: Wire) -> bytes:
    if wire.is_sse:
        soonest, latest = RECONNECT_MS
        return sse(wire, b"retry: %d\n\n" % (soonest + secrets.randbelow(latest - soonest + 1)))
    encoding = encoding_of(wire)
    return message_frame(encoding, encode(encoding, Goodbye(reconnect_ms=RECONNECT_MS)))
