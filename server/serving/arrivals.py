"""Connections that have said nothing yet: aiohttp's objects for one are made when it needs them.

Whoever keeps the door may take a connection by its first bytes. Every other becomes aiohttp's, with
all that it has said.
"""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Protocol, cast

import structlog

GREETED_AT_ONCE = 16
"""Those who have waited for the same answer are let in at a millisecond of work a turn."""

logger = structlog.get_logger(__name__)


class Door(Protocol):
    def greet(self, transport: asyncio.Transport, received: bytes) -> bool:
        """Take the connection, whose protocol must be set then, and say True; or touch nothing."""

    def question(
        self, transport: asyncio.Transport, received: bytes
    ) -> "asyncio.Future[None] | None":
        """What must be known of one that was not taken. Once it is, it is greeted again."""


class Arrivals:
    """Makes the protocol of each new connection. ``others`` makes the one of those that nobody
    takes; who says nothing for ``patience_s`` is closed."""

    def __init__(
        self, door: Door, others: Callable[[], asyncio.Protocol], patience_s: float
    ) -> None:
        self._door = door
        self._others = others
        self._patience_s = patience_s
        self._loop = asyncio.get_running_loop()
        self._silent: dict[Arrival, float] = {}
        self._waiting: dict[asyncio.Future[None], list[tuple[Arrival, bytes]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._silent)

    def __call__(self) -> asyncio.Protocol:
        return Arrival(self)

    def came(self, arrival: "Arrival") -> None:
        self._silent[arrival] = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(self._patience_s, self.judge)

    def left(self, arrival: "Arrival") -> None:
        self._silent.pop(arrival, None)

    def spoke(self, arrival: "Arrival", received: bytes) -> None:
        """Its first bytes: from here on it is another's, or will be once a question is answered."""
        transport = arrival.transport
        try:
            is_taken = self._door.greet(transport, received)
        except Exception:
            self.left(arrival)  # whoever called cuts it off, and nobody counts it any more
            raise
        if is_taken:
            self.left(arrival)
            return
        question = self._door.question(transport, received)
        if question is None:
            self._pass_on(arrival, received)
            return
        transport.pause_reading()
        if question not in self._waiting:
            self._waiting[question] = []
            question.add_done_callback(self._answered)
        self._waiting[question].append((arrival, received))

    def _answered(self, question: "asyncio.Future[None]") -> None:
        self._greet_again(iter(self._waiting.pop(question)))

    def _greet_again(self, waited: "Iterator[tuple[Arrival, bytes]]") -> None:
        """Some, then the loop's others have their turn: a crowd may have waited."""
        some = tuple(islice(waited, GREETED_AT_ONCE))
        if some:
            self._loop.call_soon(self._greet_again, waited)
        for arrival, received in some:
            if arrival in self._silent:  # else it has gone meanwhile
                self._greet_one(arrival, received)

    def _greet_one(self, arrival: "Arrival", received: bytes) -> None:
        arrival.transport.resume_reading()
        try:
            if self._door.greet(arrival.transport, received):
                self.left(arrival)
            else:
                self._pass_on(arrival, received)
        except Exception:  # whatever broke, the others are let in
            logger.exception("connection_failed")
            self.left(arrival)
            arrival.transport.abort()

    def _pass_on(self, arrival: "Arrival", received: bytes) -> None:
        """Counted here until it is counted there."""
        transport, other = arrival.transport, self._others()
        self.left(arrival)
        transport.set_protocol(other)
        other.connection_made(transport)
        other.data_received(received)

    def judge(self) -> None:
        """Close who has been silent for too long. One timer for all: the first has come first."""
        self._timer = None
        now = self._loop.time()
        for arrival, came_at in tuple(self._silent.items()):
            left_s = came_at + self._patience_s - now
            if left_s > 0:
                self._timer = self._loop.call_later(left_s, self.judge)
                break
            self._close(arrival)

    def close(self) -> None:
        """Close them all, and watch no more."""
        if self._timer is not None:
            self._timer.cancel()
        for arrival in tuple(self._silent):
            self._close(arrival)
        for question in tuple(self._waiting):
            question.cancel()

    def _close(self, arrival: "Arrival") -> None:
        self.left(arrival)
        arrival.transport.close()


class Arrival(asyncio.Protocol):
    """One of them. ``transport`` is there once the connection is made."""

    __slots__ = ("_arrivals", "transport")

    transport: asyncio.Transport

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # what TCP and TLS give
        self._arrivals.came(self)

    def data_received(self, data: bytes) -> None:
        self._arrivals.spoke(self, data)

    def connection_lost(self, _why: Exception | None) -> None:
        self._arrivals.left(self)
