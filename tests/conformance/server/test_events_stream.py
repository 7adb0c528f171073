"""The same events as server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
import pytest

from tests.conformance.server.desk import TOPICS, Desk
from tests.conformance.server.speaking import PATIENCE_S, connected, is_recorded, number, talking

pytestmark = pytest.mark.xdist_group("conformance")
RECORDED = ",".join(topic for topic in TOPICS if topic != "presence")


class Block(NamedTuple):
    """What stands between two empty lines."""

    event: str
    id: str | None
    data: str
    is_comment: bool


class Stream:
    """A reader of the event-stream format, with the last id as a browser would keep it."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.headers = answer.headers
        self._content = answer.content
        self.last_id: str | None = None

    async def block(self) -> Block:
        lines: list[str] = []
        while (line := (await self._content.readuntil(b"\n")).decode().rstrip("\n")) or not lines:
            lines.append(line)
        fields = dict(part for one in lines if (part := one.split(": ", 1))[0] and len(part) == 2)
        if "id" in fields:
            self.last_id = fields["id"]
        is_comment = any(one.startswith(":") for one in lines)
        return Block(
            fields.get("event", "message"), fields.get("id"), fields.get("data", ""), is_comment
        )

    async def until(self, event: str) -> Block:
        async with asyncio.timeout(PATIENCE_S):
            while (block := await self.block()).event != event or not block.data:
                pass
        return block

    async def recorded(self, count: int) -> list[dict[str, Any]]:
        """So many recorded events; progress may come in between."""
        events: list[dict[str, Any]] = []
        while len(events) < count:
            event = json.loads((await self.until("message")).data)
            events += [event] if is_recorded(event) else []
        return events


@asynccontextmanager
async def streaming(desk: Desk, query: str, last_id: str | None = None) -> AsyncIterator[Stream]:
    headers = {"Authorization": f"Bearer {desk.token}"}
    if last_id is not None:
        headers["Last-Event-ID"] = last_id
    async with (
        aiohttp.ClientSession(read_bufsize=2**22) as http,
        http.get(f"{desk.url}/events?{query}", headers=headers) as answer,
    ):
        assert answer.status == 200, await answer.text()
        yield Stream(answer)


async def here(desk: Desk) -> str:
    async with connected(desk) as (_, hello):
        return str(hello["head"])


async def test_it_is_a_stream_that_proxies_let_through(desk: Desk) -> None:
    async with streaming(desk, "topics=config") as stream:
        first = await stream.block()

    assert stream.headers["Content-Type"].startswith("text/event-stream")
    assert stream.headers["X-Accel-Buffering"] == "no"
    assert "no-store" in stream.headers["Cache-Control"]
    assert first.is_comment


async def test_subscribed_then_a_snapshot_then_events(desk: Desk) -> None:
    async with streaming(desk, "topics=config") as stream:
        subscribed = json.loads((await stream.until("subscribed")).data)
        snapshot = await stream.until("snapshot")
        await desk.happens()
        (event,) = await stream.recorded(1)

    assert set(subscribed) == {"topics", "from", "head", "was_recovering", "recovered"}
    assert (subscribed["was_recovering"], subscribed["recovered"]) == (False, False)
    assert snapshot.id == subscribed["from"] == json.loads(snapshot.data)["at"]
    assert event["type"] == "config.changed"
    assert stream.last_id == event["id"]


async def test_an_event_is_the_same_on_both_transports(desk: Desk) -> None:
    async with talking(desk) as talker, streaming(desk, "topics=config") as stream:
        await talker.follow("config")
        await stream.until("snapshot")
        await desk.happens(2)
        await talker.until_it_has(2)
        streamed = await stream.recorded(2)

    assert streamed == talker.events


