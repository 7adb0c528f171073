"""The client's side of the protocol, without the socket: what a follower knows and does. Pure."""

import random
from typing import Any, Literal

import msgspec
from msgspec import Struct

from server.live.closing import Reconnect, reconnect_after
from server.live.cursor import parse_cursor

State = Literal["connecting", "following", "waiting", "closed"]

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
AT_ONCE_S = 0.1
STABLE_AFTER_S = 10.0
"""A connection that held this long starts the back-off anew."""


class Event(Struct, frozen=True):
    """One event. ``id`` is its cursor; a latest-value event's starts with ``~``."""

    id: str
    type: str
    subject: str
    time: str
    topic: str
    data: dict[str, Any]


class Snapshot(Struct, frozen=True):
    """The state at cursor ``at``. It opens a subscription, or tells that recovery failed."""

    at: str
    data: dict[str, Any]


class FollowRefused(Exception):
    """The server will not have us, now or later; ``code`` is its stable code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Place:
    """Where a follower is; outlives its connections."""

    def __init__(self, cursor: str | None) -> None:
        self.state: State = "connecting"
        self.cursor = cursor
        self.has_opened = False  # whether the wish for a snapshot, or for none, was met
        self.reconnects = 0

    def moves_to(self, event_id: str) -> bool:
        """Move on to an event; False when it was had before."""
        if event_id.startswith("~"):
            return True
        if self.cursor is not None and _is_at_or_before(event_id, self.cursor):
            return False
        self.cursor = event_id
        return True


def _is_at_or_before(event_id: str, cursor: str) -> bool:
    try:
        (epoch, seq), (had_epoch, had_seq) = parse_cursor(event_id), parse_cursor(cursor)
    except ValueError:
        return False
    return epoch == had_epoch and seq <= had_seq


class Attempt:
    """One connection: messages in, what to show and what to say out."""

    def __init__(self, place: Place, wanted: dict[str, Any], snapshot: bool | None) -> None:
        self._place = place
        self._wanted = wanted
        self._snapshot = snapshot
        self._recovered = False
        self._error = ("closed", "The server closed the connection for good.")
        self.was_following = False
        self.patience_s: float | None = None
        self.goodbye_ms: tuple[int, int] | None = None
        self.to_send: dict[str, Any] | None = None
        self.then = Reconnect.BACK_OFF

    def receive(self, text: str) -> Event | Snapshot | None:
        """One message; what the caller should see of it. Raises FollowRefused."""
        message = msgspec.json.decode(text)
        if "op" not in message:
            new = self._place.moves_to(message["id"])
            return msgspec.convert(message, Event) if new else None
        if message["op"] == "snapshot":
            return self._take(message)
        self._note(message)
        return None

    def _take(self, message: dict[str, Any]) -> Snapshot:
        # Only now: a connection lost before its snapshot must not resume behind it.
        if not self._recovered:
            self._place.cursor = message["at"]
        self._place.has_opened = True
        return Snapshot(message["at"], message["data"])

    def _note(self, message: dict[str, Any]) -> None:
        """Control that shows nothing. Ops of later versions are passed over."""
        match message["op"]:
            case "hello":
                self._greet(message)
            case "subscribed":
                self._begin(message)
            case "position":
                self._place.moves_to(message["at"])
            case "goodbye":
                low, high = message["reconnect_ms"]
                self.goodbye_ms = low, high
            case "error":
                self._error = message["code"], message["message"]
                if not self.was_following and message["id"] is not None:
                    raise FollowRefused(*self._error)

    def _greet(self, hello: dict[str, Any]) -> None:
        if hello["auth"] == "required":
            raise FollowRefused("not_authenticated", "The server asks for a token.")
        # Something comes every heartbeat; two without a sound mean a dead line.
        self.patience_s = 2 * hello["heartbeat_s"]
        self.to_send = {"op": "subscribe", "id": 1, **self._wanted}
        if self._place.cursor is not None:
            self.to_send["since"] = self._place.cursor
        if self._snapshot is not None and not self._place.has_opened:
            self.to_send["snapshot"] = self._snapshot

    def _begin(self, subscribed: dict[str, Any]) -> None:
        if self._place.cursor is None and self._snapshot is False and not self._place.has_opened:
            self._place.cursor = subscribed["from"]
        self.was_following = True
        self._place.has_opened |= self._snapshot is not True
        self._recovered = subscribed["recovered"]
        self._place.state = "following"

    def closed(self, code: int | None) -> None:
        """The connection has ended; raises FollowRefused when it is for good."""
        self.then = reconnect_after(code)
        if self.then is Reconnect.NEVER:
            raise FollowRefused(*self._error)


class BackOff:
    """How long to wait before the next attempt: never all clients at the same moment."""

    def __init__(self) -> None:
        self._delay = FIRST_DELAY_S

    def pause_s(self, ended: Attempt, held_for_s: float, at_least_s: float = 0.0) -> float:
        """After a goodbye as it said, else as the class of the close says."""
        if held_for_s >= STABLE_AFTER_S:
            self._delay = FIRST_DELAY_S
        if ended.goodbye_ms is not None:
            low, high = ended.goodbye_ms
            return _jitter(low / 1000, high / 1000)
        if ended.then is Reconnect.AT_ONCE and ended.was_following:
            return _jitter(0, AT_ONCE_S)
        delay, self._delay = self._delay, min(LONGEST_DELAY_S, self._delay * 2)
        return max(at_least_s, _jitter(delay / 2, delay))


_jitter = random.SystemRandom().uniform
