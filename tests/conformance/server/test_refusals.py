"""What a client may not do: each is answered, closed with its code, and hurts nobody else."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.conformance.server.desk import Desk
from tests.conformance.server.speaking import JSON, MSGPACK, Talker, connected, talking

pytestmark = pytest.mark.xdist_group("conformance")


@asynccontextmanager
async def somebody_else(desk: Desk) -> AsyncIterator[None]:
    """Another follower, who notices nothing of what happens in the block."""
    async with talking(desk) as talker:
        await talker.follow("config")
        yield
        await desk.happens(2)
        assert len(await talker.until_it_has(2)) == 2


async def refused(talker: Talker) -> tuple[str, int | None, int]:
    error = await talker.op("error")
    assert error["message"]
    return error["code"], error["id"], await talker.code()


BAD: dict[str, Any] = {
    "not JSON": "subscribe please",
    "empty": "",
    "an array": "[]",
    "nothing": "null",
    "half an object": '{"op":"ping","id":1',
    "no op": {"id": 1},
    "an unknown op": {"op": "publish", "id": 1},
    "no id": {"op": "ping"},
    "an id of zero": {"op": "ping", "id": 0},
    "an id that is no integer": {"op": "ping", "id": 1.5},
    "an id JavaScript cannot count": {"op": "ping", "id": 2**53},
    "a field that does not exist": {"op": "ping", "id": 1, "pong": True},
    "no topics": {"op": "subscribe", "id": 1, "topics": []},
    "too many topics": {"op": "subscribe", "id": 1, "topics": ["issue"] * 33},
    "topics that are no list": {"op": "subscribe", "id": 1, "topics": "issue"},
    "a filter that does not exist": {
        "op": "subscribe",
        "id": 1,
        "topics": ["issue"],
        "where": {"author": ["Ana"]},
    },
    "a score above one": {
        "op": "subscribe",
        "id": 1,
        "topics": ["issue"],
        "where": {"min_score": 1.1},
    },
    "a subject that is no id": {"op": "viewing", "id": 1, "subject": "../etc"},
    "editing that is neither true nor false": {
        "op": "viewing",
        "id": 1,
        "subject": "tidal-grid",
        "editing": "yes",
    },
    "two thousand brackets": "[" * 2000,
}


@pytest.mark.parametrize("message", BAD.values(), ids=BAD)
async def test_what_cannot_be_understood_closes(desk: Desk, message: Any) -> None:
    text = message if isinstance(message, str) else json.dumps(message)
    async with talking(desk) as talker:
        await talker.socket.send(text)
        result = await refused(talker)

    assert result == ("bad_message", readable_id(message), 4400)


def readable_id(message: Any) -> int | None:
    """What the answer names: null when there is none, or none that could be one."""
    id_ = message.get("id") if isinstance(message, dict) else None
    return id_ if isinstance(id_, int) and 0 < id_ < 2**53 else None


@pytest.mark.parametrize("later", [5, 4])
async def test_an_id_that_does_not_grow_closes(desk: Desk, later: int) -> None:
    async with somebody_else(desk), talking(desk) as talker:
        await talker.socket.send(json.dumps({"op": "ping", "id": 5}))
        await talker.op("pong")
        await talker.socket.send(json.dumps({"op": "ping", "id": later}))
        result = await refused(talker)

    assert result == ("id_reused", later, 4409)


async def test_ids_may_leave_gaps(desk: Desk) -> None:
    async with talking(desk) as talker:
        for message_id in (1, 7, 2**53 - 1):
            await talker.socket.send(json.dumps({"op": "ping", "id": message_id}))
            assert (await talker.op("pong"))["id"] == message_id


async def test_a_message_of_64_kib_is_taken_and_a_larger_one_is_not(desk: Desk) -> None:
    async with somebody_else(desk), talking(desk) as talker:
        await talker.socket.send(json.dumps({"op": "ping", "id": 1}).ljust(65_536))
        pong = await talker.op("pong")
        await talker.socket.send(json.dumps({"op": "ping", "id": 2}).ljust(65_537))
        code = await talker.code()

    assert pong["id"] == 1
    assert code == 1009


async def test_a_message_in_many_frames_is_one_message(desk: Desk) -> None:
    async with talking(desk) as talker:
        await talker.socket.send(['{"op":"pi', 'ng","id', '":1}'])
        pong = await talker.op("pong")

    assert pong["id"] == 1


@pytest.mark.parametrize("protocol", [JSON, MSGPACK])
async def test_the_wrong_frame_type_closes(desk: Desk, protocol: str) -> None:
    message = {"op": "ping", "id": 1}
    async with talking(desk, protocol=protocol) as talker:
        text = json.dumps(message)
        await talker.socket.send(text.encode() if protocol == JSON else text)
        code = await talker.code()

    assert code == 1003


async def test_text_that_is_not_utf_8_closes(desk: Desk) -> None:
    async with somebody_else(desk), talking(desk) as talker:
        await talker.socket.send(b'{"op":"\xff\xfe"}', text=True)
        code = await talker.code()

    assert code == 1007


FRAMES = {
    "a reserved bit": b"\xc1\x80\x00\x00\x00\x00",
    "a reserved opcode": b"\x83\x80\x00\x00\x00\x00",
    "a continuation of nothing": b"\x80\x80\x00\x00\x00\x00",
    "a ping in parts": b"\x09\x80\x00\x00\x00\x00",
    "a ping of 126 bytes": b"\x89\xfe\x00\x7e" + bytes(4 + 126),
}


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b"\x81\x02{}", id="not masked"),
        *(pytest.param(frame, id=name) for name, frame in FRAMES.items()),
    ],
)
async def test_a_frame_that_breaks_rfc_6455_closes(desk: Desk, frame: bytes) -> None:
    async with somebody_else(desk), talking(desk) as talker:
        talker.socket.transport.write(frame)
        code = await talker.code()

    assert code == 1002


async def test_a_flood_closes(desk: Desk) -> None:
    async with somebody_else(desk), talking(desk) as talker:
        messages = [json.dumps({"op": "ping", "id": n}) for n in range(1, 200)]
        await asyncio.gather(*(talker.socket.send(one) for one in messages), return_exceptions=True)
        result = await refused(talker)

    assert result == ("too_many_messages", None, 4429)


class Nowhere:
    """A transport that takes everything and sends nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: False


async def test_a_client_that_answers_no_ping_is_closed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(desk) as (talker, hello):
        if hello["heartbeat_s"] > 5:
            pytest.skip(f"A heartbeat of {hello['heartbeat_s']} s is too long to wait for.")
        # Whatever it would send from now on, the answers to pings too, goes nowhere.
        monkeypatch.setattr(talker.socket, "transport", Nowhere())
        code = await talker.code()

    assert code == 4410


async def test_closing_is_answered_with_the_same_code(desk: Desk) -> None:
    async with talking(desk) as talker:
        await talker.follow("config")
        await talker.socket.close(1000, "done")

    assert talker.socket.close_code == 1000
