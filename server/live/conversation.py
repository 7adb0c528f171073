"""Carries out what a session asks for, on a connection. Decides nothing; knows no web framework."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import assert_never

import structlog

from engine.errors import Unauthenticated, WireroomError
from engine.model import Principal, Snapshot
from server.budgets.budgets import Budgets
from server.budgets.spending import one_client
from server.errors import answer, close_code
from server.live.cursor import Position, is_decided_by
from server.live.desk import Desk
from server.live.frames import WIRE_OF, message_frame
from server.live.hub import Hub
from server.live.member import Connection
from server.live.messages import AnyServerMessage, encode
from server.live.presence import Viewers
from server.live.rights import Credential, Rights, Watch
from server.live.session import (
    AUTH_TIMEOUT_S,
    Action,
    Close,
    Follow,
    Locate,
    Send,
    Session,
    Stop,
    TakeSnapshot,
    Verify,
    View,
)
from server.live.snapshot import pack

logger = structlog.get_logger(__name__)


class Live:
    """What all streams share, and how many of them there are."""

    def __init__(
        self, desk: Desk, hub: Hub, viewers: Viewers, rights: Rights, budgets: Budgets
    ) -> None:
        self.desk = desk
        self.budgets = budgets
        self.hub = hub
        self.viewers = viewers
        self.rights = rights
        self._open = 0
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    async def position(self, since: str | None) -> Position:
        """Where the log is: as much of it as decides about ``since``."""
        reach = self.hub.reach
        if is_decided_by(since, reach):
            return reach
        log = self.desk.log
        floor = await log.floor()  # also waits for what another process has committed
        return Position(log.epoch, log.head, floor)

    @contextlib.contextmanager
    def stream(self) -> Iterator[None]:
        """Around everything a handler does for its stream, the close handshake too."""
        self.began()
        try:
            yield
        finally:
            self.ended()

    def began(self) -> None:
        """A stream that outlives its handler; exactly one ``ended`` must follow."""
        self._open += 1
        self._is_empty.clear()

    def ended(self) -> None:
        self._open -= 1
        if self._open == 0:
            self._is_empty.set()

    async def settle(self, seconds: float) -> None:
        """Wait until every stream has ended, at most so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._is_empty.wait()


Asked = Verify | Locate | TakeSnapshot
"""What must be answered before the next message is handed in: ``settle`` it."""


