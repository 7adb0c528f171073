"""Wireroom as it runs for real, with a second port through which a load client makes events.

    python bench/live/wireroom_server.py PORT REPLAY_PORT DATA_DIR

Application, hub and socket path are the product's own. Before it listens the engine commits the
events that are said again later. One JSON line on standard output says that all is ready.
"""

import asyncio
import json
import struct
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import uvloop
from aiohttp import web
from replay import Replay

from engine.engine import Engine
from engine.events.recorded import Recorded
from engine.model import SYSTEM, Principal
from engine.settings import load
from server import logs
from server.app import create_app
from server.serving import precedence
from server.serving.serve import run

COMMITTED = 512
"""Different events to say again; more would only fill memory."""
REASON = "The port authority has asked for a correction of the second figure."
"""As long as makes an event of about 300 bytes."""
DESK = Principal(id="per-bench", name="Ada Quell", roles=("admin",))
ORDER = struct.Struct("<cQ")
"""What the load client sends for each event, and when it was due (ns). ``r``: say a committed one
again. ``d``: commit one. ``c``: commit one, and let its time begin when that is done."""

Context = Callable[[web.Application], AsyncIterator[None]]


class Orders(asyncio.Protocol):
    """The replay port. Orders that arrive together are announced together."""

    def __init__(self, engine: Engine, replay: Replay) -> None:
        self._engine = engine
        self._replay = replay
        self._rest = b""
        self._holds = False
        self._commits: set[asyncio.Task[object]] = set()

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        whole = len(data) - len(data) % ORDER.size
        self._rest = data[whole:]
        stamps = []
        for way, stamp in ORDER.iter_unpack(data[:whole]):
            if way == b"r":
                stamps.append(stamp)
            else:
                self._commit(stamp if way == b"d" else None)
        if stamps:
            self._replay.say(stamps)

    def _commit(self, stamp: int | None) -> None:
        """One durable command: hold all, or let go again. The writer keeps the order."""
        self._holds = not self._holds
        review = self._engine.review
        command = review.interrupt(DESK, REASON) if self._holds else review.resume(DESK)
        self._replay.stamps.append(stamp)
        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(command)
        self._commits.add(task)
        task.add_done_callback(self._commits.discard)


async def commit_events(engine: Engine) -> list[Recorded]:
    """Committed events of about 300 bytes, through the engine's own use cases."""
    after = engine.log.head
    for _ in range(COMMITTED):
        await engine.review.interrupt(DESK, REASON)
        await engine.review.resume(DESK)
    lines = await engine.log.read(after, 2 * COMMITTED)
    return [line for line in lines if line.type == "review.interrupted"]


def replay_port(engine: Engine, replay: Replay, port: int) -> Context:
    async def listening(_app: web.Application) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Orders(engine, replay), "127.0.0.1", port)
        yield
        server.close()

    return listening


def closing(engine: Engine) -> Context:
    async def running(_app: web.Application) -> AsyncIterator[None]:
        yield
        await engine.close()

    return running


async def serve(port: int, replay_on: int, folder: Path) -> None:
    settings = load(
        {},
        addr=f"127.0.0.1:{port}",
        data_dir=folder,
        max_connections=18_000,
        slow_consumer_s=300.0,
        principal_rate=10_000_000,  # counted as always, and never reached
    )
    ready: dict[str, object] = {}

    async def create(_settings: object) -> web.Application:
        engine = await Engine.open(settings)
        said = await commit_events(engine)
        token = await engine.access.issue_token(SYSTEM, "Load", ("viewer", "admin"), None)
        ready.update(event_bytes=len(said[0].wire), token=token.token)
        replay = Replay(engine.log, said)
        engine.log = replay  # type: ignore[assignment]  # the server needs no more of a log
        app = await create_app(settings, engine)
        app.cleanup_ctx.insert(0, closing(engine))
        app.cleanup_ctx.append(replay_port(engine, replay, replay_on))
        return app

    await run(settings, lambda _: print(json.dumps(ready), flush=True), create=create)


def main() -> None:
    port, replay_on, folder = sys.argv[1:]
    logs.configure("warning")
    precedence.take()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(port), int(replay_on), Path(folder)))


if __name__ == "__main__":
    main()
