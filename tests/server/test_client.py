"""Following a server from Python, over real sockets and through restarts."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from engine.settings import Settings
from server import keys
from server.client import Event, Follower, FollowRefused, Snapshot, follow
from tests.server.live.fakes import READER, FakeDesk, an_event, an_issue
from tests.server.live.serving import serving


class Naps:
    """Sleeps not at all, and remembers for how long it should have."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0.01)


async def take(follower: Follower, count: int) -> list[Event | Snapshot]:
    async with asyncio.timeout(10):
        return [await anext(follower.__aiter__()) for _ in range(count)]


def ids(messages: list[Event | Snapshot]) -> list[str]:
    return [message.id for message in messages if isinstance(message, Event)]


async def test_a_snapshot_comes_first_and_events_follow() -> None:
    desk = FakeDesk()
    desk.rows = (an_issue(),)
    async with serving(desk, READER) as served, follow(served.url, topics=["issue"]) as follower:
        (snapshot,) = await take(follower, 1)
        desk.log.commit(an_event())
        (event,) = await take(follower, 1)
        state, cursor = follower.state, follower.cursor

    assert isinstance(snapshot, Snapshot)
    assert snapshot.at == "e1-0"
    assert isinstance(event, Event)
    assert (event.id, event.type, event.topic) == ("e1-1", "issue.added", "issue")
    assert (state, cursor) == ("following", "e1-1")
    assert follower.state == "closed"


async def test_a_restart_loses_nothing_and_doubles_nothing() -> None:
    desk = FakeDesk()
    naps = Naps()
    async with follow_through_restarts(desk, naps) as (follower, restart):
        await take(follower, 1)
        seen: list[str] = []
        for _ in range(3):
            desk.log.commit(an_event(), an_event())
            seen += ids(await take(follower, 2))
            await restart()
        desk.log.commit(an_event())
        (last,) = await take(follower, 1)

    assert seen == [f"e1-{n}" for n in range(1, 7)]
    assert isinstance(last, Event)
    assert last.id == "e1-7"
    assert follower.reconnects >= 3


@asynccontextmanager
async def follow_through_restarts(
    desk: FakeDesk, naps: Naps
) -> AsyncIterator[tuple[Follower, Callable[[], Any]]]:
    """A follower, and a way to restart its server on the same port with events in between."""
    first = serving(desk, READER)
    served = await first.__aenter__()
    port = int(served.url.rpartition(":")[2])
    running = [first]

    async def restart() -> None:
        await running.pop().__aexit__(None, None, None)
        running.append(serving(desk, READER, port=port))
        await running[0].__aenter__()

    try:
        async with follow(served.url, topics=["issue"], sleep=naps) as follower:
            yield follower, restart
    finally:
        await running.pop().__aexit__(None, None, None)


async def test_a_goodbye_says_how_long_to_wait() -> None:
    desk = FakeDesk()
    naps = Naps()
    async with follow_through_restarts(desk, naps) as (follower, restart):
        await take(follower, 1)
        waiting = asyncio.create_task(take(follower, 1))
        await restart()
        desk.log.commit(an_event())
        await waiting

    assert 0.1 <= naps.seconds[0] <= 3.0


async def test_events_while_away_are_caught_up_from_the_cursor() -> None:
    desk = FakeDesk()
    desk.log.commit(*(an_event() for _ in range(5)))
    async with (
        serving(desk, READER) as served,
        follow(served.url, topics=["issue"], since="e1-2") as follower,
    ):
        events = await take(follower, 3)

    assert ids(events) == ["e1-3", "e1-4", "e1-5"]


async def test_a_cursor_the_log_no_longer_reaches_brings_a_snapshot() -> None:
    desk = FakeDesk()
    desk.log.commit(an_event())
    async with (
        serving(desk, READER) as served,
        follow(served.url, topics=["issue"], since="e0-99") as follower,
    ):
        (snapshot,) = await take(follower, 1)
        cursor = follower.cursor

    assert isinstance(snapshot, Snapshot)
    assert cursor == "e1-1"


