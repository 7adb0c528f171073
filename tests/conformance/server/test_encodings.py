"""msgpack says what JSON says."""

import pytest

from tests.conformance.server.desk import Desk
from tests.conformance.server.speaking import JSON, MSGPACK, talking

pytestmark = pytest.mark.xdist_group("conformance")


async def test_an_event_is_the_same_object_in_both(desk: Desk) -> None:
    async with talking(desk, protocol=JSON) as one, talking(desk, protocol=MSGPACK) as other:
        for talker in (one, other):
            await talker.follow("config")
        await desk.happens(3)
        for talker in (one, other):
            await talker.until_it_has(3)

    assert one.events == other.events


async def test_a_snapshot_is_the_same_object_in_both(desk: Desk) -> None:
    snapshots = []
    for protocol in (JSON, MSGPACK):
        async with talking(desk, protocol=protocol) as talker:
            await talker.ask("subscribe", topics=["config"])
            snapshots.append((await talker.op("snapshot"))["data"]["config"])

    assert snapshots[0] == snapshots[1]


async def test_errors_close_in_the_same_way(desk: Desk) -> None:
    async with talking(desk, protocol=MSGPACK) as talker:
        await talker.socket.send(b"\xc1")
        error = await talker.op("error")
        code = await talker.code()

    assert (error["code"], code) == ("bad_message", 4400)
