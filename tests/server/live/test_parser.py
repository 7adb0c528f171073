"""The frame parser, without a socket."""

import os
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.live.closing import BY_CODE
from server.live.parser import (
    Closed,
    FrameError,
    Incoming,
    Message,
    Parser,
    Piece,
    Pinged,
    Ponged,
)
from tests.server.live.wire import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    STRICTER,
    TEXT,
    WRONG,
    Wrong,
    closing,
    frame,
    text,
)

INPUTS = int(os.environ.get("WIREROOM_FUZZ_INPUTS", "2000"))


def everything(parser: Parser, *received: bytes) -> list[Incoming]:
    """All that comes of these chunks, fragments aside."""
    taken: list[Incoming] = []
    for chunk in received:
        parser.feed(chunk)
        while (incoming := parser.take()) is not None:
            taken.append(incoming)
    return [incoming for incoming in taken if not isinstance(incoming, Piece)]


def one_by_one(received: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in received]


@pytest.mark.parametrize("wrong", [*WRONG, *STRICTER], ids=lambda wrong: wrong.about)
def test_a_frame_error_has_its_close_code(wrong: Wrong) -> None:
    with pytest.raises(FrameError) as refused:
        everything(Parser(), wrong.sent)

    assert refused.value.code == wrong.code
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("size", [0, 1, 3, 4, 125, 126, 65_535, 65_536])
def test_every_length_up_to_the_limit_is_read(size: int) -> None:
    content = bytes(n % 251 for n in range(size))

    assert everything(Parser(), frame(BINARY, content)) == [Message(content)]


def test_a_message_too_large_is_refused_before_it_arrives() -> None:
    with pytest.raises(FrameError) as refused:
        everything(Parser(), frame(TEXT, size=100_000_000, width=8)[:14])

    assert refused.value.code == 1009


def test_text_is_one_string_however_its_characters_were_cut() -> None:
    raw = "Gdańsk, Łódź, 東京 🚢".encode()
    sent = frame(TEXT, raw[:5], fin=False)
    sent += b"".join(frame(CONTINUATION, raw[n : n + 1], fin=False) for n in range(5, len(raw)))

    assert everything(Parser(), sent, frame(CONTINUATION)) == [Message(raw.decode())]


def test_control_frames_may_come_between_fragments() -> None:
    sent = frame(BINARY, b"ab", fin=False) + frame(PING, b"?") + frame(PONG) + frame(0, b"c")

    assert everything(Parser(), sent) == [Pinged(b"?"), Ponged(), Message(b"abc")]


def test_fragments_are_told_because_they_are_work() -> None:
    parser = Parser()
    parser.feed(frame(TEXT, fin=False))

    assert parser.take() == Piece()


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1011, 1012, 1014, 3000, 4999])
def test_a_close_tells_its_code(code: int) -> None:
    assert everything(Parser(), closing(code, "na razie 👋".encode())) == [Closed(code)]


def test_a_close_may_have_no_code() -> None:
    assert everything(Parser(), closing()) == [Closed(None)]


def test_what_was_whole_before_an_error_is_had_first() -> None:
    parser = Parser()
    parser.feed(text("one") + frame(7))

    first = parser.take()

    assert first == Message("one")
    with pytest.raises(FrameError):
        parser.take()


def test_a_parser_is_idle_between_messages_only() -> None:
    parser = Parser()
    idle = [parser.is_idle]
    for chunk in (text("ab")[:3], text("ab")[3:], frame(TEXT, b"a", fin=False), frame(0, b"b")):
        everything(parser, chunk)
        idle.append(parser.is_idle)

    assert idle == [True, False, True, False, True]


frames = st.builds(
    frame,
    st.sampled_from([CONTINUATION, TEXT, BINARY, PING, PONG, CLOSE]),
    st.binary(max_size=140),
    fin=st.booleans(),
    mask=st.binary(min_size=4, max_size=4),
)


def outcome(chunks: list[bytes]) -> tuple[list[Incoming], int | None]:
    """What came before the first error, and the error's code."""
    parser, taken = Parser(200), []
    for chunk in chunks:
        parser.feed(chunk)
        try:
            while (incoming := parser.take()) is not None:
                taken.append(incoming)
        except FrameError as error:
            return taken, error.code
    return taken, None


@given(st.lists(frames, max_size=6).map(b"".join), st.lists(st.integers(0, 900), max_size=6))
def test_how_bytes_were_cut_makes_no_difference(sent: bytes, cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(sent)]
    chunks = [sent[low:high] for low, high in pairwise(at)]

    whole = outcome([sent])

    assert outcome(chunks) == whole
    assert outcome(one_by_one(sent)) == whole


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_code_of_the_table(sent: bytes) -> None:
    _, code = outcome([sent])

    assert code is None or code in BY_CODE


def a_mutation(chance: random.Random) -> bytes:
    """Right frames, one after the other, with a few bytes changed, dropped or doubled."""
    opcodes = (CONTINUATION, TEXT, TEXT, BINARY, CLOSE, PING, PONG, chance.randrange(16))
    sent = bytearray()
    for _ in range(chance.randrange(1, 5)):
        payload = chance.randbytes(chance.choice((0, 1, 2, 5, 125, 126, 150)))
        if chance.random() < 0.5:
            payload = payload.hex().encode()[: len(payload)]
        sent += frame(chance.choice(opcodes), payload, fin=chance.random() < 0.7)
    for _ in range(chance.randrange(3)):
        at = chance.randrange(len(sent) + 1)
        sent[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
    return bytes(sent)


def test_no_input_makes_the_parser_fail() -> None:
    chance = random.Random(6455)
    seen: set[int | None] = set()

    for _ in range(INPUTS):
        sent = a_mutation(chance)
        cut = chance.randrange(len(sent) + 1)
        seen.add(outcome([sent[:cut], sent[cut:]])[1])

    assert seen == {None, 1002, 1007, 1009}
