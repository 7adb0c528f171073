"""Why a live connection ends and what a client should do then: the one table. Pure.

``docs/reference/protocol.md`` shows both tables; a test compares them with these.
"""

from enum import Enum

from msgspec import Struct


class Reconnect(Enum):
    """What a client does after a close."""

    AT_ONCE = "at once"
    BACK_OFF = "with back-off"
    NEVER = "do not"


class Closing(Struct, frozen=True):
    """A row of the table: a close code, its class, and what it means in one sentence."""

    code: int
    name: str
    reconnect: Reconnect
    meaning: str


_AT_ONCE, _BACK_OFF, _NEVER = Reconnect.AT_ONCE, Reconnect.BACK_OFF, Reconnect.NEVER

TABLE: tuple[Closing, ...] = (
    Closing(1000, "normal", _NEVER, "The client ended the connection."),
    Closing(1001, "going_away", _BACK_OFF, "The server or the page is going away."),
    Closing(1002, "protocol_error", _NEVER, "A frame broke RFC 6455."),
    Closing(1003, "unsupported", _NEVER, "A message had the wrong frame type."),
    Closing(1006, "lost", _BACK_OFF, "The connection broke without a close frame."),
    Closing(1007, "not_utf8", _NEVER, "A text message was not UTF-8."),
    Closing(1009, "too_large", _NEVER, "A message was larger than the server accepts."),
    Closing(1011, "internal_error", _BACK_OFF, "Something failed in the server."),
    Closing(1012, "restart", _AT_ONCE, "The server restarts; wait as its goodbye said."),
    Closing(1013, "try_later", _BACK_OFF, "The server has too many connections."),
    Closing(4400, "bad_message", _NEVER, "A message could not be understood."),
    Closing(4401, "not_authenticated", _NEVER, "The credential is missing or not valid."),
    Closing(4403, "not_allowed", _NEVER, "The right to what is followed was withdrawn."),
    Closing(4408, "auth_timeout", _BACK_OFF, "No credential came in time."),
    Closing(4409, "id_reused", _NEVER, "Message ids must grow."),
    Closing(4410, "too_slow", _AT_ONCE, "The client fell behind or answered no ping: resume."),
    Closing(4429, "too_many_messages", _BACK_OFF, "The client sent too much in too short a time."),
)
BY_CODE: dict[int, Closing] = {row.code: row for row in TABLE}
BY_NAME: dict[str, int] = {row.name: row.code for row in TABLE}

ANSWERED: frozenset[str] = frozenset({"unknown_topic", "unknown_quadrant", "not_allowed"})
"""Errors of the session that only answer; the connection stays as it was."""


def reconnect_after(code: int | None) -> Reconnect:
    """The class of a close code; one that is not in the table means "with back-off"."""
    row = BY_CODE.get(1006 if code is None else code)
    return row.reconnect if row else Reconnect.BACK_OFF