@pytest.mark.parametrize("way", ["header", "address", "both"])
async def test_it_resumes_after_a_cursor(desk: Desk, way: str) -> None:
    since = await here(desk)
    await desk.happens(4)
    query = f"topics={RECORDED}" + ("" if way == "header" else f"&since={since}")
    if way == "both":  # the header is newer than the address that a page was opened with
        query = f"topics={RECORDED}&since=harbour"
    async with streaming(desk, query, None if way == "address" else since) as stream:
        subscribed = json.loads((await stream.until("subscribed")).data)
        events = await stream.recorded(4)

    assert (subscribed["was_recovering"], subscribed["recovered"]) == (True, True)
    assert subscribed["from"] == since
    assert [number(e["id"]) for e in events] == [number(since) + n for n in range(1, 5)]


async def test_an_unknown_cursor_begins_with_a_snapshot(desk: Desk) -> None:
    async with streaming(desk, "topics=config", "harbour-1") as stream:
        subscribed = json.loads((await stream.until("subscribed")).data)
        snapshot = await stream.block()

    assert (subscribed["was_recovering"], subscribed["recovered"]) == (True, False)
    assert snapshot.event == "snapshot"


async def test_a_latest_value_event_has_no_id_line(desk: Desk) -> None:
    async with talking(desk) as viewer, streaming(desk, "topics=presence") as stream:
        await stream.until("snapshot")
        await viewer.ask("viewing", subject="harbour-levy")
        message = await stream.until("message")

    assert json.loads(message.data)["id"].startswith("~")
    assert message.id is None


async def test_a_heartbeat_moves_the_last_id_and_dispatches_nothing(desk: Desk) -> None:
    async with connected(desk) as (_, hello):
        if hello["heartbeat_s"] > 15:
            pytest.skip(f"A heartbeat of {hello['heartbeat_s']} s is too long to wait for.")
    async with streaming(desk, "topics=edition") as stream:
        await stream.until("snapshot")
        before = stream.last_id
        await desk.happens()
        async with asyncio.timeout(PATIENCE_S):
            while stream.last_id == before:
                beat = await stream.block()

    assert beat.is_comment
    assert beat.data == ""
    assert number(stream.last_id or "") > number(before or "")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("topics=", 400),
        ("topics=weather", 400),
        ("topics=issue&colour=green", 400),
        ("topics=issue&min_score=2", 400),
        ("topics=issue&min_score=high", 400),
    ],
)
async def test_what_is_wrong_is_said_before_the_stream_begins(
    desk: Desk, query: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {desk.token}"}
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{desk.url}/events?{query}", headers=headers) as answer,
    ):
        envelope = await answer.json()

    assert answer.status == status
    assert (envelope["success"], bool(envelope["error"])) == (False, True)


async def test_a_private_topic_is_not_for_everybody(desk: Desk) -> None:
    guest = await desk.token_for("viewer")
    headers = {"Authorization": f"Bearer {guest['token']}"}
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{desk.url}/events?topics=access", headers=headers) as answer,
    ):
        assert answer.status == 403


async def test_filters_narrow_as_on_the_socket(desk: Desk) -> None:
    query = "topics=issue&min_score=0.6&quadrant=Risk,Policy&quadrant=Industry"
    async with streaming(desk, query) as stream:
        snapshot = json.loads((await stream.until("snapshot")).data)

    issues = snapshot["issues"]
    assert all(issue["score"] >= 0.6 for issue in issues)
    assert {issue["quadrant"] for issue in issues} <= {"Risk", "Policy", "Industry"}


async def test_leaving_again_and_again_misses_nothing(desk: Desk) -> None:
    since = last = await here(desk)
    seen: list[int] = []
    async with desk.happening(40):
        while len(seen) < 40:
            async with streaming(desk, f"topics={RECORDED}", last) as stream:
                events = await stream.recorded(min(7, 40 - len(seen)))
                seen += [number(event["id"]) for event in events]
                last = stream.last_id or last

    assert seen == list(range(number(since) + 1, number(since) + 1 + len(seen)))
