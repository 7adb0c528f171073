"""One client's conversation, without the socket: messages in, things to do out. Pure.

The session owns the auth phase, the order of ids, the one subscription, the decision to resume,
limits and close codes. The shell owns socket, tasks and timers, and decides nothing.
"""

from collections.abc import Callable
from typing import assert_never

from msgspec import Struct

from engine.events.event import may_read as roles_may_read
from engine.model import Principal, Snapshot
from server.live import messages as m
from server.live.closing import ANSWERED, BY_NAME
from server.live.cursor import Position, Resumption, format_cursor, parse_cursor, resume
from server.live.limit import Bucket
from server.live.where import Filter, narrow, unknown_quadrant, unknown_topic

AUTH_TIMEOUT_S = 10.0
NOT_FOR_ALL = "Topic 'access' is for admins, and 'audit' for admins and auditors."


# -- what the session asks of its shell ----------------------------------------------------------


class Send(Struct, frozen=True):
    """Bytes are a message that is encoded already."""

    message: m.AnyServerMessage | bytes


class Verify(Struct, frozen=True):
    """Check this credential, then call ``verified``."""

    token: str | None
    ticket: str | None


class Locate(Struct, frozen=True):
    """Find out where the log is, then call ``located``."""

    wanted: m.Subscribe


class TakeSnapshot(Struct, frozen=True):
    """Take one, then call ``snapshot_taken``."""

    wanted: m.Subscribe
    resumption: Resumption

    @property
    def topics(self) -> frozenset[str]:
        return frozenset(self.wanted.topics)


class Follow(Struct, frozen=True):
    """Deliver what comes after ``after``. Never before the sends that stand in front of it."""

    after: int
    shown: Filter


class Stop(Struct, frozen=True):
    """Deliver nothing more."""


class View(Struct, frozen=True):
    subject: str
    editing: bool = False


class Close(Struct, frozen=True):
    code: int
    reason: str


Action = Send | Verify | Locate | TakeSnapshot | Follow | Stop | View | Close


