"""A TCP connection without an object of the event loop's: ``watch.py`` says what happens to it."""

import asyncio
import contextlib
import select
import socket
from typing import Any, Final, cast

import structlog

from server.serving.watch import Watch

PARTS_AT_ONCE: Final = 64
"""Writes that leave in one system call at most. A kernel takes up to 1,024."""
HIGH_WATER: Final = 65_536
"""asyncio's own default: above it the protocol is asked to pause, below a quarter to go on."""

NOBODY: Final = asyncio.Protocol()
"""Whose a connection is that has ended."""

logger = structlog.get_logger(__name__)


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
