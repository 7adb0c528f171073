"""Every way to break RFC 6455 is closed with its code, over a real socket, on both paths."""

import asyncio

import pytest
import uvloop

from server import keys
from tests.server.live.fakes import READER, FakeDesk
from tests.server.live.raw import Raw, upgraded
from tests.server.live.serving import serving, until
from tests.server.live.wire import (
    CLOSE,
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


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.about)
async def test_a_broken_frame_is_closed_with_its_code(wrong: Wrong) -> None:
    async with serving(FakeDesk(), READER) as served, upgraded(served.port) as client:
        await client.send(wrong.sent)
        code, _ = await client.closing()

        assert code == wrong.code
        assert await client.rest() == b""


@pytest.mark.parametrize("wrong", [*WRONG, *STRICTER], ids=lambda wrong: wrong.about)
def test_it_is_the_same_on_the_event_loop_that_serves(wrong: Wrong) -> None:
    async def closed_with() -> tuple[int, bytes]:
        async with serving(FakeDesk(), READER) as served, upgraded(served.port) as client:
            await client.send(wrong.sent)
            code, _ = await client.closing()
            return code, await client.rest()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        closed = runner.run(closed_with())

    assert closed == (wrong.code, b"")


@pytest.mark.parametrize("wrong", STRICTER, ids=lambda wrong: wrong.about)
async def test_the_slim_path_refuses_more(wrong: Wrong) -> None:
    async with serving(FakeDesk(), READER) as served, upgraded(served.port) as client:
        await client.send(wrong.sent)
        code, reason = await client.closing()

    assert code == wrong.code
    assert reason.endswith(".")


@pytest.mark.usefixtures("path")
async def test_a_broken_frame_hurts_nobody_else() -> None:
    async with (
        serving(FakeDesk(), READER) as served,
        upgraded(served.port) as other,
        upgraded(served.port) as client,
    ):
        await client.send(frame(7))
        await client.closing()
        await other.send(text('{"op":"ping","id":1}'))
        _, answer = await other.frame()

    assert answer == b'{"op":"pong","id":1}'


@pytest.mark.usefixtures("path")
async def test_one_byte_at_a_time_is_as_good_as_all_at_once() -> None:
    async with serving(FakeDesk(), READER) as served, upgraded(served.port) as client:
        for byte in text('{"op":"ping","id":1}'):
            await client.send(bytes([byte]))
            await asyncio.sleep(0)
        _, answer = await client.frame()

    assert answer == b'{"op":"pong","id":1}'


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("payload", [b"", b"\x00\xff", b"x" * 125])
async def test_a_ping_is_answered_with_its_payload(payload: bytes) -> None:
    async with serving(FakeDesk(), READER) as served, upgraded(served.port) as client:
        await client.send(frame(PING, payload))

        assert await client.frame() == (PONG, payload)


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
async def test_a_close_is_echoed_and_the_server_ends_the_connection(code: int) -> None:
    async with serving(FakeDesk(), READER) as served, upgraded(served.port) as client:
        await client.send(closing(code, b"na razie"))
        echoed, _ = await client.closing()

        assert echoed in (code, 1000)
        assert await client.rest() == b""


@pytest.mark.usefixtures("path")
async def test_a_fragmented_message_with_a_ping_inside_is_one_message() -> None:
    async with serving(FakeDesk(), READER) as served, upgraded(served.port) as client:
        await client.send(frame(TEXT, b'{"op":"pi', fin=False) + frame(PING, b"?"))
        await client.send(frame(0, b'ng","id":1}'))
        pong, answer = await client.frame(), await client.frame()

    assert pong == (PONG, b"?")
    assert answer == (TEXT, b'{"op":"pong","id":1}')


@pytest.mark.usefixtures("path")
async def test_what_came_before_a_broken_frame_is_still_answered() -> None:
    async with serving(FakeDesk(), READER) as served, upgraded(served.port) as client:
        await client.send(text('{"op":"ping","id":1}') + frame(7))
        first, (code, _) = await client.frame(), await client.closing()

    assert first == (TEXT, b'{"op":"pong","id":1}')
    assert code == 1002


async def test_a_peer_in_full_flow_reads_why_it_was_closed() -> None:
    async with serving(FakeDesk(), READER) as served, upgraded(served.port) as client:
        client.writer.write(frame(TEXT, b"x" * 64, width=8, size=100_000_000))
        for _ in range(40):
            client.writer.write(b"x" * 50_000)
        code, _ = await client.closing()

    assert code == 1009


async def test_a_peer_that_floods_on_after_its_close_is_cut_off() -> None:
    async with serving(FakeDesk(), READER) as served, upgraded(served.port) as client:
        await client.send(frame(7))
        await client.closing()
        with pytest.raises(ConnectionError):
            await flood(client)
        await until(lambda: served.app[keys.CONNECTIONS].handed_over == 0)


async def flood(client: Raw) -> None:
    for _ in range(1_000):
        await client.send(b"x" * 65_536)


async def test_a_close_without_a_code_is_echoed_without_one() -> None:
    async with serving(FakeDesk(), READER) as served, upgraded(served.port) as client:
        await client.send(closing())

        assert await client.frame() == (CLOSE, b"")
