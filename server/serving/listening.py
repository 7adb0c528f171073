"""The listening socket: bound or inherited before anything else, guarded by a connection count.

Past ``max_connections`` a new connection gets a prebuilt 503 and is closed, before it costs a
parser.
"""

import asyncio
import errno
import socket
import ssl
from typing import Protocol, cast

from aiohttp import web

from engine.errors import SettingInvalid
from engine.settings import Settings, host_and_port
from server.errors import RETRY_AFTER
from server.live.handover import held_by
from server.live.transport import INHERITS, bound_kernel_buffer_of
from server.serving.accepting import Listener
from server.serving.arrivals import Arrivals

BACKLOG = 1024
"""Connections the kernel holds while the loop is busy: a reconnect burst comes all at once."""

_FULL = (
    b'{"success":false,"data":null,"error":"The server has too many connections; try again soon."'
    b',"code":"too_many_connections","request_id":""}'
)
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
    b"Retry-After: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    % (RETRY_AFTER[503].encode(), len(_FULL))
) + _FULL


class Connections:
    """How many connections are open: those the server holds, those handed over since, and those
    that have said nothing yet."""

    def __init__(self) -> None:
        self.handed_over = 0
        self._server: web.Server | None = None
        self._arrivals: Arrivals | None = None

    def watch(self, server: web.Server, arrivals: Arrivals | None = None) -> None:
        self._server = server
        self._arrivals = arrivals

    def __len__(self) -> int:
        held = held_by(self._server) if self._server else 0
        silent = len(self._arrivals) if self._arrivals is not None else 0
        return held + self.handed_over + silent

    def dismiss(self) -> None:
        """Close those that have said nothing yet: nobody else knows them."""
        if self._arrivals is not None:
            self._arrivals.close()


class Listening(Protocol):
    def close(self) -> None:
        """Let nobody in any more. Who is in stays."""


class TooMany(asyncio.Protocol):
    """Answers a connection past the limit and closes it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        connection = cast(asyncio.Transport, transport)  # what TCP and TLS give
        connection.write(FULL)
        connection.close()


def bind(settings: Settings) -> socket.socket:
    """A bound socket that does not listen yet. Raises SettingInvalid with one sentence."""
    host, port = host_and_port(settings)
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sock = socket.socket(family, kind, number)
    except (OSError, ValueError) as error:  # ValueError: a name that no resolver can be asked
        raise SettingInvalid(f"WIREROOM_ADDR {settings.addr!r} cannot be used: {error}.") from None
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
    except OSError as error:
        sock.close()
        raise SettingInvalid(_why_not(error, settings.addr)) from None
    sock.setblocking(False)
    return sock


def adopt(settings: Settings, sock: socket.socket) -> socket.socket:
    """A socket that was handed down, if it is where the settings say: what may be exposed was
    checked for that address. Raises SettingInvalid."""
    host, port = host_and_port(settings)
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or sock.type != socket.SOCK_STREAM:
        raise SettingInvalid("The socket that was handed down is not a TCP socket.")
    found_host, found_port = sock.getsockname()[:2]
    try:
        wanted = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0]
    except OSError as error:
        raise SettingInvalid(f"WIREROOM_ADDR {settings.addr} cannot be used: {error}.") from None
    if found_host != wanted or port not in (0, found_port):
        raise SettingInvalid(
            f"The socket that was handed down listens on {found_host}:{found_port}, but "
            f"WIREROOM_ADDR is {settings.addr}: a new address takes a stop and a start."
        )
    return sock


async def listen(
    server: web.Server,
    connections: Connections,
    limit: int,
    sock: socket.socket,
    context: ssl.SSLContext | None,
    arrivals: Arrivals | None = None,
) -> Listening:
    """Begin to accept, up to ``limit`` connections at a time; ``arrivals`` hears them first."""
    connections.watch(server, arrivals)
    first = server if arrivals is None else arrivals
    if arrivals is not None:  # every connection inherits these, and none sets its own
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        bound_kernel_buffer_of(sock)

    def connect() -> asyncio.BaseProtocol:
        return first() if len(connections) < limit else TooMany()

    if context is None and INHERITS:
        return Listener(sock, BACKLOG, connect)
    loop = asyncio.get_running_loop()
    return await loop.create_server(connect, sock=sock, backlog=BACKLOG, ssl=context)


def _why_not(error: OSError, addr: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"{addr} is in use by another server: choose another with --addr or WIREROOM_ADDR."
    if error.errno == errno.EACCES:
        return f"This user may not listen on {addr}: choose a port above 1023."
    return f"WIREROOM_ADDR {addr} cannot be used: {error.strerror}."
