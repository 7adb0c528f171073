"""Encoded reads, kept in memory until the log says that they have changed.

An entry carries the log position at which its reading began. It is good for a request only while
no event of the topics it depends on lies behind that position: so bytes that were read before an
event and arrive after it are never served, however slowly they came. One request fills, the
others wait for it. What was asked for again is read anew as soon as an event ends it, and not when
the next one asks. Bounded by entries and by bytes, oldest first.
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
OVERHEAD = 1_536
"""What an entry weighs beside its body: a key of checked, short values, how it is read, and the
books on it."""
MAX_AGE_S = 30.0
"""What "today" is depends on the clock as well as on the log: nothing is believed for longer."""
AHEAD_AT_MOST = 16
"""Pages read anew after one announcement, those that were asked for last: a crowd of them would
hold up whoever waits for another."""

Fill = Callable[[], Awaitable[bytes]]


class Page(Struct, frozen=True, eq=False):
    """What can be asked for: the topics that it depends on, and how it is read."""

    key: Hashable
    topics: tuple[str, ...]
    fill: Fill
    max_age: float

    @property
    def is_of_the_log(self) -> bool:
        """Whether it shows nothing but what the log tells. What is given a short age shows more,
        and that may follow the event: read at once, it would be too early."""
        return self.max_age >= MAX_AGE_S


class Entry(Struct, frozen=True):
    """An encoded body, its strong ETag, and since when and which log position it is known."""

    page: Page
    body: bytes
    etag: str
    at: int
    since: float


class Flight(Struct, frozen=True):
    """A reading under way, and the log position at which it began."""

    page: Page
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
        self._tasks: set[asyncio.Task[Entry]] = set()
        self._asked: OrderedDict[Page, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sizes)

    @property
    def weight(self) -> int:
        """Bytes held, bodies and all."""
        return self._total

    def recorded(self, events: Sequence[Recorded]) -> None:
        for event in events:
            self._changed[event.topic] = event.seq
        if self._asked:
            self._read_ahead({event.topic for event in events})

    def latest(self, event: Latest) -> None:
        """A latest-value event has no position; what shows one is given a short ``max_age``."""

    async def get(
        self, key: Hashable, topics: tuple[str, ...], fill: Fill, max_age: float = MAX_AGE_S
    ) -> Entry:
        """The entry under ``key``, at least as new as the last event of ``topics`` right now.

        A key is made of checked values, not of a client's bytes: those could be of any length.
        ``fill`` is kept, and must not hold on to a request.
        """
        entry: Entry | None = await self._store.get(key)
        if entry is not None and self.is_good(entry):
            self.wanted(entry.page)
            return entry
        changed = self._changed_at(topics)
        flight = self._flights.get(key)
        if flight is None or flight.at < changed:
            flight = self._start(entry.page if entry else Page(key, topics, fill, max_age))
        else:
            self.wanted(flight.page)
        # Shielded: who leaves early must not take the reading from those who still wait.
        return await asyncio.shield(flight.task)

    def is_good(self, entry: Entry) -> bool:
        """Whether nothing of its topics has happened since, and it is not too old."""
        page = entry.page
        for topic in page.topics:  # not ``_changed_at``: this is asked of every hot read
            if self._changed.get(topic, 0) > entry.at:
                return False
        return monotonic() - entry.since < page.max_age

    def wanted(self, page: Page) -> None:
        """Somebody was served without a reading of their own: the next one shall be, too."""
        if page.is_of_the_log:
            self._asked[page] = None
            self._asked.move_to_end(page)
            if len(self._asked) > AHEAD_AT_MOST:
                self._asked.popitem(last=False)

    async def settle(self, seconds: float) -> None:
        """Wait for the readings that are under way, before what they read is closed. One that takes
        longer is cancelled."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()

    def _changed_at(self, topics: tuple[str, ...]) -> int:
        return max(self._changed.get(topic, 0) for topic in topics)

    def _read_ahead(self, changed: set[str]) -> None:
        """Once for each time that it was wanted: what nobody asks for is not read for ever."""
        touched = [page for page in self._asked if not changed.isdisjoint(page.topics)]
        for page in touched:
            if page.key not in self._flights:  # else it stays wanted, and one reading is enough
                del self._asked[page]
                self._start(page)

    def _start(self, page: Page) -> Flight:
        at = self._log.head
        task = asyncio.create_task(self._read(page, at))
        self._tasks.add(task)
        flight = self._flights[page.key] = Flight(page, at, task)
        task.add_done_callback(lambda done: self._landed(flight, done))
        return flight

    async def _read(self, page: Page, at: int) -> Entry:
        since = monotonic()
        body = await page.fill()
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        entry = Entry(page, body, etag, at, since)
        await self._keep(page.key, entry)
        return entry

    def _landed(self, flight: Flight, task: "asyncio.Task[Entry]") -> None:
        self._tasks.discard(task)
        if self._flights.get(flight.page.key) is flight:
            del self._flights[flight.page.key]
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
