"""Takes a socket from aiohttp after the handshake: the one file that leans on its insides.

What is kept of a connection is its transport. Parser, headers, request and task of the stock path,
some 12 KB, are free as soon as the handler returns.
"""

import asyncio
import re
from typing import Final

import aiohttp
from aiohttp import web

TRIED: Final = ((3, 14), (3, 15))
"""Releases of aiohttp whose insides are these: from the first, below the second."""
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
