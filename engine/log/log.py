"""The log as its readers see it: where it ends, what came after, and who wants to hear more."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Sequence

import structlog

from engine.events.event import Event
from engine.events.recorded import Recorded
from engine.ports import Clock, Listener
from engine.record import Head, latest
from engine.store import log as rows
from engine.store.database import Database

log = structlog.get_logger("wireroom.log")
NEWS_S = 1.0
"""What is committed is announced milliseconds later; nobody waits for it longer than this."""


class Log:
    """Listeners hear recorded events after their commit, in ``seq`` order, on the event loop."""

    def __init__(self, database: Database, head: Head, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._listeners: list[Listener] = []
        self._boot = secrets.token_hex(4)
        self._latest_count = 0
        self._moved = asyncio.Event()
        self.epoch = head.epoch
        self.head = head.seq

    @property
    def cursor(self) -> str:
        return f"{self.epoch}-{self.head}"

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; the returned call removes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def announce(self, events: Sequence[Recorded]) -> None:
        """Tell the listeners of committed events. Called by the writer only."""
        self.head = events[-1].seq
        self._moved.set()
        self._moved = asyncio.Event()
        for listener in tuple(self._listeners):
            try:
                listener.recorded(events)
            except Exception:
                log.exception("listener_failed", listener=type(listener).__name__)

    def publish(self, event: Event) -> None:
        """Tell the listeners of a latest-value event: not numbered, not stored."""
        self._latest_count += 1
        line = latest(event, self._boot, self._latest_count, self._clock())
        for listener in tuple(self._listeners):
            listener.latest(line)

    async def read(self, after: int, limit: int) -> list[Recorded]:
        """Events with a number above ``after``, ascending, at most ``limit``, from the store."""
        return await asyncio.to_thread(
            self._database.read, lambda connection: rows.after(connection, after, limit)
        )

    async def floor(self) -> int:
        """The lowest ``seq`` a cursor can have and still be served whole.

        ``head`` is then at least what was committed before the call, by whichever process: who
        was told of an event by one generation may ask the other what came after it.
        """
        low, head = await asyncio.to_thread(
            self._database.read, lambda c: (rows.floor(c), rows.head(c).seq)
        )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(NEWS_S):
                while self.head < head:
                    await self._moved.wait()
        return low
