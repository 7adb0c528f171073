"""Accepts connections as fast as they come, and no faster than the others can bear."""

import asyncio
import socket
import time
from collections.abc import Callable
from typing import cast

import structlog

from server.live.slices import Slice
from server.serving.tcp import Tcp, Watch

BREATH_S = 1.0
"""Without descriptors or memory nothing can be accepted: some may be free after this."""

log = structlog.get_logger(__name__)


class Listener:
    """Listens from now on, on the running event loop. ``connect`` makes a protocol for each who
    comes. Stands where ``asyncio.Server`` stands, and is closed as one: who is in stays."""

    def __init__(
        self,
        sock: socket.socket,
        backlog: int,
        connect: Callable[[], asyncio.BaseProtocol],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sock = sock
        self._connect = connect
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._watch = Watch(clock)
        self._breath: asyncio.TimerHandle | None = None
        sock.setblocking(False)
        # Every accepted socket inherits it.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.listen(backlog)
        self._begin()

    def close(self) -> None:
        if self._sock.fileno() < 0:
            return
        self._loop.remove_reader(self._sock)
        if self._breath is not None:
            self._breath.cancel()
        self._sock.close()
        self._watch.retire()

    def _begin(self) -> None:
        self._loop.add_reader(self._sock, self._accept)

    def _accept(self) -> None:
        turn = Slice(self._clock)
        while self._accept_one() and not turn.is_spent:
            pass

    def _accept_one(self) -> bool:
        """False when nobody else waits, or nobody can be let in now."""
        try:
            sock, address = self._sock.accept()
        except BlockingIOError:
            return False
        except ConnectionAbortedError:  # it has left while it waited
            return True
        except OSError as error:
            self._take_breath(error)
            return False
        sock.setblocking(False)
        protocol = cast(asyncio.Protocol, self._connect())
        Tcp(self._watch, sock, address, protocol).begin()
        return True

    def _take_breath(self, error: OSError) -> None:
        log.error("accepted_nobody", reason=str(error), again_in_s=BREATH_S)
        self._loop.remove_reader(self._sock)
        self._breath = self._loop.call_later(BREATH_S, self._begin)
