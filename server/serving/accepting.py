"""Accepts connections as fast as they come, and no faster than the others can bear."""

import asyncio
import errno
import socket
from collections.abc import Callable, Iterator
from itertools import islice, starmap
from typing import cast

import structlog

from server.serving.tcp import Tcp
from server.serving.watch import AT_ONCE, Watch

BREATH_S = 1.0
"""Without descriptors or memory nothing can be accepted: some may be free after this."""

OF_THE_PEER = frozenset(
    {
        errno.ECONNABORTED,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.ENOPROTOOPT,
        errno.EOPNOTSUPP,
        errno.EPERM,
        errno.EPROTO,
    }
)
"""What befell the one that waited, as accept(2) says: the next one may be well."""

log = structlog.get_logger(__name__)


class Listener:
    """Listens from now on, on the running event loop. ``connect`` makes a protocol for each who
    comes. Stands where ``asyncio.Server`` stands, and is closed as one: who is in stays."""

    def __init__(
        self,
        sock: socket.socket,
        backlog: int,
        connect: Callable[[], asyncio.BaseProtocol],
    ) -> None:
        self._sock = sock
        self._connect = connect
        self._loop = asyncio.get_running_loop()
        self._watch = Watch()
        self._descriptor = sock.fileno()
        self._is_closed = False
        self._breath: asyncio.TimerHandle | None = None
        sock.setblocking(False)
        # Every accepted socket inherits it.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.listen(backlog)
        self._begin()

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._loop.remove_reader(self._descriptor)
        if self._breath is not None:
            self._breath.cancel()
        self._sock.close()
        self._watch.retire()

    def _begin(self) -> None:
        self._loop.add_reader(self._descriptor, self._accept)

    def _accept(self) -> None:
        came = islice(self._come(), AT_ONCE)
        guests = [guest for guest in starmap(self._let_in, came) if guest is not None]
        self._watch.hear(guests)

    def _come(self) -> Iterator[tuple[socket.socket, object]]:
        """Those who wait, as long as they can be let in."""
        while True:
            try:
                yield self._sock.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno not in OF_THE_PEER:
                    self._take_breath(error)
                    return

    def _let_in(self, sock: socket.socket, address: object) -> Tcp | None:
        try:
            sock.setblocking(False)
            guest = Tcp(self._watch, sock, address, cast(asyncio.Protocol, self._connect()))
        except Exception:  # whatever broke, the others are let in
            log.exception("connection_failed")
            sock.close()
            return None
        guest.begin()  # now: the next protocol may depend on how many there are
        return guest

    def _take_breath(self, error: OSError) -> None:
        log.error("accepted_nobody", reason=str(error), again_in_s=BREATH_S)
        self._loop.remove_reader(self._descriptor)
        self._breath = self._loop.call_later(BREATH_S, self._begin)
