"""A WebSocket without a framework: what is left of a connection once aiohttp has shaken hands.

Quiet, it is a transport, its conversation and a few slots: no task, no timer, no parser. Those
exist while a question is open, while it closes, and while bytes are arriving.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Protocol

import structlog

from server.live.closing import BY_NAME
from server.live.conversation import Asked, Conversation
from server.live.frames import closing_frame, pong
from server.live.parser import Closed, FrameError, Incoming, Message, Parser, Pinged, Ponged
from server.live.patience import HIGH_WATER
from server.live.transport import (
    CLOSE_TIMEOUT_S,
    RESTART_TIMEOUT_S,
    descriptor_of,
)

FRAMES_A_TURN = 64
"""Then others have their turn on the event loop: a flood of tiny frames blocks nobody."""
DEAF_LIMIT = 4_194_304
"""Bytes thrown away after a broken frame, so that a peer in full flow still reads our close."""

logger = structlog.get_logger(__name__)


class Census(Protocol):
    """Counts the sockets that aiohttp no longer knows."""

    def began(self) -> None: ...

    def ended(self) -> None: ...


class SlimSocket(asyncio.Protocol):
    """Protocol of its transport and the hub's ``Connection``. ``census`` hears begin and end.

    Takes over the transport when made; then ``converse``.
    """

    __slots__ = (
        "_asking",
        "_census",
        "_conversation",
        "_deaf_for",
        "_descriptor",
        "_drained",
        "_held",
        "_is_closing",
        "_parser",
        "_timer",
        "_transport",
        "direct",
    )

    def __init__(self, transport: asyncio.Transport, census: Census) -> None:
        self._transport = transport
        self._census = census
        self._conversation: Conversation | None = None
        self._parser: Parser | None = None
        self._asking: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._drained: Callable[[], None] | None = None
        self._held: Callable[[], None] | None = None
        self._is_closing = False
        self._deaf_for: int | None = None
        self._descriptor = descriptor_of(transport)
        # What aiohttp has written may still wait there.
        self.direct = -1 if transport.get_write_buffer_size() else self._descriptor
        census.began()
        transport.set_protocol(self)
        # Where we can go past it, it says whenever it holds something.
        transport.set_write_buffer_limits(high=HIGH_WATER if self._descriptor < 0 else 0)

    def converse(self, conversation: Conversation, received: bytes) -> None:
        """From now on hand in what the client says, beginning with ``received``."""
        self._conversation = conversation
        if received:
            self.data_received(received)

    # -- the hub's connection --------------------------------------------------------------------

    def when_held(self, call: Callable[[], None]) -> None:
        self._held = call

    def offer(self, payload: bytes) -> bool:
        """The hot path: straight to the kernel, past a queue that the event loop would empty at
        the end of its turn. So a slice of writes is a slice of work, and the first to be served
        reads while the last one is."""
        if self.direct >= 0:
            self._send(payload)
        elif not self._is_closing:  # what is written after the close frame goes nowhere
            if self._transport.get_write_buffer_size() > HIGH_WATER:
                return False
            self._transport.write(payload)
        return True

    def _send(self, payload: bytes) -> None:
        try:
            sent = os.write(self.direct, payload)
        except OSError:
            sent = 0
        if sent < len(payload):
            self.took(payload, sent)

    def took(self, payload: bytes, count: int) -> None:
        """The socket is full, or gone: the transport finds out which."""
        self._transport.write(payload[count:])

    def write(self, payload: bytes) -> None:
        if not self._is_closing:
            self._transport.write(payload)

    def backlog(self) -> int:
        return 0 if self._is_closing else self._transport.get_write_buffer_size()

    def when_drained(self, call: Callable[[], None]) -> None:
        self._drained = call

    def close(self, code: int, reason: str) -> None:
        patience = RESTART_TIMEOUT_S if code == BY_NAME["restart"] else CLOSE_TIMEOUT_S
        self._begin_closing(closing_frame(code, reason), patience)

    def is_closed(self) -> bool:
        return self._is_closing or self._transport.is_closing()

    # -- the transport's protocol ----------------------------------------------------------------

    def pause_writing(self) -> None:
        """The transport holds something: what follows goes behind it."""
        self.direct = -1
        call, self._held = self._held, None
        if call is not None:
            call()

    def resume_writing(self) -> None:
        if not self._is_closing:
            self.direct = self._descriptor
        call, self._drained = self._drained, None
        if call is not None:
            call()

    def data_received(self, data: bytes) -> None:
        if self._deaf_for is not None:
            self._throw_away(data)
            return
        if self._parser is None:
            self._parser = Parser()
        self._parser.feed(data)
        if self._asking is None:
            self._advance()

    def connection_lost(self, _why: Exception | None) -> None:
        self._stop_writing()
        for pending in (self._timer, self._asking):
            if pending is not None:
                pending.cancel()
        self._leave()
        self._conversation = self._parser = self._drained = self._timer = None
        self._census.ended()

    # -- what arrives ----------------------------------------------------------------------------

    def _advance(self) -> None:
        """Take what has arrived, until nothing whole is left or a question is open."""
        try:
            for _ in range(FRAMES_A_TURN):
                if self._asking is not None or not self._take_next():
                    return
        except FrameError as error:
            self._fail(error)
        except Exception:  # whatever broke, the client hears it and the others go on
            logger.exception("live_socket_failed")
            self._fail(FrameError(BY_NAME["internal_error"], "Internal error."))
        else:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        if self._asking is None and not self._transport.is_closing():
            self._transport.resume_reading()
            self._advance()

    def _take_next(self) -> bool:
        if self._parser is None:
            return False
        incoming = self._parser.take()
        if self._parser.is_idle:
            self._parser = None
        if incoming is None:
            return False
        if isinstance(incoming, Closed):
            self._answer_close(incoming)
        elif not self._is_closing and self._conversation is not None:
            self._hear(self._conversation, incoming)
        return True

    def _hear(self, conversation: Conversation, incoming: Incoming) -> None:
        if isinstance(incoming, Message):
            asked = conversation.hear(incoming.content)
            if asked is not None:
                self._settle(conversation, asked)
        elif isinstance(incoming, Pinged | Ponged):
            conversation.hear_control()
            if isinstance(incoming, Pinged):
                self.write(pong(incoming.payload))

    def _settle(self, conversation: Conversation, asked: Asked) -> None:
        """Read nothing more until the answer is there."""
        self._transport.pause_reading()
        self._asking = asyncio.get_running_loop().create_task(conversation.settle(asked))
        self._asking.add_done_callback(self._settled)

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._asking = None
        if task.cancelled():
            return
        if error := task.exception():
            logger.error("live_socket_failed", exc_info=error)
            self.close(BY_NAME["internal_error"], "Internal error.")
        self._go_on()

    # -- the end ---------------------------------------------------------------------------------

    def _answer_close(self, closed: Closed) -> None:
        """The peer's close is echoed unless it answers ours; then the server closes first."""
        self._parser = None
        self._begin_closing(closing_frame(closed.code, ""), CLOSE_TIMEOUT_S)
        self._transport.close()

    def _fail(self, error: FrameError) -> None:
        """Nothing can be read behind a broken frame. Closing at once would reset the connection
        over what still arrives, and the peer might never read why."""
        self._parser = None
        self._deaf_for = DEAF_LIMIT
        self._begin_closing(closing_frame(error.code, str(error)), CLOSE_TIMEOUT_S)
        if self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()

    def _throw_away(self, data: bytes) -> None:
        self._deaf_for = (self._deaf_for or 0) - len(data)
        if self._deaf_for <= 0:
            self._transport.abort()

    def _begin_closing(self, last: bytes, patience_s: float) -> None:
        """Write the last frame; a peer that does not end the connection in time is cut off."""
        if self._is_closing:
            return
        self._transport.write(last)
        self._stop_writing()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(patience_s, self._transport.abort)
        # Not now: the hub may be in the middle of its members.
        loop.call_soon(self._leave)

    def _stop_writing(self) -> None:
        self._is_closing = True
        self.pause_writing()

    def _leave(self) -> None:
        if self._conversation is not None:
            self._conversation.leave()
