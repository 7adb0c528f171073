"""A transport as the hub's ``Connection``: bounded buffers, closed by its handler's own task."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable, Iterator

from aiohttp.abc import AbstractStreamWriter

from server.live.patience import HIGH_WATER

CLOSE_TIMEOUT_S = 5.0
"""How long a peer may take to answer a close."""
RESTART_TIMEOUT_S = 1.0
"""As above, for a server that leaves."""
UNSENT_LIMIT = 131_072
"""Without it the kernel swallows 3–4 MB for a client that reads nothing."""
INHERITS = sys.platform == "linux"
"""Whether an accepted socket has the options of the one that listens."""


class TransportConnection:
    """Made by the task that handles the request; ``close`` interrupts what that task awaits."""

    direct = -1

    def __init__(
        self, transport: asyncio.Transport | None, writer: AbstractStreamWriter | None
    ) -> None:
        self._transport = transport
        self._writer = writer
        self._task = asyncio.current_task()
        self._is_waiting = False
        self._closing: tuple[int, str] | None = None
        self._draining: asyncio.Task[None] | None = None
        if transport is not None:
            transport.set_write_buffer_limits(high=HIGH_WATER)
            bound_kernel_buffer(transport)

    def took(self, payload: bytes, count: int) -> None:
        self.write(payload[count:])

    def when_held(self, call: Callable[[], None]) -> None:
        """Never: there is no ``direct`` to lose."""

    def offer(self, payload: bytes) -> bool:
        if self.backlog() > HIGH_WATER:
            return False
        self.write(payload)
        return True

    def write(self, payload: bytes) -> None:
        if self._transport is not None and not self.is_closed():
            self._transport.write(payload)

    def backlog(self) -> int:
        if self._transport is None or self._transport.is_closing():
            return 0
        return self._transport.get_write_buffer_size()

    def when_drained(self, call: Callable[[], None]) -> None:
        if self._draining is None:
            self._draining = asyncio.get_running_loop().create_task(self._drain(call))

    async def _drain(self, call: Callable[[], None]) -> None:
        with contextlib.suppress(ConnectionError):
            if self._writer is not None:
                await self._writer.drain()
        self._draining = None
        call()

    def end(self) -> None:
        """Nothing more is written. A peer that takes no more bytes is cut off: it could for ever
        keep the handler from ending."""
        if self._draining is not None:
            self._draining.cancel()
        if self._transport is not None and self.backlog() > HIGH_WATER:
            self._transport.abort()

    def close(self, code: int, reason: str) -> None:
        if self._closing is not None:
            return
        self._closing = code, reason
        if self._is_waiting and self._task is not None and not _is_current(self._task):
            self._task.cancel()

    def is_closed(self) -> bool:
        if self._closing is not None or self._transport is None:
            return True
        return self._transport.is_closing()

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """Inside, ``close`` ends the wait of the handler's task; other cancellations go on."""
        self._is_waiting = True
        try:
            yield
        except asyncio.CancelledError:
            if self._closing is None or self._task is None:
                raise
            self._task.uncancel()
        finally:
            self._is_waiting = False


def _is_current(task: asyncio.Task[object]) -> bool:
    return asyncio.current_task() is task


def bound_kernel_buffer(transport: asyncio.BaseTransport) -> None:
    """Let the kernel hold at most UNSENT_LIMIT bytes that have not left yet."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        bound_kernel_buffer_of(sock)


def bound_kernel_buffer_of(sock: socket.socket) -> None:
    """As above; where INHERITS, of all that are accepted by this one."""
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if option is not None and sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, option, UNSENT_LIMIT)


def descriptor_of(transport: asyncio.BaseTransport) -> int:
    """Where bytes can be written past the transport while it holds none; -1 where they cannot,
    as under TLS. Good until the protocol hears ``connection_lost``."""
    sock = transport.get_extra_info("socket")
    if sock is None or transport.get_extra_info("sslcontext") is not None:
        return -1
    return int(sock.fileno())
