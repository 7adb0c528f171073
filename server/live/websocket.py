"""The aiohttp shell of ``GET /ws``: handshake, socket, close.

Everything is written straight to the transport, whole frames at a time, so that shared frames
and replies keep their order.
"""

import asyncio
import contextlib
import secrets
import time

from aiohttp import WSMsgType, web
from aiohttp.abc import AbstractStreamWriter

from server import keys
from server.live.closing import BY_NAME
from server.live.conversation import Conversation
from server.live.door import check_admission, client_label, known_principal, still_valid
from server.live.frames import close_reason, pong
from server.live.messages import SUBPROTOCOLS, Encoding
from server.live.session import Session
from server.live.transport import CLOSE_TIMEOUT_S, TransportConnection

MAX_MESSAGE = 65_536
RESTART_TIMEOUT_S = 1.0
"""How long a leaving server waits for the answer to a close."""


async def websocket(request: web.Request) -> web.StreamResponse:
    """``GET /ws``."""
    check_admission(request)
    socket = web.WebSocketResponse(
        protocols=SUBPROTOCOLS,
        autoping=False,
        autoclose=False,
        compress=False,
        max_msg_size=MAX_MESSAGE,
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
    session = Session(secrets.token_hex(8), encoding, known_principal(request), time.monotonic)
    label = client_label(request, session.id)
    conversation = Conversation(request.app[keys.LIVE], session, connection, label)
    try:
        await conversation.open(still_valid(request))
        await connection.read(conversation)
    finally:
        conversation.leave()
        await connection.finish()


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
                        await conversation.hear(message.data)
                    case WSMsgType.PING:
                        await conversation.hear_control()
                        self.write(pong(message.data))
                    case WSMsgType.PONG:
                        await conversation.hear_control()
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
