"""A real aiohttp server on loopback with nothing but the live channel."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web

from engine.model import Principal
from engine.settings import Settings
from server import keys
from server.budgets.budgets import Budgets
from server.budgets.rates import rates_of
from server.errors import answer
from server.live.admission import admission_of
from server.live.channel import live_channel, say_goodbye
from server.live.desk import Desk
from server.live.sse import events
from server.live.websocket import websocket
from server.serving.listening import Connections

is_slim = True
"""Which path the sockets take; the fixture ``path`` tries both."""


class Served:
    """Where it is reached, what it runs on, and how to stop it as a restart would."""

    def __init__(self, app: web.Application, runner: web.AppRunner, port: int) -> None:
        self.app = app
        self.runner = runner
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.ws = f"ws://127.0.0.1:{port}/ws"


@asynccontextmanager
async def serving(
    desk: Desk,
    principal: Principal | None = None,
    settings: Settings | None = None,
    count: int = 1,
    port: int = 0,
    ceremony: bool = True,
    context: ssl.SSLContext | None = None,
) -> AsyncIterator[Served]:
    app: Any = web.Application(middlewares=[_known_as(principal)])
    app[keys.ENGINE] = desk
    settings = settings or Settings(heartbeat_s=25)
    app[keys.SETTINGS] = msgspec.structs.replace(settings, slim_websocket=is_slim)
    app[keys.CONNECTIONS] = Connections()
    app[keys.BUDGETS] = Budgets(rates_of(settings))
    app[keys.ADMISSION] = admission_of(settings, lambda: count, lambda: 0.0)
    app.router.add_get("/ws", websocket)
    app.router.add_get("/events", events)
    app.cleanup_ctx.append(live_channel)
    app.on_shutdown.append(say_goodbye)
    runner = web.AppRunner(app, shutdown_timeout=2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=context)
        await site.start()
        address: Any = runner.addresses[0]
        yield Served(app, runner, address[1])
    finally:
        if ceremony:
            await say_goodbye(app)
        await runner.cleanup()


def _known_as(principal: Principal | None) -> Any:
    @web.middleware
    async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
        if principal is not None:
            request[keys.PRINCIPAL] = principal
        try:
            response: web.StreamResponse = await handler(request)
        except web.HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 - as the server's own middleware does
            shown = answer(error)
            return web.Response(status=shown.status, text=shown.message, headers=shown.headers)
        return response

    return middleware


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what a real socket does in its own time."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - the other side is not ours to signal from
            await asyncio.sleep(0.01)
