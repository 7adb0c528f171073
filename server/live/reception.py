"""Receives plain WebSocket handshakes before aiohttp hears of their connection.

Thousands come back in the same second, and what aiohttp makes for a request costs more than all
the rest. The rules are those of the long way: functions that both call. Whatever is not plain
(a credential that is new here, another page's ``Origin``, a refusal, half a head) takes the long
way, which asks and answers the same.
"""

import asyncio
import contextlib
from collections.abc import Callable

from aiohttp import hdrs, web

from engine.errors import WireroomError
from engine.model import Principal
from server import auth, keys
from server.http.heads import Always
from server.live.door import asked_again, check_admission
from server.live.handover import read_handshake
from server.live.handshake import accept, check_handshake, offered
from server.live.messages import Encoding
from server.live.rights import Credential
from server.live.slim import Census, SlimSocket
from server.live.transport import INHERITS, bound_kernel_buffer
from server.live.websocket import converse
from server.serving import exposure

BEGINNING = b"GET /ws HTTP/1.1\r\n"
LONGEST = 4_096
"""Bytes of a head: what is longer is not plain."""
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


class Reception:
    """``number`` gives a request its id. ``census`` counts the sockets that are let in."""

    def __init__(
        self, app: web.Application, census: Census, number: Callable[[web.BaseRequest], str]
    ) -> None:
        self._app = app
        self._census = census
        self._number = number
        self._settings = app[keys.SETTINGS]
        self._life = app[keys.LIFE]
        self._metrics = app[keys.METRICS]
        self._always = Always(self._settings)
        self._questions: dict[str, asyncio.Future[None]] = {}
        # Every read is a line in the log then, and that is the long way's to write.
        self._is_on = self._settings.log_level != "debug"

    def greet(self, transport: asyncio.Transport, received: bytes) -> bool:
        """Let a plain handshake in, with its answer and the hello in one write. False when it is
        anything else: then nothing was written, counted or changed."""
        request = self._read(transport, received)
        if request is None:
            return False
        try:
            with_it = auth.carried(request)
            principal = auth.recalled(self._app, with_it)
            if principal is None and with_it.secret:
                return False  # it may be good: the store knows
            self._check(request, with_it)
        except (WireroomError, web.HTTPException):
            return False  # the long way finds the words
        credential = asked_again(self._app, with_it) if with_it.secret else None
        self._let_in(transport, request, principal, credential)
        self._metrics.answered(hdrs.METH_GET, "/ws", 101, None)
        return True

    def question(
        self, transport: asyncio.Transport, received: bytes
    ) -> asyncio.Future[None] | None:
        """The look-up of the token that a plain handshake carries: one for all who come with it
        meanwhile. Who is greeted once it is done is let in if it is still good.

        None where nothing is looked up here: of what nobody has used yet, the long way counts who
        guesses.
        """
        request = self._read(transport, received)
        if request is None:
            return None
        try:
            with_it = auth.carried(request)
            if with_it.is_session or auth.recalled(self._app, with_it) is not None:
                return None
        except WireroomError:
            return None
        token = with_it.secret
        if not self._app[keys.BUDGETS].is_familiar(token):
            return None
        found = self._questions.get(token)
        if found is None:
            found = self._questions[token] = asyncio.ensure_future(self._look_up(token))
            found.add_done_callback(lambda _: self._questions.pop(token, None))
        return found

    async def _look_up(self, token: str) -> None:
        with contextlib.suppress(WireroomError):  # the long way asks again, and says it
            await self._app[keys.ENGINE].access.look_ahead(token)

    def _read(self, transport: asyncio.Transport, received: bytes) -> web.BaseRequest | None:
        """A plain handshake; None for anything else."""
        if not received.startswith(BEGINNING) or len(received) > LONGEST or not self._is_on:
            return None
        request = read_handshake(received, transport)
        return request if request is not None and self._is_plain(request) else None

    def _is_plain(self, request: web.BaseRequest) -> bool:
        headers = request.headers
        if self._life.draining or hdrs.EXPECT in headers:
            return False
        if hdrs.ORIGIN in headers and self._settings.cors_origins:
            return False  # the answer says what that origin may see
        return exposure.is_called(self._settings, headers.get(hdrs.HOST))

    def _check(self, request: web.BaseRequest, with_it: auth.Carried) -> None:
        """Raises what the long way would."""
        check_handshake(request)
        if with_it.secret and with_it.is_session:
            auth.refuse_cross_site(request, self._settings)
        check_admission(self._app)  # last, since it counts

    def _let_in(
        self,
        transport: asyncio.Transport,
        request: web.BaseRequest,
        principal: Principal | None,
        credential: Credential | None,
    ) -> None:
        if not INHERITS:
            bound_kernel_buffer(transport)
        socket = SlimSocket(transport, self._census)
        encoding = offered(request)
        conversation = converse(self._app, request, principal, encoding or Encoding.JSON, socket)
        conversation.open(credential, self._head(request, encoding))
        socket.converse(conversation, b"")

    def _head(self, request: web.BaseRequest, encoding: Encoding | None) -> bytes:
        always = self._always.lines(self._number(request))
        head = b"%bSec-WebSocket-Accept: %b\r\n%b" % (SWITCHING, accept(request), always)
        if encoding is None:
            return head + b"\r\n"
        return b"%bSec-WebSocket-Protocol: %b\r\n\r\n" % (head, encoding.value.encode())
