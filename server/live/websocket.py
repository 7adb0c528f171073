"""``GET /ws``: aiohttp shakes hands, then hands the socket over or, on the stock path, keeps it.

Everything is written straight to the transport, whole frames at a time, so that shared frames
and replies keep their order.
"""

import asyncio
import contextlib
import os
import time

from aiohttp import WSMsgType, web
from aiohttp.abc import AbstractStreamWriter

from engine.model import Principal
from server import keys
from server.live.closing import BY_NAME
from server.live.conversation import Conversation
from server.live.door import check_admission, credential, known_principal
from server.live.frames import close_reason, pong
from server.live.handover import detach, refuse_early_bytes
from server.live.handshake import Upgraded, check_handshake
from server.live.member import Connection
from server.live.messages import SUBPROTOCOLS, Encoding
from server.live.parser import MAX_MESSAGE
from server.live.session import Session
from server.live.slim import Census, SlimSocket
from server.live.transport import (
    CLOSE_TIMEOUT_S,
    RESTART_TIMEOUT_S,
    TransportConnection,
    bound_kernel_buffer,
)
from server.serving import clients


async def websocket(request: web.Request) -> web.StreamResponse:
    """``GET /ws``."""
    check_admission(request.app)
    check_handshake(request)
    census = request.app[keys.HANDED_OVER]
    if census is not None:
        return await _hand_over(request, census)
    return await _stay(request)


async def _hand_over(request: web.Request, census: Census) -> web.StreamResponse:
    """The slim path: the handler ends here, the socket goes on."""
    refuse_early_bytes(request)
    response = Upgraded(request)
    await response.prepare(request)
    taken = detach(request)
    if taken is not None:  # nothing may be awaited from here on
        transport, received = taken
        bound_kernel_buffer(transport)
        principal = known_principal(request)
        socket = SlimSocket(transport, census)
        conversation = converse(request.app, request, principal, response.encoding, socket)
        conversation.open(credential(request))
        socket.converse(conversation, received)
    return response


async def _stay(request: web.Request) -> web.StreamResponse:
    """The stock path: aiohttp keeps the socket, and a task as long as it is open."""
    socket = web.WebSocketResponse(
        protocols=SUBPROTOCOLS,
        autoping=False,
        autoclose=False,
        compress=False,
        max_msg_size=MAX_MESSAGE + 1,  # aiohttp refuses a message of just this size, too
        timeout=CLOSE_TIMEOUT_S,
    )
    writer = await socket.prepare(request)
    with request.app[keys.LIVE].stream():
        await _converse(request, socket, SocketConnection(request, socket, writer))
    return socket


async def _converse(
    request: web.Request, socket: web.WebSocketResponse, connection: "SocketConnection"
) -> None:
    encoding = Encoding(socket.ws_protocol or Encoding.JSON.value)
    principal = known_principal(request)
    conversation = converse(request.app, request, principal, encoding, connection)
    try:
        conversation.open(credential(request))
        await connection.read(conversation)
    finally:
        conversation.leave()
        await connection.finish()


def converse(
    app: web.Application,
    request: web.BaseRequest,
    principal: Principal | None,
    encoding: Encoding,
    connection: Connection,
) -> Conversation:
    """The conversation with whoever has shaken hands; ``open`` it."""
    live = app[keys.LIVE]
    quadrants = live.desk.issues.quadrants
    session = Session(os.urandom(8).hex(), encoding, principal, time.monotonic, quadrants)
    address = clients.address(request, app[keys.SETTINGS])
    return Conversation(live, session, connection, address)


class SocketConnection(TransportConnection):
    """The socket of one handler: read here, written by everyone through the transport."""

    def __init__(
        self, request: web.Request, socket: web.WebSocketResponse, writer: AbstractStreamWriter
    ) -> None:
        super().__init__(request.transport, writer)
        self._socket = socket

    async def read(self, conversation: Conversation) -> None:
        """Hand in messages until either side closes."""
        with self.interruptible():
            while self._closing is None:
                message = await self._socket.receive()
                match message.type:
                    case WSMsgType.TEXT | WSMsgType.BINARY:
                        await conversation.settle(conversation.hear(message.data))
                    case WSMsgType.PING:
                        conversation.hear_control()
                        self.write(pong(message.data))
                    case WSMsgType.PONG:
                        conversation.hear_control()
                    case _:
                        return

    async def finish(self) -> None:
        """Close with a handshake; a peer that takes no more bytes is cut off."""
        code, reason = self._closing or (1000, "")
        patience = RESTART_TIMEOUT_S if code == BY_NAME["restart"] else CLOSE_TIMEOUT_S
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._socket.close(code=code, message=close_reason(reason))
        self.end()
