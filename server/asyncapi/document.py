"""The live protocol as an AsyncAPI 3.0 document, made from the types that run it. Pure."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec

from engine.events.event import READERS
from engine.events.table import TABLE, Kind
from server.asyncapi import schemas
from server.asyncapi.catalogue import (
    CONTROLS,
    FROM_CLIENT,
    FROM_SERVER,
    FROM_STREAM,
    NOTICES,
    REQUESTS,
    Control,
    Notice,
    Request,
)
from server.live import closing
from server.live.limit import BURST, PER_SECOND
from server.live.messages import SUBPROTOCOLS
from server.openapi.document import SECURITY_SCHEMES, VERSION
from server.openapi.operations import FollowQuery

SOCKET, STREAM = "websocket", "stream"
EVENTS = tuple(kind.name for kind in TABLE)
CARRIED = {
    SOCKET: (*(control.name for control in (*FROM_CLIENT, *FROM_SERVER)), *EVENTS),
    STREAM: (*(control.name for control in FROM_STREAM), *EVENTS),
}
"""Which messages travel on which channel."""
ABOUT = (
    "One mechanism, two transports: a client is a cursor into the log. It gets every event that "
    "it asked for, once and in order, and it can come back where it left off. A message with "
    "`op` is control; anything else is an event. Clients pass over fields and `op`s that they "
    "do not know."
)
ADDRESS = {"default": "127.0.0.1:8787", "description": "Where this server listens."}


@cache
def document() -> bytes:
    """The encoded document. It depends on nothing but the code."""
    kinds = tuple(kind.of for kind in TABLE)
    types = (*(control.of for control in CONTROLS), *kinds, FollowQuery)
    whole = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Wireroom live",
            "version": VERSION,
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {SOCKET: _server("ws"), STREAM: _server("http")},
        "channels": {SOCKET: _socket(), STREAM: _stream()},
        "operations": _operations(),
        "components": {
            "messages": {
                **{_key(control.name): _control(control) for control in CONTROLS},
                **{_key(kind.name): _event(kind) for kind in TABLE},
            },
            "schemas": schemas.components(types),
            "securitySchemes": _security_schemes(),
        },
    }
    return msgspec.json.encode(whole)


# -- where -----------------------------------------------------------------------------------------


def _server(protocol: str) -> dict[str, Any]:
    return {
        "host": "{address}",
        "protocol": protocol,
        "variables": {"address": ADDRESS},
        "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in SECURITY_SCHEMES],
    }


def _security_schemes() -> dict[str, Any]:
    """As in OpenAPI, but for the word for a key in a header or cookie."""
    return {
        name: scheme | ({"type": "httpApiKey"} if scheme["type"] == "apiKey" else {})
        for name, scheme in SECURITY_SCHEMES.items()
    }


def _socket() -> dict[str, Any]:
    offered = {"type": "string", "enum": list(SUBPROTOCOLS), "default": SUBPROTOCOLS[0]}
    return _channel(
        SOCKET, "/ws", "One WebSocket: text messages of JSON, or binary of msgpack."
    ) | {
        "bindings": {
            "ws": {
                "method": "GET",
                "headers": {"type": "object", "properties": {"Sec-WebSocket-Protocol": offered}},
                "bindingVersion": "0.1.0",
            }
        },
        "x-close-codes": [
            {
                "code": row.code,
                "name": row.name,
                "reconnect": row.reconnect.value,
                "meaning": row.meaning,
            }
            for row in closing.TABLE
        ],
        "x-errors-that-only-answer": sorted(closing.ANSWERED),
        "x-messages-at-once": BURST,
        "x-messages-per-second": PER_SECOND,
    }


def _stream() -> dict[str, Any]:
    return _channel(STREAM, "/events", "Server-sent events; `Last-Event-ID` resumes.")


def _channel(name: str, address: str, description: str) -> dict[str, Any]:
    return {
        "address": address,
        "description": description,
        "servers": [{"$ref": f"#/servers/{name}"}],
        "messages": {
            _key(message): {"$ref": f"#/components/messages/{_key(message)}"}
            for message in CARRIED[name]
        },
    }


# -- what is said ----------------------------------------------------------------------------------


def _operations() -> dict[str, Any]:
    told = "Everything that has happened, once and in order, as one CloudEvents object each."
    stream = _sent(STREAM, CARRIED[STREAM], "Follow over server-sent events.")
    query = {"method": "GET", "query": schemas.ref("FollowQuery"), "bindingVersion": "0.3.0"}
    return {
        **{row.operation: _asked(row) for row in REQUESTS},
        **{row.operation: _noticed(row) for row in NOTICES},
        "announce": _sent(SOCKET, EVENTS, told),
        "stream": stream | {"bindings": {"http": query}},
    }


def _asked(row: Request) -> dict[str, Any]:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{SOCKET}"},
        "messages": _messages(SOCKET, (row.message,)),
        "reply": {
            "channel": {"$ref": f"#/channels/{SOCKET}"},
            "messages": _messages(SOCKET, row.answers),
        },
    }


def _noticed(row: Notice) -> dict[str, Any]:
    return _sent(SOCKET, (row.message,), row.summary)


def _sent(channel: str, names: Iterable[str], summary: str) -> dict[str, Any]:
    return {
        "action": "send",
        "summary": summary,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": _messages(channel, names),
    }


def _messages(channel: str, names: Iterable[str]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/{channel}/messages/{_key(name)}"} for name in names]


def _key(name: str) -> str:
    """Some tools refuse a dot in a key; the message's own ``name`` has it."""
    return name.replace(".", "_")


def _control(control: Control) -> dict[str, Any]:
    described = {
        "name": control.name,
        "summary": control.summary,
        "payload": schemas.ref(control.of.__name__),
    }
    if "id" not in control.of.__struct_fields__:
        return described
    return described | {"correlationId": {"location": "$message.payload#/id"}}


def _event(kind: Kind) -> dict[str, Any]:
    """A latest-value event is not replayed, and its id is not a cursor."""
    described = {
        "name": kind.name,
        "tags": [{"name": kind.topic}],
        "payload": schemas.event(kind),
        "x-recorded": not kind.latest,
    }
    if kind.topic in READERS:
        described["description"] = f"For {' and '.join(sorted(READERS[kind.topic]))}."
    return described
