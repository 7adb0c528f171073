"""Encoded reads, kept in memory until the log says that they have changed.

An entry carries the log position at which its reading began. It is good for a request only while
no event of the topics it depends on lies behind that position: so bytes that were read before an
event and arrive after it are never served, however slowly they came. One request fills, the
others wait for it. Bounded by entries and by bytes, oldest first.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from time import monotonic
from typing import Protocol

from aiocache import SimpleMemoryCache
from msgspec import Struct

from engine.events.recorded import Latest, Recorded

LIMIT_BYTES = 64 * 1024 * 1024
LIMIT_ENTRIES = 4_096
OVERHEAD = 1_024
"""What an entry weighs beside its body: a key of checked, short values, and the books on it."""
MAX_AGE_S = 30.0
"""What "today" is depends on the clock as well as on the log: nothing is believed for longer."""

Fill = Callable[[], Awaitable[bytes]]


class Entry(Struct, frozen=True):
    """An encoded body, its strong ETag, and since when and which log position it is known."""

    body: bytes
    etag: str
    at: int
    since: float


class Flight(Struct, frozen=True):
    """A reading under way, and the log position at which it began."""

    at: int
    task: "asyncio.Task[Entry]"


class Positioned(Protocol):
    """The part of the log the cache looks at."""

    @property
    def head(self) -> int: ...


class Cache:
    """Listens to the log; see the module for what it promises."""

    def __init__(
        self,
        log: Positioned,
        limit_bytes: int = LIMIT_BYTES,
        limit_entries: int = LIMIT_ENTRIES,
    ) -> None:
        self._log = log
        self._limit_bytes = limit_bytes
        self._limit_entries = limit_entries
        # timeout=None: aiocache would otherwise wrap every get in a wait_for of 10 µs.
        self._store = SimpleMemoryCache(timeout=None)
        self._sizes: OrderedDict[Hashable, int] = OrderedDict()
        self._total = 0
        self._changed: dict[str, int] = {}
        self._flights: dict[Hashable, Flight] = {}

    def __len__(self) -> int:
        return len(self._sizes)

    @property
    def weight(self) -> int:
        """Bytes held, bodies and all."""
        return self._total

    def recorded(self, events: Sequence[Recorded]) -> None:
        for event in events:
            self._changed[event.topic] = event.seq

    def latest(self, event: Latest) -> None:
        """A latest-value event has no position; what shows one is given a short ``max_age``."""

    async def get(
        self, key: Hashable, topics: tuple[str, ...], fill: Fill, max_age: float = MAX_AGE_S
    ) -> Entry:
        """The entry under ``key``, at least as new as the last event of ``topics`` right now.

        A key is made of checked values, not of a client's bytes: those could be of any length.
        """
        entry: Entry | None = await self._store.get(key)
        if entry is not None and self.is_good(entry, topics, max_age):
            return entry
        changed = self._changed_at(topics)
        flight = self._flights.get(key)
        if flight is None or flight.at < changed:
            flight = self._start(key, fill)
        # Shielded: who leaves early must not take the reading from those who still wait.
        return await asyncio.shield(flight.task)

    def is_good(self, entry: Entry, topics: tuple[str, ...], max_age: float) -> bool:
        """Whether nothing of ``topics`` has happened since, and it is not too old."""
        for topic in topics:  # not ``_changed_at``: this is asked of every hot read
            if self._changed.get(topic, 0) > entry.at:
                return False
        return monotonic() - entry.since < max_age

    def _changed_at(self, topics: tuple[str, ...]) -> int:
        return max(self._changed.get(topic, 0) for topic in topics)

    def _start(self, key: Hashable, fill: Fill) -> Flight:
        at = self._log.head
        task = asyncio.create_task(self._read(key, at, fill))
        flight = self._flights[key] = Flight(at, task)
        task.add_done_callback(lambda done: self._landed(key, flight, done))
        return flight

    async def _read(self, key: Hashable, at: int, fill: Fill) -> Entry:
        since = monotonic()
        body = await fill()
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        entry = Entry(body, etag, at, since)
        await self._keep(key, entry)
        return entry

    def _landed(self, key: Hashable, flight: Flight, task: "asyncio.Task[Entry]") -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # seen: the waiters raise it, and there may be none left

    async def _keep(self, key: Hashable, entry: Entry) -> None:
        held: Entry | None = await self._store.get(key)
        if held is not None and held.at > entry.at:
            return
        size = len(entry.body) + OVERHEAD
        self._total += size - self._sizes.pop(key, 0)
        self._sizes[key] = size
        await self._store.set(key, entry)
        while self._total > self._limit_bytes or len(self._sizes) > self._limit_entries:
            oldest, weight = self._sizes.popitem(last=False)
            self._total -= weight
            await self._store.delete(oldest)
