"""One process from start to end: bind, open, listen, serve, and leave in order and in time.

On SIGUSR2 it raises a successor first, which listens on the same socket, and leaves to it.
"""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, cast

import structlog
from aiohttp import web

from engine.errors import WireroomError
from engine.settings import Settings
from server import keys, logs
from server.app import create_app
from server.live.channel import say_goodbye
from server.live.reception import Reception
from server.middleware import request_id_of
from server.serving import exposure, heritage, precedence
from server.serving.arrivals import Arrivals
from server.serving.heritage import Heritage
from server.serving.listening import Listening, adopt, bind, listen
from server.serving.succession import Succession
from server.serving.supervisor import notify

KEEPALIVE_S: Final = 75.0
"""Above the 60 s after which common proxies drop an idle connection: they should be first."""
LINGER_S: Final = 1.0
"""How long clients of a connection that stays open are told, answer by answer, to open another."""
SHUTDOWN_S: Final = 5.0
"""How long requests in flight may take once we have stopped accepting."""
LEAVE_S: Final = 20.0
"""After this the process leaves whatever is still open."""

NOTHING: Final = Heritage()
NOT_IN_MOCK: Final = "The data of a mock desk goes with its process: stop it and start it again."

Announce = Callable[[str], None]
Create = Callable[[Settings], Awaitable[web.Application]]

log = structlog.get_logger(__name__)


def serve(settings: Settings, announce: Announce = print) -> None:
    """Serve until SIGTERM, SIGINT or a successor. ``announce`` is told the address once we listen.

    Raises WireroomError (port in use, data folder busy, a setting that would expose the desk).
    """
    logs.configure(settings.log_level)
    precedence.take()
    given = heritage.take(os.environ)
    create = partial(create_app, lock=given.lock)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run(settings, announce, create=create, given=given))


async def run(
    settings: Settings,
    announce: Announce,
    stop: asyncio.Event | None = None,
    create: Create = create_app,
    given: Heritage = NOTHING,
) -> None:
    """As ``serve``, on the running loop, until ``stop`` is set or a signal comes."""
    exposure.check(settings)
    context = exposure.tls(settings)
    # First the port: a second server must fail before it touches anything.
    sock = adopt(settings, given.sock) if given.sock else bind(settings)
    stop = stop or asyncio.Event()
    succession = Succession(sock, NOT_IN_MOCK if settings.mock else "")
    _listen_to_signals(stop, succession)
    try:
        app = await create(settings)
        runner = web.AppRunner(
            app, access_log=None, keepalive_timeout=KEEPALIVE_S, shutdown_timeout=SHUTDOWN_S
        )
        try:
            await runner.setup()
            listener = await _listen(app, runner, sock, context)
            with contextlib.closing(listener):
                _take_over(app, given)
                announce(exposure.address(settings, sock.getsockname()[1]))
                if await _until_told(app, stop, succession):
                    await _leave_to_successor(app, listener)
                else:
                    await _withdraw(app, listener)
        finally:
            await _close(runner)
    finally:
        sock.close()


def _arrivals(app: web.Application, server: web.Server) -> Arrivals | None:
    """None where WebSockets stay on the stock path."""
    census = app[keys.HANDED_OVER]
    if census is None:
        return None
    return Arrivals(Reception(app, census, request_id_of), server, KEEPALIVE_S)


async def _listen(
    app: web.Application,
    runner: web.AppRunner,
    sock: socket.socket,
    context: ssl.SSLContext | None,
) -> Listening:
    server = cast(web.Server, runner.server)  # setup has made it
    server.request_handler = app[keys.FRONT].before(server.request_handler, app[keys.CACHE])
    limit = app[keys.SETTINGS].max_connections
    arrivals = _arrivals(app, server)
    listener = await listen(server, app[keys.CONNECTIONS], limit, sock, context, arrivals)
    # What exists now stays: the collector need not walk it again.
    gc.collect()
    gc.freeze()
    return listener


def _take_over(app: web.Application, given: Heritage) -> None:
    """We listen: the folder names us, and a predecessor may go."""
    if given.lock is not None:
        app[keys.ENGINE].claim()
        given.tell_ready()
    notify("READY=1")


async def _until_told(app: web.Application, stop: asyncio.Event, succession: Succession) -> bool:
    """Serve; returns whether a successor serves now, too."""
    stopped = asyncio.create_task(stop.wait())
    succeeded = asyncio.create_task(succession.happens(app[keys.ENGINE].lock))
    await asyncio.wait((stopped, succeeded), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    succeeded.cancel()
    (pid,) = await asyncio.gather(succeeded, return_exceptions=True)
    if not isinstance(pid, int):
        notify("STOPPING=1")
        return False
    notify(f"MAINPID={pid}")
    log.info("handed_over", successor=pid)
    return True


async def _leave_to_successor(app: web.Application, listener: Listening) -> None:
    """The other accepts from now on; what is open here is finished, then told to come back."""
    app[keys.LIFE].draining = True
    listener.close()
    try:
        await app[keys.ENGINE].stand_down()
    except WireroomError as error:
        log.error("not_stood_down", code=error.code, reason=str(error))
    await asyncio.sleep(LINGER_S)
    await say_goodbye(app)


async def _withdraw(app: web.Application, listener: Listening) -> None:
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
    runner.app[keys.CONNECTIONS].dismiss()
    try:
        async with asyncio.timeout(LEAVE_S):
            await runner.cleanup()
    except TimeoutError:
        log.warning("left_in_a_hurry", seconds=LEAVE_S)


def _listen_to_signals(stop: asyncio.Event, succession: Succession) -> None:
    """The first signal leaves in order, the second at once; SIGUSR2 asks for a successor."""
    loop = asyncio.get_running_loop()

    def told(number: signal.Signals) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told, number)
    loop.add_signal_handler(signal.SIGUSR2, succession.ask)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop
