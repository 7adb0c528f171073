"""One epoll for all TCP connections, in place of an object of the event loop's for each.

A crowd comes back in the same second. The event loop accepts one connection a turn and makes
objects for it, and each answer wakes its client alone. Here a turn accepts, reads and answers as
many as fit into a slice of it. Linux only, and plain TCP: TLS stays with the event loop.
"""

import asyncio
import select
import time
from collections.abc import Callable, Sequence
from itertools import islice, starmap
from typing import TYPE_CHECKING, Final

from server.live.slices import Slice

if TYPE_CHECKING:
    from server.serving.tcp import Tcp

READ_AT_ONCE: Final = 65_536
"""Bytes that one connection may say before the next one has its turn."""
AT_ONCE: Final = 32
"""Connections that are heard between two looks at the clock: a millisecond or two of work."""


class Watch:
    """One descriptor of the event loop's, behind which are all of theirs.

    Made on the running event loop, which lets go of it some time after ``retire``.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.loop = asyncio.get_running_loop()
        self.buffer = memoryview(bytearray(READ_AT_ONCE))
        self._clock = clock
        self._epoll = select.epoll()
        self._connections: dict[int, Tcp] = {}
        self._unsent: list[Tcp] = []
        self._is_scheduled = False
        self._is_retired = False
        self.loop.add_reader(self._epoll.fileno(), self._look)

    def add(self, descriptor: int, connection: "Tcp", events: int) -> None:
        """Raises OSError when the kernel cannot watch one more."""
        self._epoll.register(descriptor, events)
        self._connections[descriptor] = connection

    def change(self, descriptor: int, events: int) -> None:
        self._epoll.modify(descriptor, events)

    def remove(self, descriptor: int) -> None:
        del self._connections[descriptor]
        self._epoll.unregister(descriptor)
        self._leave_if_last()

    def send_soon(self, connection: "Tcp") -> None:
        """In the loop's next turn, with what others have to send: clients on the same machine, or
        behind the same proxy, are woken once."""
        self._unsent.append(connection)
        self._schedule()

    def retire(self) -> None:
        """Nobody new comes: watch until the last one has gone."""
        self._is_retired = True
        self._leave_if_last()

    def _leave_if_last(self) -> None:
        if self._is_retired and not self._connections:
            self.loop.call_soon(self._close)  # not now: we may be looking

    def _close(self) -> None:
        if not self._epoll.closed:
            self.loop.remove_reader(self._epoll.fileno())
            self._epoll.close()

    def hear(self, connections: "Sequence[Tcp]") -> None:
        """Read what they have said, and only then let their protocols have it. The kernel's work
        and the interpreter's push each other out of the processor's caches."""
        said = [(connection, connection.read()) for connection in connections]
        for connection, data in said:
            connection.heard(data)

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self.loop.call_soon(self._send)

    def _send(self) -> None:
        turn, unsent, self._unsent = Slice(self._clock), iter(self._unsent), []
        while some := tuple(islice(unsent, AT_ONCE)):
            for connection in some:
                connection.send()
            if turn.is_spent:
                break
        self._unsent[:0] = unsent  # those that are left go first
        self._is_scheduled = False
        if self._unsent:
            self._schedule()

    def _happened(self, descriptor: int, events: int) -> "Tcp | None":
        """The connection if it has something to say."""
        connection = self._connections.get(descriptor)
        if connection is None:  # one of those before it has ended it
            return None
        if events & select.EPOLLOUT:
            connection.send()
        if events & select.EPOLLIN:
            return connection
        if events & (select.EPOLLHUP | select.EPOLLERR):
            connection.abort()
        return None

    def _look(self) -> None:
        turn = Slice(self._clock)
        while True:
            some = self._epoll.poll(0, AT_ONCE)
            self.hear([each for each in starmap(self._happened, some) if each])
            if len(some) < AT_ONCE or turn.is_spent:
                break
