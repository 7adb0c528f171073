"""What a WebSocket client sends, by RFC 6455: bytes in, messages and control frames out. Pure.

Pulled, not pushed: what is not taken stays as the bytes that arrived, so that whoever stops taking
and stops reading bounds the memory. Made when bytes arrive and dropped when ``is_idle``: a quiet
connection has none.
"""

import codecs
from typing import Final, cast

from msgspec import Struct

from server.live.closing import BY_NAME

MAX_MESSAGE = 65_536
MAX_CONTROL = 125
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_KNOWN = frozenset({_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG})
_CONTROL, _FIN, _RESERVED, _MASKED = 0x8, 0x80, 0x70, 0x80
_SENDABLE: Final = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)})
"""Codes that may stand in a close frame: of the RFC, registered since, or of applications."""

PROTOCOL_ERROR, NOT_UTF8 = BY_NAME["protocol_error"], BY_NAME["not_utf8"]
TOO_LARGE = BY_NAME["too_large"]


class FrameError(Exception):
    """The client broke the protocol: close with ``code``. The parser is of no further use."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Message(Struct, frozen=True):
    """A whole message: str of a text message, bytes of a binary one."""

    content: str | bytes


class Piece(Struct, frozen=True):
    """A fragment came and more will follow. Nothing to do, but it was work."""


class Pinged(Struct, frozen=True):
    payload: bytes


class Ponged(Struct, frozen=True):
    pass


class Closed(Struct, frozen=True):
    """The client closes; ``code`` is None when it gave none."""

    code: int | None


Incoming = Message | Piece | Pinged | Ponged | Closed
_PIECE, _PONGED = Piece(), Ponged()


class _Header(Struct, frozen=True):
    """The start of a frame: where its payload lies in the buffer, and its mask before it."""

    opcode: int
    is_final: bool
    start: int
    size: int


class Parser:
    """``feed`` bytes, ``take`` until None. ``max_message`` is in bytes, over all fragments."""

    __slots__ = ("_buffer", "_decode", "_max_message", "_opcode", "_parts", "_size", "_start")

    def __init__(self, max_message: int = MAX_MESSAGE) -> None:
        self._max_message = max_message
        self._buffer = bytearray()
        self._start = 0
        self._opcode = _CONTINUATION  # of the fragmented message under way; else this
        self._parts: list[str | bytes] = []
        self._size = 0
        self._decode: codecs.IncrementalDecoder | None = None

    @property
    def is_idle(self) -> bool:
        """Nothing is left over: a new parser would go on just as well."""
        return self._start == len(self._buffer) and self._opcode == _CONTINUATION

    def feed(self, received: bytes) -> None:
        self._buffer += received

    def take(self) -> Incoming | None:
        """The next thing that came, None until more bytes arrive. Raises FrameError."""
        header = self._header()
        if header is None or header.start + header.size > len(self._buffer):
            del self._buffer[: self._start]
            self._start = 0
            return None
        payload = self._unmasked(header)
        self._start = header.start + header.size
        if header.opcode & _CONTROL:
            return _control(header.opcode, payload)
        return self._data(header, payload)

    # -- one frame -------------------------------------------------------------------------------

    def _header(self) -> _Header | None:
        """Read and judge a frame's start: what is wrong is refused before its payload comes."""
        buffer, at = self._buffer, self._start
        if len(buffer) - at < 2:
            return None
        opcode, size = buffer[at] & 0x0F, buffer[at + 1] & 0x7F
        is_final = bool(buffer[at] & _FIN)
        if buffer[at] & _RESERVED:
            raise FrameError(PROTOCOL_ERROR, "A reserved bit is set.")
        if not buffer[at + 1] & _MASKED:
            raise FrameError(PROTOCOL_ERROR, "Client frames must be masked.")
        self._judge_opcode(opcode, is_final, size)
        width = {126: 2, 127: 8}.get(size, 0)
        start = at + 2 + width + 4
        if len(buffer) < start:
            return None
        if width:
            size = _long_size(buffer[at + 2 : at + 2 + width])
        if not opcode & _CONTROL and self._size + max(size, 1) > self._max_message:
            raise FrameError(TOO_LARGE, f"A message may have at most {self._max_message:,} bytes.")
        return _Header(opcode, is_final, start, size)

    def _judge_opcode(self, opcode: int, is_final: bool, size: int) -> None:
        if opcode not in _KNOWN:
            raise FrameError(PROTOCOL_ERROR, f"Opcode {opcode} is reserved.")
        if opcode & _CONTROL:
            if not is_final:
                raise FrameError(PROTOCOL_ERROR, "A control frame must not be fragmented.")
            if size > MAX_CONTROL:
                raise FrameError(PROTOCOL_ERROR, "A control frame has at most 125 bytes.")
        elif (opcode == _CONTINUATION) != (self._opcode != _CONTINUATION):
            raise FrameError(PROTOCOL_ERROR, "Fragments must follow each other.")

    def _unmasked(self, header: _Header) -> bytes:
        if not header.size:
            return b""
        end = header.start + header.size
        mask = self._buffer[header.start - 4 : header.start]
        repeated = (mask * (header.size // 4 + 1))[: header.size]
        masked = int.from_bytes(self._buffer[header.start : end], "little")
        return (masked ^ int.from_bytes(repeated, "little")).to_bytes(header.size, "little")

    # -- messages --------------------------------------------------------------------------------

    def _data(self, header: _Header, payload: bytes) -> Incoming:
        if header.opcode != _CONTINUATION:
            if header.is_final:
                return Message(_text(payload) if header.opcode == _TEXT else payload)
            self._begin(header.opcode)
        # An empty fragment counts as one byte: a message without end ends.
        self._size += max(header.size, 1)
        self._parts.append(self._decoded(payload, header.is_final))
        return self._end() if header.is_final else _PIECE

    def _begin(self, opcode: int) -> None:
        self._opcode = opcode
        if opcode == _TEXT:
            self._decode = codecs.getincrementaldecoder("utf-8")()

    def _decoded(self, payload: bytes, is_final: bool) -> str | bytes:
        """Judged fragment by fragment: what cannot become UTF-8 is not waited for."""
        if self._decode is None:
            return payload
        try:
            return self._decode.decode(payload, is_final)
        except UnicodeDecodeError:
            raise FrameError(NOT_UTF8, "A text message is not UTF-8.") from None

    def _end(self) -> Message:
        parts = self._parts  # all of one kind
        whole: str | bytes
        if self._decode:
            whole = "".join(cast(list[str], parts))
        else:
            whole = b"".join(cast(list[bytes], parts))
        self._opcode, self._parts, self._size, self._decode = _CONTINUATION, [], 0, None
        return Message(whole)


def _long_size(field: bytes | bytearray) -> int:
    """A length of 16 or 64 bits; it must be the shortest that can say it."""
    size = int.from_bytes(field, "big")
    if size >= 2**63:
        raise FrameError(PROTOCOL_ERROR, "The length of a frame is not valid.")
    if size < (126 if len(field) == 2 else 65_536):
        raise FrameError(PROTOCOL_ERROR, "The length of a frame must be written as short as it is.")
    return size


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise FrameError(NOT_UTF8, "A text message is not UTF-8.") from None


def _control(opcode: int, payload: bytes) -> Incoming:
    if opcode == _PING:
        return Pinged(payload)
    if opcode == _PONG:
        return _PONGED
    return Closed(_close_code(payload))


def _close_code(payload: bytes) -> int | None:
    if not payload:
        return None
    if len(payload) == 1:
        raise FrameError(PROTOCOL_ERROR, "A close code has two bytes.")
    code = int.from_bytes(payload[:2], "big")
    if code not in _SENDABLE:
        raise FrameError(PROTOCOL_ERROR, f"Close code {code} must not be sent.")
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise FrameError(NOT_UTF8, "A close reason is not UTF-8.") from None
    return code