async def test_the_filter_is_passed_on_and_positions_move_the_cursor() -> None:
    desk = FakeDesk()
    settings = Settings(heartbeat_s=0.1)
    async with (
        serving(desk, READER, settings) as served,
        follow(
            served.url, topics=["issue"], where={"quadrant": ["Risk"]}, snapshot=False
        ) as follower,
    ):
        taking = asyncio.create_task(take(follower, 1))
        await until(lambda: follower.cursor == "e1-0")
        desk.log.commit(an_event(quadrant="Policy"))
        await until(lambda: follower.cursor == "e1-1")
        desk.log.commit(an_event(quadrant="Risk"))
        (event,) = await taking

    assert isinstance(event, Event)
    assert event.id == "e1-2"


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - the other side is not ours to signal from
            await asyncio.sleep(0.01)


async def test_a_server_that_is_not_there_yet_is_waited_for() -> None:
    desk = FakeDesk()
    naps = Naps()
    async with serving(desk, READER) as served:
        port = int(served.url.rpartition(":")[2])
    async with follow(f"http://127.0.0.1:{port}", topics=["issue"], sleep=naps) as follower:
        taking = asyncio.create_task(take(follower, 1))
        await until(lambda: len(naps.seconds) >= 4)
        async with serving(desk, READER, port=port):
            await taking

    assert 0.25 <= naps.seconds[0] <= 0.5
    assert 2.0 <= naps.seconds[3] <= 4.0


async def test_a_full_server_is_waited_for_as_long_as_it_says() -> None:
    naps = Naps()
    async with (
        serving(FakeDesk(), READER, Settings(max_connections=10), count=11) as served,
        follow(served.url, topics=["issue"], sleep=naps) as follower,
    ):
        taking = asyncio.create_task(take(follower, 1))
        await until(lambda: len(naps.seconds) >= 1)
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)

    assert naps.seconds[0] >= 5


async def test_no_token_where_one_is_needed_is_refused_for_good() -> None:
    async with serving(FakeDesk()) as served, follow(served.url, topics=["issue"]) as follower:
        with pytest.raises(FollowRefused) as refused:
            await take(follower, 1)

    assert refused.value.code == "not_authenticated"


async def test_a_token_goes_into_the_header() -> None:
    desk = FakeDesk()
    async with (
        serving(desk, READER) as served,
        follow(served.url, topics=["issue"], token="reader") as follower,
    ):
        await take(follower, 1)
        desk.access.tokens.clear()
        await served.app[keys.LIVE].rights.check()
        with pytest.raises(FollowRefused) as refused:
            await take(follower, 1)

    assert refused.value.code == "not_authenticated"


@pytest.mark.parametrize("url", ["127.0.0.1:8787", "ftp://desk.example", "a desk", ""])
async def test_what_is_no_address_is_refused_for_good(url: str) -> None:
    async def never(_seconds: float) -> None:
        pytest.fail("It tries again.")

    async with follow(url, topics=["issue"], sleep=never) as follower:
        with pytest.raises(FollowRefused, match=rf"^'{url}' is no http\(s\) address") as refused:
            await anext(aiter(follower))

    assert refused.value.code == "bad_address"


def test_topics_in_one_text_are_no_list_of_topics() -> None:
    with pytest.raises(TypeError, match=r"\['issue'\], not 'issue'"):
        follow("http://desk.example", topics="issue")


async def test_a_topic_that_does_not_exist_is_refused_for_good() -> None:
    async with (
        serving(FakeDesk(), READER) as served,
        follow(served.url, topics=["weather"]) as follower,
    ):
        with pytest.raises(FollowRefused, match="weather"):
            await take(follower, 1)


