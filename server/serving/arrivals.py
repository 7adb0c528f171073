"""Connections that have said nothing yet: aiohttp's objects for one are made when it needs them.

Whoever greets it may take a connection by its first bytes. Every other becomes aiohttp's, with all
that it has said.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol, cast


class Greet(Protocol):
    """Take the connection, whose protocol must be set then, and say True; or touch nothing."""

    def __call__(self, transport: asyncio.Transport, received: bytes) -> bool: ...


class Arrivals:
    """Makes the protocol of each new connection. ``others`` makes the one of those that nobody
    takes; who says nothing for ``patience_s`` is closed."""

    def __init__(
        self, greet: Greet, others: Callable[[], asyncio.Protocol], patience_s: float
    ) -> None:
        self._greet = greet
        self._others = others
        self._patience_s = patience_s
        self._loop = asyncio.get_running_loop()
        self._silent: dict[Arrival, float] = {}
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
        """Its first bytes: from here on it is another's. Counted until it is counted there."""
        transport = arrival.transport
        is_taken = self._greet(transport, received)
        self.left(arrival)
        if is_taken:
            return
        other = self._others()
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