class Session:
    """``clock`` is monotonic seconds; ``principal`` who the handshake already knew; ``quadrants``
    those that the desk has.

    The shell carries out the actions of one call, in order, before it hands in the next message.
    """

    __slots__ = (
        "_bucket",
        "_is_closed",
        "_last_id",
        "_quadrants",
        "_topics",
        "encoding",
        "id",
        "principal",
    )

    def __init__(
        self,
        session_id: str,
        encoding: m.Encoding,
        principal: Principal | None,
        clock: Callable[[], float],
        quadrants: tuple[str, ...],
    ) -> None:
        self._quadrants = quadrants
        self.id = session_id
        self.encoding = encoding
        self.principal = principal
        self._bucket = Bucket(clock)
        self._last_id = 0
        self._is_closed = False
        self._topics: frozenset[str] = frozenset()

    def open(self, epoch: str, head: int, heartbeat_s: float) -> list[Send]:
        return [
            Send(
                m.Hello(
                    session=self.id,
                    epoch=epoch,
                    head=format_cursor(epoch, head),
                    heartbeat_s=heartbeat_s,
                    auth="ok" if self.principal else "required",
                    principal=self.principal,
                )
            )
        ]

    # -- messages --------------------------------------------------------------------------------

    def receive(self, text: str | bytes) -> list[Action]:
        """One message from the client."""
        if refused := self.count():
            return refused
        try:
            message = m.decode(self.encoding, text)
        except m.WrongFrameType as error:
            return self._fail(None, "unsupported", str(error))
        except m.BadMessage as error:
            return self._fail(error.id, "bad_message", str(error))
        if message.id <= self._last_id:
            sentence = f"Message id {message.id} is not above {self._last_id}."
            return self._fail(message.id, "id_reused", sentence)
        self._last_id = message.id
        if self.principal is None and not isinstance(message, m.Auth):
            return self._fail(message.id, "not_authenticated", "Authenticate first.")
        return self._answer(message)

    def count(self) -> list[Action]:
        """Count anything the client sent, control frames too, against its limit."""
        if self._is_closed:
            return []
        if self._bucket.take():
            return []
        return self._fail(None, "too_many_messages", "Too many messages in a short time.")

    def _answer(self, message: m.AnyClientMessage) -> list[Action]:
        if self._is_closed:
            return []
        match message:
            case m.Auth():
                return [Verify(message.token, message.ticket)]
            case m.Subscribe():
                return self._subscribe(message)
            case m.Unsubscribe():
                self._topics = frozenset()
                return [Stop(), Send(m.Ok(id=message.id))]
            case m.Ping():
                return [Send(m.Pong(id=message.id))]
            case m.Viewing():
                return [View(message.subject, message.editing), Send(m.Ok(id=message.id))]
        assert_never(message)

    # -- who is there ----------------------------------------------------------------------------

    def verified(self, principal: Principal | None) -> list[Action]:
        """The answer to Verify; None when the credential is not valid."""
        if principal is None:
            return self._fail(self._last_id, "not_authenticated", "This credential is not valid.")
        self.principal = principal
        return [*self.rechecked(principal), Send(m.Ok(id=self._last_id))]

    def rechecked(self, principal: Principal | None) -> list[Action]:
        """Rights on an open stream: what the credential is worth now, None when nothing."""
        if self._is_closed:
            return []
        if principal is None:
            return self._fail(None, "not_authenticated", "The credential is no longer valid.")
        self.principal = principal
        if not may_read(principal, self._topics):
            return self._close(BY_NAME["not_allowed"], "The right to a topic was withdrawn.")
        return []

    def auth_timed_out(self) -> list[Action]:
        if self.principal is not None or self._is_closed:
            return []
        return self._fail(None, "auth_timeout", "No credential came in time.")

    # -- subscriptions ---------------------------------------------------------------------------

    def _subscribe(self, message: m.Subscribe) -> list[Action]:
        topics = frozenset(message.topics)
        if sentence := unknown_topic(topics):
            return self._fail(message.id, "unknown_topic", sentence)
        if sentence := unknown_quadrant(message.where, self._quadrants):
            return self._fail(message.id, "unknown_quadrant", sentence)
        if not may_read(self.principal, topics):
            return self._fail(message.id, "not_allowed", NOT_FOR_ALL)
        self._topics = topics
        return [Stop(), Locate(message)]

    def located(self, asked: Locate, position: Position) -> list[Action]:
        """The answer to Locate: decides whether the client can go on where it left off."""
        wanted = asked.wanted
        resumption = resume(wanted.since, position)
        if _needs_snapshot(wanted, resumption):
            return [TakeSnapshot(wanted, resumption)]
        after = position.head if resumption.after is None else resumption.after
        return [
            Send(_subscribed(wanted, resumption, position.epoch, after, position.cursor)),
            Follow(after, Filter(frozenset(wanted.topics), wanted.where)),
        ]

    def snapshot_taken(self, asked: TakeSnapshot, snapshot: Snapshot) -> list[Action]:
        """The answer to TakeSnapshot; where nothing was recovered, events follow from it."""
        wanted, resumption = asked.wanted, asked.resumption
        epoch, at = parse_cursor(snapshot.at)
        after = at if resumption.after is None else resumption.after
        narrowed = narrow(snapshot, wanted.where)
        return [
            Send(_subscribed(wanted, resumption, epoch, after, snapshot.at)),
            Send(m.SnapshotTaken(id=wanted.id, at=snapshot.at, data=narrowed)),
            Follow(after, Filter(asked.topics, wanted.where)),
        ]

    # -- errors ----------------------------------------------------------------------------------

    def failed(self, code: str, sentence: str, close_code: int) -> list[Action]:
        """What the shell was asked for did not work; the client is told and may come back."""
        answer = Send(m.Error(id=self._last_id, code=code, message=sentence))
        return [answer, *self._close(close_code, sentence)]

    def _fail(self, message_id: int | None, code: str, sentence: str) -> list[Action]:
        answer = Send(m.Error(id=message_id, code=code, message=sentence))
        if code in ANSWERED:
            return [answer]
        return [answer, *self._close(BY_NAME[code], sentence)]

    def _close(self, code: int, reason: str) -> list[Action]:
        self._is_closed = True
        self._topics = frozenset()
        return [Stop(), Close(code, reason)]


def _needs_snapshot(wanted: m.Subscribe, resumption: Resumption) -> bool:
    """Asked for, or not recovered; only a first subscription may forgo it."""
    if wanted.snapshot is False:
        return resumption.was_recovering and not resumption.recovered
    return wanted.snapshot is True or not resumption.recovered


def _subscribed(
    wanted: m.Subscribe, resumption: Resumption, epoch: str, after: int, head: str
) -> m.Subscribed:
    return m.Subscribed(
        id=wanted.id,
        topics=tuple(sorted(set(wanted.topics))),
        from_=format_cursor(epoch, after),
        head=head,
        was_recovering=resumption.was_recovering,
        recovered=resumption.recovered,
    )


def may_read(principal: Principal | None, topics: frozenset[str]) -> bool:
    """Whether they may follow these topics, whether live or from long ago."""
    return roles_may_read(principal.roles if principal else (), topics)
