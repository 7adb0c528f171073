"""One process from start to end: bind, open, listen, serve, and leave in order and in time."""

import asyncio
import gc
import signal
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiohttp import web

from engine.settings import Settings
from server import keys, logs
from server.app import create_app
from server.live.channel import say_goodbye
from server.serving import exposure
from server.serving.listening import bind, listen

KEEPALIVE_S: Final = 75.0
"""Above the 60 s after which common proxies drop an idle connection: they should be first."""
SHUTDOWN_S: Final = 5.0
"""How long requests in flight may take once we have stopped accepting."""
LEAVE_S: Final = 20.0
"""After this the process leaves whatever is still open."""
SWITCH_S: Final = 0.0005
"""A thread gives the interpreter up after half a millisecond: the loop must not wait 5 ms."""

Announce = Callable[[str], None]
Create = Callable[[Settings], Awaitable[web.Application]]

log = structlog.get_logger(__name__)


def serve(settings: Settings, announce: Announce = print) -> None:
    """Serve until SIGTERM or SIGINT. ``announce`` is told the address once we listen.

    Raises WireroomError (port in use, data folder busy, a setting that would expose the desk).
    """
    logs.configure(settings.log_level)
    sys.setswitchinterval(SWITCH_S)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run(settings, announce))


async def run(
    settings: Settings,
    announce: Announce,
    stop: asyncio.Event | None = None,
    create: Create = create_app,
) -> None:
    """As ``serve``, on the running loop, until ``stop`` is set or a signal comes."""
    exposure.check(settings)
    context = exposure.tls(settings)
    # First the port: a second server must fail before it touches anything.
    sock = bind(settings)
    stop = stop or asyncio.Event()
    _stop_on_signals(stop)
    try:
        app = await create(settings)
        runner = web.AppRunner(
            app, access_log=None, keepalive_timeout=KEEPALIVE_S, shutdown_timeout=SHUTDOWN_S
        )
        try:
            await runner.setup()
            listener = await _listen(app, runner, sock, context)
            announce(address(settings, sock.getsockname()[1]))
            await stop.wait()
            await _withdraw(app, listener)
        finally:
            await _close(runner)
    finally:
        sock.close()


def address(settings: Settings, port: int) -> str:
    """The address to open in a browser."""
    host = settings.addr.rpartition(":")[0]
    scheme = "https" if settings.tls_cert else "http"
    shown = "127.0.0.1" if host in ("0.0.0.0", "[::]") else host  # noqa: S104 - only compared
    return f"{scheme}://{shown}:{port}"


async def _listen(
    app: web.Application,
    runner: web.AppRunner,
    sock: socket.socket,
    context: ssl.SSLContext | None,
) -> asyncio.Server:
    server = runner.server
    assert server is not None  # noqa: S101 - setup has made it
    limit = app[keys.SETTINGS].max_connections
    listener = await listen(server, app[keys.CONNECTIONS], limit, sock, context)
    # What exists now stays: the collector need not walk it again.
    gc.collect()
    gc.freeze()
    return listener


async def _withdraw(app: web.Application, listener: asyncio.Server) -> None:
    """Not ready, then no new connections (a proxy is given time to notice), then goodbye."""
    log.info("leaving")
    app[keys.LIFE].draining = True
    settings = app[keys.SETTINGS]
    if settings.behind_proxy:
        await asyncio.sleep(settings.drain_s)
    listener.close()
    # Before aiohttp stops reading: a stream's close handshake takes both sides.
    await say_goodbye(app)


async def _close(runner: web.AppRunner) -> None:
    """Finish what is in flight and close the desk, in bounded time."""
    gc.unfreeze()
    try:
        async with asyncio.timeout(LEAVE_S):
            await runner.cleanup()
    except TimeoutError:
        log.warning("left_in_a_hurry", seconds=LEAVE_S)


def _stop_on_signals(stop: asyncio.Event) -> None:
    """The first signal leaves in order, the second at once."""
    loop = asyncio.get_running_loop()

    def told(number: signal.Signals) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told, number)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop
