"""What each message of the protocol is called and what it is for: the material of /asyncapi.json.

Only what the types cannot say stands here; fields and limits come from the types. Data.
"""

from typing import Any

from msgspec import Struct

from engine.model import Snapshot
from server.live import messages as m
from server.live.sse import Started


class Control(Struct, frozen=True):
    """A control message: its name on the wire, its type, and a sentence."""

    name: str
    of: Any
    summary: str


class Request(Struct, frozen=True):
    """What a client may ask, and the messages that may answer."""

    operation: str
    message: str
    answers: tuple[str, ...]


class Notice(Struct, frozen=True):
    """What the server says unasked."""

    operation: str
    message: str
    summary: str


FROM_CLIENT: tuple[Control, ...] = (
    Control("auth", m.Auth, "A credential, within ten seconds if hello asks for one."),
    Control("subscribe", m.Subscribe, "Follow topics; replaces the subscription before it."),
    Control("unsubscribe", m.Unsubscribe, "Follow nothing."),
    Control("ping", m.Ping, "Are you there?"),
    Control("viewing", m.Viewing, "The brief this client looks at now, or edits, for presence."),
)
FROM_SERVER: tuple[Control, ...] = (
    Control("hello", m.Hello, "The first message of a connection."),
    Control("ok", m.Ok, "Done."),
    Control("subscribed", m.Subscribed, "Events after the cursor `from` follow."),
    Control("snapshot", m.SnapshotTaken, "The state at the cursor `at`."),
    Control("position", m.PositionReached, "Everything that matches up to `at` has been sent."),
    Control("pong", m.Pong, "Yes."),
    Control("error", m.Error, "A refusal; all but two codes close the connection."),
    Control("goodbye", m.Goodbye, "The server restarts; close 1012 follows."),
)
FROM_STREAM: tuple[Control, ...] = (
    Control("stream.subscribed", Started, "`event: subscribed`: events after `from` follow."),
    Control("stream.snapshot", Snapshot, "`event: snapshot`: the state, with its cursor as id."),
)
CONTROLS = (*FROM_CLIENT, *FROM_SERVER, *FROM_STREAM)

REQUESTS: tuple[Request, ...] = (
    Request("authenticate", "auth", ("ok", "error")),
    Request("subscribe", "subscribe", ("subscribed", "snapshot", "error")),
    Request("unsubscribe", "unsubscribe", ("ok", "error")),
    Request("ping", "ping", ("pong", "error")),
    Request("view", "viewing", ("ok", "error")),
)
NOTICES: tuple[Notice, ...] = (
    Notice("greet", "hello", "Say who is there, where the log is, and whether to authenticate."),
    Notice(
        "report_position", "position", "Every heartbeat: how far a quiet subscription has come."
    ),
    Notice("say_goodbye", "goodbye", "Before a restart: when to come back."),
)