async def test_an_address_without_a_desk_is_refused_for_good() -> None:
    async with (
        serving(FakeDesk(), READER) as served,
        follow(f"{served.url}/elsewhere", topics=["issue"]) as follower,
    ):
        with pytest.raises(FollowRefused) as refused:
            await take(follower, 1)

    assert refused.value.code == "http_404"
    assert str(refused.value) == "There is no desk at this address (404)."


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "The desk does not know this token: it is wrong, expired or revoked (401)."),
        (403, "The desk does not let this token, or a page from here, follow it (403)."),
        (426, "The server answered 426."),
    ],
)
async def test_a_refused_handshake_says_what_its_status_means(status: int, says: str) -> None:
    async def refuses(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/ws", refuses)
    async with (
        TestServer(app) as server,
        follow(str(server.make_url("/")), topics=["issue"]) as follower,
    ):
        with pytest.raises(FollowRefused) as refused:
            await take(follower, 1)

    assert (refused.value.code, str(refused.value)) == (f"http_{status}", says)


# -- against a server that misbehaves ------------------------------------------------------------

Script = Callable[[web.WebSocketResponse, dict[str, Any]], Any]
HELLO = {"op": "hello", "heartbeat_s": 25, "auth": "ok"}
SUBSCRIBED = {"op": "subscribed", "recovered": False, "from": "e1-0"}
EVENT = {"type": "issue.added", "subject": "a", "time": "", "topic": "issue", "data": {}}


@asynccontextmanager
async def scripted(*scripts: Script) -> AsyncIterator[str]:
    """A server that plays one script a connection."""
    left = list(scripts)

    async def handler(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(json.dumps(HELLO))
        asked = await socket.receive_json()
        await left.pop(0)(socket, asked)
        return socket

    app = web.Application()
    app.router.add_get("/ws", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address: Any = runner.addresses[0]
        yield f"http://127.0.0.1:{address[1]}"
    finally:
        await runner.cleanup()


async def send(socket: web.WebSocketResponse, *messages: dict[str, Any]) -> None:
    for message in messages:
        await socket.send_str(json.dumps(message))


async def test_an_event_that_comes_twice_is_shown_once() -> None:
    async def doubles(socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        first, second = {"id": "e1-1", **EVENT}, {"id": "e1-2", **EVENT}
        await send(socket, SUBSCRIBED, {"op": "snapshot", "at": "e1-0", "data": {}})
        await send(socket, first, first, second, first, {"op": "of a later version"})
        await send(socket, {"id": "~b-1", **EVENT}, {"id": "~b-1", **EVENT})
        await socket.receive()

    async with scripted(doubles) as url, follow(url, topics=["issue"]) as follower:
        messages = await take(follower, 5)

    assert ids(messages) == ["e1-1", "e1-2", "~b-1", "~b-1"]


async def test_a_line_lost_before_its_snapshot_asks_for_it_again() -> None:
    asks: list[dict[str, Any]] = []

    async def breaks_off(socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        asks.append(asked)
        await send(socket, SUBSCRIBED)
        await socket.close(code=1012)

    async def goes_on(socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        asks.append(asked)
        await send(socket, SUBSCRIBED, {"op": "snapshot", "at": "e1-5", "data": {}})
        await socket.receive()

    naps = Naps()
    async with (
        scripted(breaks_off, goes_on) as url,
        follow(url, topics=["issue"], sleep=naps) as follower,
    ):
        await take(follower, 1)

    assert ["since" in asked for asked in asks] == [False, False]
    assert follower.cursor == "e1-5"
    assert naps.seconds[0] <= 0.1


async def test_a_bad_message_tells_its_reason() -> None:
    async def refuses(socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await send(socket, {"op": "error", "id": None, "code": "bad_message", "message": "No."})
        await socket.close(code=4400)

    async with scripted(refuses) as url, follow(url, topics=["issue"]) as follower:
        with pytest.raises(FollowRefused, match="No") as refused:
            await take(follower, 1)

    assert refused.value.code == "bad_message"


async def test_a_line_that_falls_silent_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HELLO, "heartbeat_s", 0.02)

    async def is_silent(socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await socket.receive()

    async def speaks(socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        await send(socket, SUBSCRIBED, {"op": "snapshot", "at": "e1-5", "data": {}})
        await socket.receive()

    async with (
        scripted(is_silent, speaks) as url,
        follow(url, topics=["issue"], sleep=Naps()) as follower,
    ):
        (snapshot,) = await take(follower, 1)

    assert isinstance(snapshot, Snapshot)
    assert follower.reconnects == 1


async def test_leaving_early_closes_the_socket() -> None:
    async with serving(FakeDesk(), READER) as served:
        async with aclosing(follow(served.url, topics=["issue"])) as follower:
            async for _ in follower:
                break
        await until(lambda: len(served.app[keys.HUB]) == 0)

    assert follower.state == "closed"