class Conversation:
    """One client's session on its connection, from ``open`` to ``leave``.

    Nothing here waits but ``settle``: a connection needs no task of its own while it is quiet.
    """

    __slots__ = ("_address", "_auth_timer", "_connection", "_live", "_member", "_session", "watch")

    def __init__(self, live: Live, session: Session, connection: Connection, address: str) -> None:
        self._live = live
        self._session = session
        self._connection = connection
        self._address = address
        label = f"{address}/{session.id}"
        self._member = live.hub.join(connection, WIRE_OF[session.encoding], label)
        self._auth_timer: asyncio.TimerHandle | None = None
        self.watch: Watch | None = None

    def open(self, credential: Credential | None, answer: bytes = b"") -> None:
        """Say hello. ``credential`` is what the handshake was authenticated with, ``answer`` what
        goes out in front of the hello, in one write."""
        session, log = self._session, self._live.desk.log
        if session.principal is None:
            loop = asyncio.get_running_loop()
            self._auth_timer = loop.call_later(AUTH_TIMEOUT_S, self._auth_timed_out)
        elif credential is not None:
            self._live.rights.watch(self, credential)
        (hello,) = session.open(log.epoch, log.head, self._live.hub.heartbeat_s)
        self._connection.write(answer + self._framed(hello.message))

    def hear(self, message: str | bytes) -> Asked | None:
        """A message arrived. What is returned must be settled before the next one."""
        self._live.hub.heard(self._member)
        return self._carry_out(self._session.receive(message))

    def hear_control(self) -> None:
        """A ping or pong arrived."""
        self._live.hub.heard(self._member)
        self._tell(self._session.count())

    async def settle(self, asked: Asked | None) -> None:
        """Find the answer and carry out what follows from it, until nothing is open."""
        while asked is not None:
            asked = self._carry_out(await self._ask(asked))

    def leave(self) -> None:
        """The connection is gone, however it went."""
        self._stop_auth_timer()
        self._live.rights.forget(self)
        self._live.hub.leave(self._member)
        self._live.viewers.leave(self._session.id)

    # -- actions ---------------------------------------------------------------------------------

    def _carry_out(self, actions: list[Action]) -> Asked | None:
        for action in actions:
            # Nothing may be awaited between a snapshot's send and its follow: it comes last.
            if isinstance(action, Locate):
                return self._locate(action)
            if isinstance(action, Verify | TakeSnapshot):
                return action
            self._do(action)
        return None

    def _locate(self, action: Locate) -> Asked | None:
        """At once where the ring knows enough: thousands come back in the same second."""
        reach = self._live.hub.reach
        if not is_decided_by(action.wanted.since, reach):
            return action
        return self._carry_out(self._session.located(action, reach))

    def _do(self, action: Send | Follow | Stop | View | Close) -> None:
        hub, session = self._live.hub, self._session
        match action:
            case Send():
                self._connection.write(self._framed(action.message))
            case Follow():
                hub.follow(self._member, action.after, action.shown)
            case Stop():
                hub.stop(self._member)
            case View():
                name = session.principal.name if session.principal else ""
                self._live.viewers.view(session.id, name, action.subject, action.editing)
            case Close():
                self._connection.close(action.code, action.reason)
            case _:
                assert_never(action)

    def _framed(self, said: AnyServerMessage | bytes) -> bytes:
        encoding = self._session.encoding
        payload = said if isinstance(said, bytes) else encode(encoding, said)
        return message_frame(encoding, payload)

    async def _ask(self, action: Asked) -> list[Action]:
        try:
            match action:
                case Verify():
                    return await self._verify(action)
                case Locate():
                    position = await self._live.position(action.wanted.since)
                    return self._session.located(action, position)
                case TakeSnapshot():
                    snapshot = await self._live.desk.snapshot(action.topics)
                    return await asyncio.to_thread(self._snapshot_taken, action, snapshot)
            assert_never(action)
        except Exception as error:  # whatever broke, the client gets an answer
            if not isinstance(error, WireroomError):
                logger.exception("live_request_failed", session=self._session.id)
            shown = answer(error)
            return self._session.failed(shown.code, shown.message, close_code(error))

    def _snapshot_taken(self, asked: TakeSnapshot, snapshot: Snapshot) -> list[Action]:
        """In a thread: thousands of rows are filtered and encoded, and nothing is changed."""
        session = self._session
        return pack(session.snapshot_taken(asked, snapshot), session.encoding)

    async def _verify(self, action: Verify) -> list[Action]:
        access, trying = self._live.desk.access, self._live.budgets.trying
        address = one_client(self._address)
        try:
            if action.token is not None:
                credential = Credential(access.still, action.token)
                principal = await trying(address, action.token, access.authenticate)
            else:
                redeem = self._live.desk.tickets.redeem
                principal, secret = await trying(address, action.ticket or "", redeem)
                credential = Credential(access.session, secret)
        except Unauthenticated:
            return self._session.verified(None)
        self._stop_auth_timer()
        self._live.rights.watch(self, credential)
        return self._session.verified(principal)

    # -- timers ----------------------------------------------------------------------------------

    def _stop_auth_timer(self) -> None:
        if self._auth_timer is not None:
            self._auth_timer.cancel()
            self._auth_timer = None

    def _auth_timed_out(self) -> None:
        self._tell(self._session.auth_timed_out())

    def rechecked(self, principal: Principal | None) -> None:
        self._tell(self._session.rechecked(principal))

    def _tell(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Send | Stop | Close):
                self._do(action)
