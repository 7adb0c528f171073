"""What a client puts on the wire, right or wrong: frames, and every way to break RFC 6455."""

import struct
from typing import NamedTuple

MASK = b"\x37\xfa\x21\x3d"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    reserved: int = 0,
    mask: bytes | None = MASK,
    width: int | None = None,
    size: int | None = None,
) -> bytes:
    """A client frame. ``width`` (0, 2, 8) and ``size`` lie about the payload's length."""
    size = len(payload) if size is None else size
    if width is None:
        width = 0 if size < 126 else 2 if size < 65_536 else 8
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    short = {0: size, 2: 126, 8: 127}[width]
    head = struct.pack("!BB", first, short | (0x80 if mask else 0))
    head += size.to_bytes(width, "big") if width else b""
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))


def text(content: str) -> bytes:
    return frame(TEXT, content.encode())


def closing(code: int | None = None, reason: bytes = b"") -> bytes:
    return frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason)


class Wrong(NamedTuple):
    """Bytes that break RFC 6455, and the code that the connection must be closed with."""

    about: str
    sent: bytes
    code: int


WRONG: tuple[Wrong, ...] = (
    Wrong("first reserved bit", frame(TEXT, b"{}", reserved=4), 1002),
    Wrong("second reserved bit", frame(TEXT, b"{}", reserved=2), 1002),
    Wrong("third reserved bit", frame(TEXT, b"{}", reserved=1), 1002),
    *(
        Wrong(f"reserved opcode {opcode}", frame(opcode), 1002)
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
    ),
    Wrong("a fragmented ping", frame(PING, b"x", fin=False), 1002),
    Wrong("a fragmented pong", frame(PONG, b"x", fin=False), 1002),
    Wrong("a fragmented close", frame(CLOSE, fin=False), 1002),
    Wrong("a long ping", frame(PING, b"x" * 126), 1002),
    Wrong("a long pong", frame(PONG, b"x" * 126), 1002),
    Wrong("a long close", frame(CLOSE, b"\x03\xe8" + b"x" * 124), 1002),
    Wrong("nothing to continue", frame(CONTINUATION, b"x"), 1002),
    Wrong("nothing to continue, more to come", frame(CONTINUATION, b"x", fin=False), 1002),
    Wrong("a new message inside another", frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"), 1002),
    Wrong("other kind inside", frame(TEXT, b"a", fin=False) + frame(BINARY, b"b"), 1002),
    Wrong("text that is not UTF-8", frame(TEXT, b"\xce\xba\xff"), 1007),
    Wrong("text that ends early", frame(TEXT, b"\xce\xba\xcf"), 1007),
    Wrong("text with a surrogate", frame(TEXT, b"\xed\xa0\x80"), 1007),
    Wrong("an overlong character", frame(TEXT, b"\xc0\xaf"), 1007),
    Wrong(
        "fragments that are not UTF-8",
        frame(TEXT, b"\xce", fin=False) + frame(CONTINUATION, b"\xce"),
        1007,
    ),
    Wrong(
        "fragments that end early",
        frame(TEXT, b"a", fin=False) + frame(CONTINUATION, b"\xf4\x8f\xbf"),
        1007,
    ),
    Wrong("a close of one byte", frame(CLOSE, b"\x03"), 1002),
    *(
        Wrong(f"close code {code}", closing(code), 1002)
        for code in (0, 999, 1004, 1005, 1015, 1016, 2999)
    ),
    Wrong("a reason that is not UTF-8", closing(1000, b"\xff\xfe"), 1007),
    Wrong("one byte too many", frame(TEXT, b"x" * 65_537), 1009),
    Wrong("100 MB announced", frame(TEXT, b"x" * 64, width=8, size=100_000_000), 1009),
    Wrong(
        "too much in fragments",
        frame(BINARY, b"x" * 40_000, fin=False) + frame(CONTINUATION, b"x" * 40_000),
        1009,
    ),
)

STRICTER: tuple[Wrong, ...] = (
    Wrong("not masked", frame(TEXT, b"{}", mask=None), 1002),
    Wrong("a length with the highest bit", frame(TEXT, width=8, size=2**63), 1002),
    *(Wrong(f"close code {code}", closing(code), 1002) for code in (1006, 5000, 65_535)),
    Wrong("16 bits for a short length", frame(TEXT, b"{}", width=2), 1002),
    Wrong("64 bits for a short length", frame(TEXT, b"{}", width=8), 1002),
    Wrong("64 bits for a middle length", frame(TEXT, b"x" * 200, width=8), 1002),
    Wrong("UTF-8 that is wrong before the message ends", frame(TEXT, b"\xff", fin=False), 1007),
    Wrong(
        "empty fragments without end", frame(TEXT, fin=False) + 65_536 * frame(0, fin=False), 1009
    ),
)
"""What the RFC forbids too and aiohttp lets pass, or closes with another code."""
