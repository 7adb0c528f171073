"""TCP connections without an object of the event loop's for each: one epoll watches all of them.

A crowd comes back in the same second. The event loop accepts one connection a turn and makes
objects for it, and each answer wakes its client alone. Here a turn accepts, reads and answers as
many as fit into a slice of it. Linux only, and plain TCP: TLS stays with the event loop.
"""

import asyncio
import contextlib
import select
import socket
import time
from collections.abc import Callable, Sequence
from itertools import islice, starmap
from typing import Any, Final, cast

import structlog

from server.live.slices import Slice

READ_AT_ONCE: Final = 65_536
"""Bytes that one connection may say before the next one has its turn."""
AT_ONCE: Final = 32
"""Connections that are heard between two looks at the clock: a millisecond or two of work."""
PARTS_AT_ONCE: Final = 64
"""Writes that leave in one system call at most. A kernel takes up to 1,024."""
HIGH_WATER: Final = 65_536
"""asyncio's own default: above it the protocol is asked to pause, below a quarter to go on."""

NOBODY: Final = asyncio.Protocol()
"""Whose a connection is that has ended."""

logger = structlog.get_logger(__name__)


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


class Tcp(asyncio.Transport):
    """An accepted connection as asyncio's transport, which its protocol cannot tell from others.

    ``write`` sends at the end of the turn. Nothing here raises over what the peer does.
    """

    __slots__ = (
        "_address",
        "_descriptor",
        "_events",
        "_has_heard_all",
        "_high",
        "_is_closing",
        "_is_last",
        "_is_paused",
        "_low",
        "_protocol",
        "_size",
        "_sock",
        "_unsent",
        "_watch",
    )

    def __init__(
        self, watch: Watch, sock: socket.socket, address: object, protocol: asyncio.Protocol
    ) -> None:
        self._watch = watch
        self._sock = sock
        self._address = address
        self._protocol = protocol
        self._descriptor = sock.fileno()
        self._events = select.EPOLLIN
        self._unsent: list[bytes | memoryview] = []
        self._size = 0
        self._has_heard_all = False
        self._is_closing = False
        self._is_last = False
        self._is_paused = False
        self.set_write_buffer_limits()
        watch.add(self._descriptor, self, self._events)

    def begin(self) -> None:
        """The protocol hears of it."""
        try:
            self._protocol.connection_made(self)
        except Exception:  # whatever broke, the others are let in
            logger.exception("connection_failed")
            self.abort()

    # -- what asyncio asks of a transport --------------------------------------------------------

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """``socket``, ``peername`` and ``sockname``."""
        match name:
            case "peername":
                return self._address
            case "socket":
                return self._sock
            case "sockname" if self._sock.fileno() >= 0:
                return self._sock.getsockname()
        return default

    def is_closing(self) -> bool:
        return self._is_closing

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = cast(asyncio.Protocol, protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def is_reading(self) -> bool:
        return not self._is_closing and bool(self._events & select.EPOLLIN)

    def pause_reading(self) -> None:
        self._want(self._events & ~select.EPOLLIN)

    def resume_reading(self) -> None:
        if not self._is_closing and not self._has_heard_all:
            self._want(self._events | select.EPOLLIN)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Raises ValueError unless ``low`` is between nothing and ``high``."""
        if high is None:
            high = HIGH_WATER if low is None else 4 * low
        if low is None:
            low = high // 4
        if not 0 <= low <= high:
            raise ValueError(f"A low-water mark of {low} is not between 0 and {high}.")
        self._low, self._high = low, high
        self._pause_if_full()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._low, self._high

    def get_write_buffer_size(self) -> int:
        return self._size

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        if self._is_closing or self._is_last or not data:
            return
        # Bytes are kept as they are, since others share them; what its owner may change is not.
        part = data if isinstance(data, bytes) else bytes(memoryview(data))
        if not self._unsent:
            self._watch.send_soon(self)
        self._unsent.append(part)
        self._size += len(part)
        self._pause_if_full()

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """Say that nothing follows what was written; the peer may go on."""
        self._is_last = True
        if not self._unsent:
            self._shut_down()

    def close(self) -> None:
        """Read no more; end when all is sent."""
        if self._is_closing:
            return
        self._is_closing = True
        self.pause_reading()
        if not self._unsent:
            self._all_sent()

    def abort(self) -> None:
        self._end(None)

    def _pause_if_full(self) -> None:
        if not self._is_paused and self._size > self._high:
            self._is_paused = True
            self._protocol.pause_writing()

    # -- what the watch says ---------------------------------------------------------------------

    def read(self) -> bytes | None:
        """What has come; nothing at the end, and None when there is neither."""
        if self._is_closing:
            return None
        buffer = self._watch.buffer
        try:
            return buffer[: self._sock.recv_into(buffer)].tobytes()
        except BlockingIOError:
            return None
        except OSError as error:
            self._end(error)
            return None

    def heard(self, data: bytes | None) -> None:
        if data is None or self._is_closing:
            return
        try:
            if data:
                self._protocol.data_received(data)
            elif self._protocol.eof_received():
                self.pause_reading()
                self._has_heard_all = True
            else:
                self.close()
        except Exception:  # whatever broke, the others are heard
            logger.exception("connection_failed")
            self.abort()

    def send(self) -> None:
        """What the kernel takes now; it says when it takes more."""
        if not self._unsent:
            return
        try:
            if len(self._unsent) == 1:
                count = self._sock.send(self._unsent[0])
            else:
                count = self._sock.sendmsg(self._unsent[:PARTS_AT_ONCE])
        except BlockingIOError:
            count = 0
        except OSError as error:
            self._end(error)
            return
        self._sent(count)

    def _sent(self, count: int) -> None:
        self._size -= count
        if self._size:
            self._unsent = without_first(count, self._unsent)
            self._want(self._events | select.EPOLLOUT)
        else:
            self._unsent = []
            self._want(self._events & ~select.EPOLLOUT)
        if self._is_paused and self._size <= self._low:
            self._go_on()
        if not self._size:
            self._all_sent()

    def _go_on(self) -> None:
        self._is_paused = False
        try:
            self._protocol.resume_writing()
        except Exception:  # whatever broke, the others are sent theirs
            logger.exception("connection_failed")
            self.abort()

    def _all_sent(self) -> None:
        if self._is_closing:
            self._take_in()
            self._end(None)
        elif self._is_last:
            self._shut_down()

    def _take_in(self) -> None:
        """What came unread would make the end a reset, and the peer might miss our last words."""
        with contextlib.suppress(OSError):
            self._sock.recv_into(self._watch.buffer)

    def _shut_down(self) -> None:
        with contextlib.suppress(OSError):  # the peer has gone: reading finds out
            self._sock.shutdown(socket.SHUT_WR)

    def _want(self, events: int) -> None:
        if events != self._events and self._descriptor >= 0:
            self._events = events
            self._watch.change(self._descriptor, events)

    # -- the end ---------------------------------------------------------------------------------

    def _end(self, why: Exception | None) -> None:
        """The protocol hears it in a turn of its own: it may be in the middle of a write."""
        if self._descriptor < 0:
            return
        self._is_closing = True
        self._unsent = []
        self._size = 0
        self._watch.remove(self._descriptor)
        self._descriptor = -1
        self._watch.loop.call_soon(self._lost, why)

    def _lost(self, why: Exception | None) -> None:
        protocol, self._protocol = self._protocol, NOBODY  # else they would hold each other
        try:
            protocol.connection_lost(why)
        finally:
            self._sock.close()


def without_first(count: int, parts: "list[bytes | memoryview]") -> "list[bytes | memoryview]":
    """What is left of the parts when so many bytes, fewer than there are, have gone; nothing is
    copied, since other connections hold the same bytes."""
    for gone, part in enumerate(parts):
        if count < len(part):
            return [memoryview(part)[count:], *parts[gone + 1 :]]
        count -= len(part)
    return []
