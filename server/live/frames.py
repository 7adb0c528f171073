"""Bytes for the wire: RFC 6455 server frames, SSE fields, HTTP/1.1 chunks. Pure.

Server frames are unmasked, so one frame serves every client.
"""

import struct
from enum import StrEnum

from engine.events.recorded import Latest, Recorded
from server.live.messages import Encoding, PositionReached, encode, to_msgpack

_TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x1, 0x2, 0x8, 0x9, 0xA
_FIN = 0x80


class Wire(StrEnum):
    """How one connection wants its bytes. Strings, since they look up frames: an Enum's own hash is
    taken in Python."""

    JSON = "websocket text"
    MSGPACK = "websocket binary"
    SSE = "sse until close"
    SSE_CHUNKED = "sse in chunks"

    @property
    def is_sse(self) -> bool:
        return self in (Wire.SSE, Wire.SSE_CHUNKED)


WIRE_OF: dict[Encoding, Wire] = {Encoding.JSON: Wire.JSON, Encoding.MSGPACK: Wire.MSGPACK}
_ENCODING_OF: dict[Wire, Encoding] = {wire: encoding for encoding, wire in WIRE_OF.items()}


def encoding_of(wire: Wire) -> Encoding:
    """What a WebSocket's wire carries; KeyError for SSE."""
    return _ENCODING_OF[wire]


def frame(opcode: int, payload: bytes) -> bytes:
    """One unfragmented, unmasked frame."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", _FIN | opcode, size) + payload
    if size < 65_536:
        return struct.pack("!BBH", _FIN | opcode, 126, size) + payload
    return struct.pack("!BBQ", _FIN | opcode, 127, size) + payload


def message_frame(encoding: Encoding, payload: bytes) -> bytes:
    return frame(_TEXT if encoding is Encoding.JSON else _BINARY, payload)


PING = frame(_PING, b"")


def pong(payload: bytes) -> bytes:
    return frame(_PONG, payload)


def close_reason(sentence: str) -> bytes:
    """As much of a sentence as a close frame can carry: 123 bytes, whole characters."""
    return sentence.encode()[:123].decode(errors="ignore").encode()


def closing_frame(code: int | None, reason: str) -> bytes:
    """A close frame; without a code it says nothing, as an echo of one that said nothing."""
    if code is None:
        return frame(_CLOSE, b"")
    return frame(_CLOSE, struct.pack("!H", code) + close_reason(reason))


def chunk(payload: bytes) -> bytes:
    """One HTTP/1.1 chunk; chunks can be joined."""
    return b"%x\r\n%b\r\n" % (len(payload), payload)


def sse(wire: Wire, text: bytes) -> bytes:
    """SSE text as it goes out on this kind of connection."""
    return chunk(text) if wire is Wire.SSE_CHUNKED else text


def event_frame(wire: Wire, event: Recorded | Latest) -> bytes:
    """An event ready to write. Latest-value events have no cursor."""
    match wire:
        case Wire.JSON:
            return frame(_TEXT, event.wire)
        case Wire.MSGPACK:
            return frame(_BINARY, to_msgpack(event.wire))
        case Wire.SSE | Wire.SSE_CHUNKED:
            id_line = b"id: %b\n" % event.cursor.encode() if isinstance(event, Recorded) else b""
            return sse(wire, b"%bdata: %b\n\n" % (id_line, event.wire))


def position_frame(wire: Wire, cursor: str) -> bytes:
    """Everything that is shown up to here has been sent."""
    if wire.is_sse:
        return sse(wire, b": position\nid: %b\n\n" % cursor.encode())
    encoding = encoding_of(wire)
    return message_frame(encoding, encode(encoding, PositionReached(at=cursor)))


def heartbeat_frame(wire: Wire, cursor: str | None) -> bytes:
    """A sign of life, with the position reached when something is followed.

    In SSE an ``id`` without data moves ``Last-Event-ID`` and dispatches nothing.
    """
    if wire.is_sse:
        id_line = b"" if cursor is None else b"id: %b\n" % cursor.encode()
        return sse(wire, b": heartbeat\n%b\n" % id_line)
    if cursor is None:
        return PING
    return position_frame(wire, cursor) + PING
