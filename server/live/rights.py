"""Asks again, every few seconds, what the credentials of open streams are worth.

Streams with the same credential share one question: thousands of dashboards behind one token cost
as much as one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog
from msgspec import Struct

from engine.errors import Unauthenticated
from engine.model import Principal

EVERY_S = 4.0
TOLD_A_TURN = 256
"""Streams that hear the answer before others have their turn: under a millisecond."""

logger = structlog.get_logger(__name__)


class Credential(Struct, frozen=True):
    """A secret, and who can say whose it is now. Equal ones are the same credential."""

    ask: Callable[[str], Awaitable[Principal]]
    secret: str

    async def holder(self) -> Principal | None:
        """None once it is nobody's. Raises what the store raises."""
        try:
            return await self.ask(self.secret)
        except Unauthenticated:
            return None

    def __repr__(self) -> str:
        return "Credential(…)"  # a secret must not reach a log


class Stream(Protocol):
    """An open stream. ``watch`` is this module's to set."""

    watch: "Watch | None"

    def rechecked(self, principal: Principal | None) -> None:
        """Whose credential it is now; None when nobody's."""


class Watch:
    """One credential, and the streams that were opened with it."""

    __slots__ = ("credential", "streams")

    def __init__(self, credential: Credential) -> None:
        self.credential = credential
        self.streams: dict[Stream, None] = {}


class Rights:
    """One timer for all streams. A store that cannot be read changes nobody's rights."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        self._every_s = every_s
        self._watches: dict[Credential, Watch] = {}
        self._task: asyncio.Task[None] | None = None

    def watch(self, stream: Stream, credential: Credential) -> None:
        """From now on tell this stream whose credential it is."""
        self.forget(stream)
        watch = self._watches.get(credential)
        if watch is None:
            watch = self._watches[credential] = Watch(credential)
        watch.streams[stream] = None
        stream.watch = watch
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def forget(self, stream: Stream) -> None:
        watch, stream.watch = stream.watch, None
        if watch is None:
            return
        watch.streams.pop(stream, None)
        if not watch.streams:
            self._watches.pop(watch.credential, None)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            await self.check()

    async def check(self) -> None:
        """Ask once for every credential, and tell its streams."""
        for watch in tuple(self._watches.values()):
            try:
                principal = await watch.credential.holder()
            except Exception:  # one failing check must not end the others'
                logger.exception("live_rights_check_failed")
                continue
            for count, stream in enumerate(tuple(watch.streams)):
                if count % TOLD_A_TURN == 0:
                    await asyncio.sleep(0)
                if stream.watch is watch:
                    stream.rechecked(principal)
