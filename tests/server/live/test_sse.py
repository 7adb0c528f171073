"""``GET /events`` over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import ClientResponse, ClientSession

from engine.events.event import Facets
from engine.settings import Settings
from server import keys
from server.live.channel import say_goodbye
from tests.server.live.fakes import READER, FakeDesk, a_change, an_event, an_issue, viewers_of
from tests.server.live.serving import Served, serving


class Message:
    """One SSE message: its fields, the last of each name."""

    def __init__(self, text: str) -> None:
        lines = [line for line in text.split("\n") if line and not line.startswith(":")]
        self.fields = dict(line.split(": ", 1) for line in lines)

    @property
    def event(self) -> str | None:
        return self.fields.get("event")

    @property
    def id(self) -> str | None:
        return self.fields.get("id")

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.fields["data"])


async def messages(response: ClientResponse) -> AsyncIterator[Message]:
    """Messages as they come; comments and padding are passed over."""
    buffer = b""
    async for piece in response.content.iter_any():
        buffer += piece
        while b"\n\n" in buffer:
            text, buffer = buffer.split(b"\n\n", 1)
            message = Message(text.decode())
            if message.fields:
                yield message


async def take(stream: AsyncIterator[Message], count: int) -> list[Message]:
    async with asyncio.timeout(5):
        return [await anext(stream) for _ in range(count)]


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
async def served(desk: FakeDesk) -> AsyncIterator[Served]:
    async with serving(desk, READER) as served:
        yield served


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as http:
        yield http


async def test_a_stream_opens_with_a_snapshot_and_goes_on_with_events(
    desk: FakeDesk, served: Served, http: ClientSession
) -> None:
    desk.rows = (an_issue(),)
    desk.log.commit(an_event())
    async with http.get(f"{served.url}/events?topics=issue") as response:
        stream = messages(response)
        retry, subscribed, snapshot = await take(stream, 3)
        desk.log.commit(an_event(), an_event())
        events = await take(stream, 2)

    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert response.headers["X-Accel-Buffering"] == "no"
    assert retry.fields == {"retry": "1000"}
    assert subscribed.event == "subscribed"
    assert subscribed.json["recovered"] is False
    assert (snapshot.event, snapshot.id) == ("snapshot", "e1-1")
    assert [row["id"] for row in snapshot.json["issues"]] == ["harbour-levy"]
    assert [(event.event, event.id) for event in events] == [(None, "e1-2"), (None, "e1-3")]
    assert events[0].json["id"] == "e1-2"


async def test_last_event_id_resumes_without_a_snapshot(
    desk: FakeDesk, served: Served, http: ClientSession
) -> None:
    desk.log.commit(*(an_event() for _ in range(4)))
    headers = {"Last-Event-ID": "e1-2"}
    async with http.get(
        f"{served.url}/events?topics=issue&since=e1-1", headers=headers
    ) as response:
        _, subscribed, *events = await take(messages(response), 4)

    assert subscribed.json["recovered"] is True
    assert [event.id for event in events] == ["e1-3", "e1-4"]


async def test_a_foreign_cursor_brings_a_snapshot(
    desk: FakeDesk, served: Served, http: ClientSession
) -> None:
    async with http.get(f"{served.url}/events?topics=issue&since=e9-1") as response:
        _, subscribed, snapshot = await take(messages(response), 3)

    assert subscribed.json["was_recovering"] is True
    assert subscribed.json["recovered"] is False
    assert snapshot.event == "snapshot"


async def test_the_query_narrows(desk: FakeDesk, served: Served, http: ClientSession) -> None:
    query = "topics=issue,presence&quadrant=Risk&min_score=0.5&subject=harbour-levy,other"
    async with http.get(f"{served.url}/events?{query}") as response:
        stream = messages(response)
        await take(stream, 3)
        desk.log.commit(an_event(quadrant="Policy"), an_event("tidal-grid", "Risk", 0.9))
        desk.log.commit(an_event(quadrant="Risk", score=0.4), a_change(Facets("Risk", 0.9)))
        (event,) = await take(stream, 1)

    assert event.id == "e1-4"


async def test_latest_values_have_no_id(
    desk: FakeDesk, served: Served, http: ClientSession
) -> None:
    async with http.get(f"{served.url}/events?topics=presence") as response:
        stream = messages(response)
        await take(stream, 3)
        desk.log.publish(viewers_of("harbour-levy", "Ana"))
        (event,) = await take(stream, 1)

    assert event.id is None
    assert event.json["data"]["viewers"] == ["Ana"]


async def test_a_heartbeat_moves_the_last_event_id(desk: FakeDesk, http: ClientSession) -> None:
    settings = Settings(heartbeat_s=0.05)
    async with (
        serving(desk, READER, settings) as served,
        http.get(f"{served.url}/events?topics=review") as response,
    ):
        stream = messages(response)
        await take(stream, 3)
        desk.log.commit(an_event())
        (beat,) = await take(stream, 1)

    assert beat.fields == {"id": "e1-1"}


async def test_an_http_1_0_proxy_gets_a_stream_without_chunks(
    desk: FakeDesk, served: Served
) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /events?topics=issue&since=e1-0 HTTP/1.0\r\nHost: desk.example\r\n\r\n")
    async with asyncio.timeout(5):
        head = await reader.readuntil(b"\r\n\r\n")
        padding = await reader.readuntil(b"\n\n")
        await reader.readuntil(b"event: subscribed\n")
        await reader.readuntil(b"\n\n")
        desk.log.commit(an_event())
        event = await reader.readuntil(b"\n\n")
    writer.close()

    assert b"chunked" not in head
    assert len(padding) > 2048
    assert event.startswith(b"id: e1-1\ndata: {")


async def test_a_restart_says_when_to_come_back_and_ends_the_stream(
    desk: FakeDesk, served: Served, http: ClientSession
) -> None:
    async with http.get(f"{served.url}/events?topics=issue") as response:
        stream = messages(response)
        await take(stream, 3)
        cleaning = asyncio.create_task(say_goodbye(served.app))
        rest = [message async for message in stream]
        await cleaning

    assert 100 <= int(rest[0].fields["retry"]) <= 3000


async def test_a_client_that_left_is_noticed(
    desk: FakeDesk, served: Served, http: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.live.sse.LOOK_EVERY_S", 0.01)
    async with http.get(f"{served.url}/events?topics=issue") as response:
        await take(messages(response), 3)
        following = len(served.app[keys.HUB])
    await http.close()
    async with asyncio.timeout(5):
        while len(served.app[keys.HUB]):  # noqa: ASYNC110 - the server's to notice
            await asyncio.sleep(0.01)

    assert following == 1


async def test_a_right_that_is_withdrawn_ends_the_stream(desk: FakeDesk) -> None:
    headers = {"Authorization": "Bearer reader"}
    async with (
        serving(desk, READER) as served,
        ClientSession(headers=headers) as http,
        http.get(f"{served.url}/events?topics=issue") as response,
    ):
        stream = messages(response)
        await take(stream, 3)
        await served.app[keys.LIVE].rights.check()
        desk.access.tokens.clear()
        await served.app[keys.LIVE].rights.check()
        async with asyncio.timeout(5):
            rest = [message async for message in stream]

    assert rest == []


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ("", 400, "topics"),
        ("topics=weather", 400, "weather"),
        ("topics=access", 403, "admins"),
        ("topics=issue&min_score=high", 400, "min_score"),
        ("topics=issue&min_score=2", 400, "min_score"),
        ("topics=issue&colour=red", 400, "colour"),
        ("topics=issue&quadrant=", 400, "quadrant"),
        ("topics=issue&since=e1-1&since=e1-2", 400, "Query parameter 'since' is given twice."),
        ("topics=issue&quadrant=Weather", 400, "There is no quadrant 'Weather': known are Policy"),
        (
            "topics=issue&min_score=2",
            400,
            "Query parameter 'min_score' must be a number of at most 1.",
        ),
    ],
)
async def test_a_bad_query_is_answered_before_the_stream(
    served: Served, http: ClientSession, query: str, status: int, word: str
) -> None:
    async with http.get(f"{served.url}/events?{query}") as response:
        text = await response.text()

    assert response.status == status
    assert word in text


async def test_nobody_is_asked_to_sign_in(desk: FakeDesk, http: ClientSession) -> None:
    async with (
        serving(desk) as served,
        http.get(f"{served.url}/events?topics=issue") as response,
    ):
        status = response.status

    assert status == 401


async def test_a_full_server_says_when_to_come_back(desk: FakeDesk, http: ClientSession) -> None:
    async with (
        serving(desk, READER, Settings(max_connections=10), count=11) as served,
        http.get(f"{served.url}/events?topics=issue") as response,
    ):
        answer = response

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"


async def test_a_server_that_leaves_takes_nobody_in(
    desk: FakeDesk, served: Served, http: ClientSession
) -> None:
    served.app[keys.HUB].is_leaving = True

    async with http.get(f"{served.url}/events?topics=issue") as response:
        status = response.status

    assert status == 503
