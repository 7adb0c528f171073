"""Takes a socket from aiohttp after the handshake, or reads the handshake with its parser alone:
the one file that leans on its insides.

What is kept of a connection is its transport. Parser, headers, request and task of the stock path,
some 12 KB, are free as soon as the handler returns.
"""

import asyncio
import re
from typing import Any, Final

import aiohttp
from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import EMPTY_PAYLOAD

TRIED: Final = ((3, 14), (3, 15))
"""Releases of aiohttp whose insides are these: from the first, below the second."""
READ_AT_ONCE: Final = 65_536
_OF_PROTOCOL: Final = ("_manager", "_message_tail", "_parser", "_keepalive_handle")


def why_not(version: str = aiohttp.__version__) -> str | None:
    """Why sockets cannot be taken from this aiohttp, in a sentence; None when they can."""
    release = re.match(r"(\d+)\.(\d+)", version)
    if release is None or not TRIED[0] <= (int(release[1]), int(release[2])) < TRIED[1]:
        return f"The handover was not tried with aiohttp {version}."
    server = web.Server(_nobody)
    protocol = server()
    if missing := [name for name in _OF_PROTOCOL if not hasattr(protocol, name)]:
        return f"aiohttp {version} has no {missing[0]} in its protocol."
    if not isinstance(getattr(server, "_connections", None), dict):
        return f"aiohttp {version} keeps its connections elsewhere."
    return None


async def _nobody(_request: web.BaseRequest) -> web.StreamResponse:
    raise web.HTTPNotFound


def refuse_early_bytes(request: web.Request) -> None:
    """Raise HTTPBadRequest for bytes behind the handshake: aiohttp would read them as HTTP."""
    protocol = request.protocol
    if not protocol._message_tail:
        return
    protocol._message_tail = b""
    protocol.close()
    raise web.HTTPBadRequest(text="Wait for the answer to the handshake before sending frames.")


class _Peer(BaseProtocol):
    """What aiohttp's request needs to know of its connection."""

    __slots__ = ("peername", "sockname", "ssl_context")

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport) -> None:
        super().__init__(loop)
        self.peername = transport.get_extra_info("peername")
        self.sockname = None
        self.ssl_context = transport.get_extra_info("sslcontext")


def read_handshake(received: bytes, transport: asyncio.Transport) -> web.BaseRequest | None:
    """The request that upgrades its connection, when these bytes are one, whole, without a body,
    and nothing else.

    Read by aiohttp's own parser, with the limits of its server.
    """
    loop = asyncio.get_running_loop()
    peer: Any = _Peer(loop, transport)
    parser = HttpRequestParser(peer, loop, READ_AT_ONCE)
    try:
        requests, is_upgraded, rest = parser.feed_data(received)
    except HttpProcessingError:
        return None
    if len(requests) != 1 or not is_upgraded or rest:
        return None
    ((message, payload),) = requests
    if payload is not EMPTY_PAYLOAD:
        return None
    missing: Any = None  # no writer and no task: it is read, and answered by others
    return web.BaseRequest(message, payload, peer, missing, missing, loop)


def held_by(server: web.Server) -> int:
    """How many connections aiohttp holds. ``server.connections`` makes a list of them, which is
    asked for with each that comes."""
    kept = getattr(server, "_connections", None)
    return len(kept if isinstance(kept, dict) else server.connections)


def detach(request: web.Request) -> tuple[asyncio.Transport, bytes] | None:
    """The transport, and what arrived since the 101 was written; None when the peer has gone.

    Its protocol must be set before anything is awaited.
    """
    protocol = request.protocol
    transport, manager = protocol.transport, protocol._manager
    if transport is None or manager is None or transport.is_closing():
        return None
    received, protocol._message_tail = protocol._message_tail, b""
    protocol.keep_alive(False)  # and its timer
    manager._connections.pop(protocol, None)
    # Without a transport it closes nothing when its task ends. It and its parser hold each other:
    # now they go at once, and not when the collector comes.
    protocol.transport = None
    protocol._parser = None
    return transport, received
