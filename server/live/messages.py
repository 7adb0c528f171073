"""Every control message of protocol v1, both ways. Decoding is validation. Pure.

A message with ``op`` is control; anything else on the wire is an event.
"""

from enum import Enum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from engine.model import LONGEST_CREDENTIAL, Principal, Snapshot
from engine.not_json import not_json
from server.invalid import ID_OR_NOTHING, invalid

MessageId = Annotated[int, Meta(ge=1, le=2**53 - 1)]
"""Within what JavaScript can count; chosen by the client, growing."""
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Secret = Annotated[str, Meta(min_length=1, max_length=LONGEST_CREDENTIAL)]


class Encoding(Enum):
    """The subprotocols: the same messages as JSON text or as msgpack binary."""

    JSON = "wireroom.v1.json"
    MSGPACK = "wireroom.v1.msgpack"


SUBPROTOCOLS: tuple[str, ...] = tuple(encoding.value for encoding in Encoding)


class Where(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Narrows a subscription. Every part that is given must hold; None means "any"."""

    quadrant: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=32)] | None = None
    min_score: Annotated[float, Meta(ge=0.0, le=1.0)] | None = None
    subject: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=256)] | None = None


# -- from the client -----------------------------------------------------------------------------


class ClientMessage(
    Struct,
    frozen=True,
    kw_only=True,
    tag_field="op",
    tag=str.lower,
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    id: MessageId


class Auth(ClientMessage, frozen=True, kw_only=True):
    """A bearer token, or a one-time ticket; exactly one of them."""

    token: Secret | None = None
    ticket: Secret | None = None

    def __post_init__(self) -> None:
        if (self.token is None) == (self.ticket is None):
            raise ValueError("give a token or a ticket, and not both")


class Subscribe(ClientMessage, frozen=True, kw_only=True):
    """``snapshot`` True asks for one; False forgoes it on a subscription without ``since``."""

    topics: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=32)]
    since: Annotated[str, Meta(max_length=128)] | None = None
    snapshot: bool | None = None
    where: Where = Where()


class Unsubscribe(ClientMessage, frozen=True, kw_only=True):
    pass


class Ping(ClientMessage, frozen=True, kw_only=True):
    pass


class Viewing(ClientMessage, frozen=True, kw_only=True):
    """The brief this connection looks at now, or edits; an empty subject means none."""

    subject: Annotated[str, Meta(pattern=ID_OR_NOTHING)]
    editing: bool = False


AnyClientMessage = Auth | Subscribe | Unsubscribe | Ping | Viewing
OPS: dict[str, type[ClientMessage]] = {
    kind.__name__.lower(): kind for kind in (Auth, Subscribe, Unsubscribe, Ping, Viewing)
}


# -- from the server -----------------------------------------------------------------------------


class ServerMessage(Struct, frozen=True, kw_only=True, tag_field="op", tag=str.lower):
    pass


class Hello(ServerMessage, frozen=True, kw_only=True):
    session: str
    epoch: str
    head: str
    heartbeat_s: float
    auth: Literal["ok", "required"]
    principal: Principal | None


class Ok(ServerMessage, frozen=True, kw_only=True):
    id: int


class Subscribed(ServerMessage, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Events follow from the cursor ``from``; ``head`` is where the log was."""

    id: int
    topics: tuple[str, ...]
    from_: str
    head: str
    was_recovering: bool
    recovered: bool


class SnapshotTaken(ServerMessage, frozen=True, kw_only=True, tag="snapshot"):
    id: int
    at: str
    data: Snapshot


class PositionReached(ServerMessage, frozen=True, kw_only=True, tag="position"):
    """Everything that matches up to ``at`` has been sent."""

    at: str


class Pong(ServerMessage, frozen=True, kw_only=True):
    id: int


class Error(ServerMessage, frozen=True, kw_only=True):
    """``id`` is the message's, or None when it could not be read."""

    id: int | None
    code: str
    message: str


class Goodbye(ServerMessage, frozen=True, kw_only=True):
    """The server restarts: come back after a random time between the two."""

    reconnect_ms: tuple[int, int]


AnyServerMessage = (
    Hello | Ok | Subscribed | SnapshotTaken | PositionReached | Pong | Error | Goodbye
)


class BadMessage(Exception):
    """What the client sent cannot be understood; the text says why in a sentence, and ``id`` which
    message it was if that much can be read."""

    def __init__(self, sentence: str, id_: int | None = None) -> None:
        super().__init__(sentence)
        self.id = id_


class WrongFrameType(BadMessage):
    """Text where the subprotocol is binary, or the other way round."""


_json_client: msgspec.json.Decoder[AnyClientMessage] = msgspec.json.Decoder(AnyClientMessage)
_msgpack_client: msgspec.msgpack.Decoder[AnyClientMessage] = msgspec.msgpack.Decoder(
    AnyClientMessage
)
_json_encoder = msgspec.json.Encoder()
_msgpack_encoder = msgspec.msgpack.Encoder()


def decode(encoding: Encoding, message: str | bytes) -> AnyClientMessage:
    """Read a client message; raises BadMessage."""
    if isinstance(message, str) != (encoding is Encoding.JSON):
        wanted = "text" if encoding is Encoding.JSON else "binary"
        raise WrongFrameType(f"{encoding.value} messages are {wanted} messages.")
    try:
        if isinstance(message, str):
            return _json_client.decode(message)
        return _msgpack_client.decode(message)
    except msgspec.ValidationError as error:
        raise _not_taken(error, message) from None
    except msgspec.DecodeError as error:
        raise BadMessage(_not_read(str(error), message)) from None
    except UnicodeError:
        raise BadMessage("The message is not valid UTF-8.") from None
    except RecursionError:
        raise BadMessage("The message is nested too deeply.") from None


class _Envelope(Struct):
    """What every message has; nothing else of it is looked at."""

    op: Any = None
    id: Any = None


def _not_taken(error: msgspec.ValidationError, message: str | bytes) -> BadMessage:
    """It can be read, and is none that there is."""
    op, id_ = _envelope(message)
    if op is not None and op not in OPS:
        known = ", ".join(sorted(OPS))
        return BadMessage(f"There is no op {op[:64]!r}: known are {known}.", id_)
    shape = ClientMessage if op is None else OPS[op]
    return BadMessage(str(invalid(error, shape, "message")), id_)


def _envelope(message: str | bytes) -> tuple[str | None, int | None]:
    """The op and the id, as far as they can be read."""
    decoder = msgspec.json if isinstance(message, str) else msgspec.msgpack
    try:
        found = decoder.decode(message, type=_Envelope)
    except (msgspec.DecodeError, UnicodeError, RecursionError):  # what comes behind is no better
        return None, None
    op = found.op if isinstance(found.op, str) else None
    try:
        return op, msgspec.convert(found.id, MessageId)
    except msgspec.ValidationError:
        return op, None


def _not_read(problem: str, message: str | bytes) -> str:
    if isinstance(message, str):
        reason, _ = not_json(problem, len(message.encode(errors="replace")))
        return f"The message is not valid JSON: {reason}."
    problem = problem.removeprefix("MessagePack data is malformed: ")
    return f"The message is not valid MessagePack: {problem}."


def encode(encoding: Encoding, message: AnyServerMessage) -> bytes:
    encoder = _json_encoder if encoding is Encoding.JSON else _msgpack_encoder
    return encoder.encode(message)


def to_msgpack(wire: bytes) -> bytes:
    """An event's JSON object as msgpack."""
    return _msgpack_encoder.encode(msgspec.json.decode(wire))
