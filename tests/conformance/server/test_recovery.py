"""Coming back: from the ring, from the store, or not at all; never in part, twice or disordered."""

import asyncio
import random

import pytest

from tests.conformance.server.desk import TOPICS, Desk
from tests.conformance.server.speaking import (
    JSON,
    MSGPACK,
    Talker,
    connected,
    number,
    talking,
)

pytestmark = pytest.mark.xdist_group("conformance")
RECORDED = [topic for topic in TOPICS if topic != "presence"]


def assert_gapless(cursors: list[str], after: str) -> None:
    first = number(after) + 1
    assert [number(cursor) for cursor in cursors] == list(range(first, first + len(cursors)))


async def here(desk: Desk) -> str:
    """The cursor of now."""
    async with connected(desk) as (_, hello):
        return str(hello["head"])


async def has_reached(talker: Talker, cursor: str) -> list[str]:
    """Everything recorded up to at least this cursor."""
    if not talker.recorded or number(talker.recorded[-1]) < number(cursor):
        await talker.until(lambda message: message.get("id") == cursor)
    return talker.recorded


@pytest.mark.parametrize(("count", "source"), [(5, "ring"), (150, "store")])
async def test_every_event_after_a_cursor_follows(desk: Desk, count: int, source: str) -> None:
    since = await here(desk)
    await desk.happens(count)
    async with talking(desk) as talker:
        subscribed = await talker.ask("subscribe", topics=RECORDED, since=since)
        had = await has_reached(talker, subscribed["head"])

    assert (subscribed["was_recovering"], subscribed["recovered"]) == (True, True)
    assert subscribed["from"] == since
    assert len(had) >= count
    assert_gapless(had, since)
    assert "snapshot" not in [message["op"] for message in talker.control]


async def test_the_head_itself_is_recovered_and_brings_nothing_old(desk: Desk) -> None:
    since = await here(desk)
    async with talking(desk) as talker:
        subscribed = await talker.ask("subscribe", topics=["config"], since=since)
        await desk.happens()
        had = await talker.until_it_has(1)

    assert subscribed["recovered"] is True
    assert number(had[0]) > number(since)


async def test_a_snapshot_beside_a_recovery_comes_if_asked_for(desk: Desk) -> None:
    since = await here(desk)
    await desk.happens(3)
    async with talking(desk) as talker:
        subscribed = await talker.ask("subscribe", topics=["config"], since=since, snapshot=True)
        snapshot = await talker.op("snapshot")
        had = await talker.until_it_has(3)

    assert subscribed["recovered"] is True
    assert number(snapshot["at"]) >= number(had[2])


@pytest.mark.parametrize("kind", ["malformed", "foreign", "future", "huge", "empty", "latest"])
@pytest.mark.parametrize("wish", [None, False])
async def test_an_unknown_cursor_is_never_recovered(
    desk: Desk, kind: str, wish: bool | None
) -> None:
    head = await here(desk)
    epoch = head.rpartition("-")[0]
    since = {
        "malformed": "harbour",
        "foreign": f"0{epoch}-1",
        "future": f"{epoch}-{number(head) + 1_000_000}",
        "huge": f"{epoch}-{10**30}",
        "empty": "",
        "latest": "~b7-4",
    }[kind]
    asked = {"since": since} if wish is None else {"since": since, "snapshot": wish}
    async with talking(desk) as talker:
        subscribed = await talker.ask("subscribe", topics=["config"], **asked)
        snapshot = await talker.next()
        await desk.happens()
        had = await talker.until_it_has(1)

    assert (subscribed["was_recovering"], subscribed["recovered"]) == (True, False)
    assert (snapshot["op"], snapshot["at"]) == ("snapshot", subscribed["from"])
    assert number(had[0]) > number(snapshot["at"])


async def test_a_cursor_that_is_too_long_is_a_bad_message(desk: Desk) -> None:
    async with talking(desk) as talker:
        await talker.say("subscribe", topics=["config"], since="9" * 129)
        answer = await talker.op("error")
        code = await talker.code()

    assert (answer["code"], code) == ("bad_message", 4400)


async def test_one_connection_can_go_back_and_forth(desk: Desk) -> None:
    since = await here(desk)
    await desk.happens(4)
    async with talking(desk) as talker:
        for _ in range(3):
            subscribed = await talker.ask("subscribe", topics=RECORDED, since=since)
            talker.events.clear()  # what the subscription before this one still brought
            had = await has_reached(talker, subscribed["head"])
            assert_gapless(had, since)


async def test_followers_on_every_encoding_see_one_order(desk: Desk) -> None:
    since = await here(desk)
    async with (
        talking(desk, protocol=JSON) as one,
        talking(desk, protocol=MSGPACK) as other,
        desk.happening(80),
    ):
        for talker in (one, other):
            await talker.follow(*RECORDED, since=since)
        histories = await asyncio.gather(*(t.until_it_has(80) for t in (one, other)))

    assert histories[0][:80] == histories[1][:80]
    assert_gapless(histories[0], since)


@pytest.mark.parametrize("seed", range(3))
async def test_a_follower_that_keeps_leaving_misses_nothing(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    since = cursor = await here(desk)
    seen: list[str] = []
    async with desk.happening(60):
        while len(seen) < 60:
            async with talking(desk, protocol=chance.choice((JSON, MSGPACK))) as talker:
                await talker.ask("subscribe", topics=RECORDED, since=cursor)
                had = await talker.until_it_has(min(60 - len(seen), chance.randint(1, 15)))
            seen += had
            cursor = seen[-1]

    assert_gapless(seen, since)
