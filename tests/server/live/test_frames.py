"""Bytes for the wire, checked by an independent parser where there is one."""

import msgspec
import pytest
from msgspec.structs import replace
from websockets.extensions import Extension
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from engine.events.recorded import Latest, Recorded
from server.live.frames import (
    PING,
    Wire,
    chunk,
    close_reason,
    event_frame,
    frame,
    heartbeat_frame,
    pong,
)
from tests.server.live.fakes import FakeLog, an_event

NO_EXTENSIONS: list[Extension] = []


def recorded(wire: bytes, seq: int = 1) -> Recorded:
    (line,) = FakeLog().commit(an_event())
    return replace(line, seq=seq, wire=wire)


def a_value(wire: bytes) -> Latest:
    return Latest("presence", "presence", "harbour-levy", wire)


def parsed(raw: bytes) -> list[Frame]:
    """What the ``websockets`` package reads from what a server wrote."""
    reader = StreamReader()
    reader.feed_data(raw)
    found: list[Frame] = []
    while reader.buffer:
        reading = Frame.parse(reader.read_exact, mask=False, extensions=NO_EXTENSIONS)
        try:
            while True:
                next(reading)
        except StopIteration as done:
            found.append(done.value)
    return found


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 100_000])
def test_every_length_is_read_back(size: int) -> None:
    (read,) = parsed(frame(1, b"x" * size))

    assert (read.opcode, read.fin, len(read.data)) == (Opcode.TEXT, True, size)


def test_joined_frames_are_separate_messages() -> None:
    read = parsed(event_frame(Wire.JSON, recorded(b"{}")) + PING + pong(b"hi"))

    assert [each.opcode for each in read] == [Opcode.TEXT, Opcode.PING, Opcode.PONG]
    assert read[2].data == b"hi"


def test_msgpack_carries_the_same_event() -> None:
    (read,) = parsed(event_frame(Wire.MSGPACK, recorded(b'{"id":"e1-1","data":{"n":1.5}}')))

    assert read.opcode is Opcode.BINARY
    assert msgspec.msgpack.decode(read.data) == {"id": "e1-1", "data": {"n": 1.5}}


def test_an_sse_event_has_its_cursor_as_id() -> None:
    assert event_frame(Wire.SSE, recorded(b'{"a":1}', seq=4)) == b'id: e1-4\ndata: {"a":1}\n\n'


def test_a_latest_value_has_no_sse_id() -> None:
    assert event_frame(Wire.SSE, a_value(b"{}")) == b"data: {}\n\n"


def test_sse_over_http_1_1_comes_in_chunks_that_can_be_joined() -> None:
    assert event_frame(Wire.SSE_CHUNKED, a_value(b"{}")) == b"a\r\ndata: {}\n\n\r\n"
    assert chunk(b"x" * 16) == b"10\r\n" + b"x" * 16 + b"\r\n"


def test_an_sse_heartbeat_moves_the_last_event_id_and_dispatches_nothing() -> None:
    assert heartbeat_frame(Wire.SSE, "e1-9") == b": heartbeat\nid: e1-9\n\n"
    assert heartbeat_frame(Wire.SSE, None) == b": heartbeat\n\n"


def test_a_msgpack_heartbeat_is_a_binary_position_and_a_ping() -> None:
    position, ping = parsed(heartbeat_frame(Wire.MSGPACK, "e1-9"))

    assert msgspec.msgpack.decode(position.data) == {"op": "position", "at": "e1-9"}
    assert ping.opcode is Opcode.PING


def test_a_close_reason_is_cut_between_characters() -> None:
    assert close_reason("ß" * 100) == ("ß" * 61).encode()
    assert close_reason("short") == b"short"
