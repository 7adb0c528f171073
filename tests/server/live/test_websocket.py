"""``GET /ws`` over a real socket: aiohttp's client and an independent one, ``websockets``."""

import asyncio
import json
from typing import Any

import msgspec
import pytest
import websockets
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError
from websockets.asyncio.client import ClientConnection, connect

from engine.model import Principal
from engine.settings import Settings
from server import keys
from server.live.channel import say_goodbye
from tests.server.live.fakes import ADMIN, READER, FakeDesk, an_event, an_issue
from tests.server.live.serving import serving, until

pytestmark = pytest.mark.usefixtures("path")


async def say(socket: ClientConnection, **message: object) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(socket.recv(), 5))


async def closing(socket: ClientConnection) -> tuple[int | None, str | None]:
    """Read on until the server closes; its code and reason."""
    try:
        while True:
            await asyncio.wait_for(socket.recv(), 5)
    except websockets.ConnectionClosed:
        return socket.close_code, socket.close_reason


async def test_a_follower_gets_hello_a_snapshot_and_every_event_after_it() -> None:
    desk = FakeDesk()
    desk.rows = (an_issue(),)
    desk.log.commit(an_event())
    async with serving(desk, READER) as served, connect(served.ws) as socket:
        hello = await hear(socket)
        await say(socket, op="subscribe", id=1, topics=["issue"])
        subscribed, snapshot = await hear(socket), await hear(socket)
        desk.log.commit(an_event(), an_event())
        events = [await hear(socket), await hear(socket)]

    assert hello["op"] == "hello"
    assert hello["auth"] == "ok"
    assert subscribed == {
        "op": "subscribed",
        "id": 1,
        "topics": ["issue"],
        "from": "e1-1",
        "head": "e1-1",
        "was_recovering": False,
        "recovered": False,
    }
    assert snapshot["at"] == "e1-1"
    assert [row["id"] for row in snapshot["data"]["issues"]] == ["harbour-levy"]
    assert [event["id"] for event in events] == ["e1-2", "e1-3"]
    assert events[0]["type"] == "issue.added"


async def test_a_client_resumes_where_it_left_off() -> None:
    desk = FakeDesk()
    desk.log.commit(*(an_event() for _ in range(5)))
    async with serving(desk, READER) as served, connect(served.ws) as socket:
        await hear(socket)
        await say(socket, op="subscribe", id=1, topics=["issue"], since="e1-2")
        subscribed = await hear(socket)
        events = [await hear(socket) for _ in range(3)]

    assert subscribed["recovered"] is True
    assert [event["id"] for event in events] == ["e1-3", "e1-4", "e1-5"]


async def test_events_speak_msgpack_when_asked() -> None:
    desk = FakeDesk()
    async with (
        serving(desk, READER) as served,
        ClientSession() as client,
        client.ws_connect(served.ws, protocols=["wireroom.v1.msgpack"]) as socket,
    ):
        hello = msgspec.msgpack.decode(await socket.receive_bytes(timeout=5))
        asked = {"op": "subscribe", "id": 1, "topics": ["issue"], "snapshot": False}
        await socket.send_bytes(msgspec.msgpack.encode(asked))
        subscribed = msgspec.msgpack.decode(await socket.receive_bytes(timeout=5))
        desk.log.commit(an_event())
        event = msgspec.msgpack.decode(await socket.receive_bytes(timeout=5))

    assert socket.protocol == "wireroom.v1.msgpack"
    assert hello["op"] == "hello"
    assert subscribed["op"] == "subscribed"
    assert event["data"]["issue"]["id"] == "harbour-levy"


async def test_a_token_in_the_first_message_authenticates() -> None:
    async with serving(FakeDesk()) as served, connect(served.ws) as socket:
        hello = await hear(socket)
        await say(socket, op="auth", id=1, token="reader")
        answer = await hear(socket)

    assert hello["auth"] == "required"
    assert hello["principal"] is None
    assert answer == {"op": "ok", "id": 1}


@pytest.mark.parametrize("credential", [{"token": "stolen"}, {"ticket": "never-issued"}])
async def test_a_credential_nobody_holds_closes_with_4401(credential: dict[str, str]) -> None:
    async with serving(FakeDesk()) as served, connect(served.ws) as socket:
        await hear(socket)
        await say(socket, op="auth", id=1, **credential)
        answer = await hear(socket)
        code, reason = await closing(socket)

    assert answer["code"] == "not_authenticated"
    assert (code, reason) == (4401, "This credential is not valid.")


async def test_a_ticket_lets_one_stream_in_and_no_second() -> None:
    desk = FakeDesk()
    desk.tickets.known["t1"] = READER
    async with serving(desk) as served, connect(served.ws) as first, connect(served.ws) as second:
        for socket in (first, second):
            await hear(socket)
            await say(socket, op="auth", id=1, ticket="t1")
        answers = [await hear(first), await hear(second)]

    assert answers[0] == {"op": "ok", "id": 1}
    assert answers[1]["code"] == "not_authenticated"


async def test_a_stream_let_in_by_a_ticket_ends_with_what_the_ticket_came_from() -> None:
    desk = FakeDesk()
    desk.tickets.known["t1"] = READER
    async with serving(desk) as served, connect(served.ws) as socket:
        await hear(socket)
        await say(socket, op="auth", id=1, ticket="t1")
        await hear(socket)
        desk.access.sessions.clear()
        await served.app[keys.LIVE].rights.check()
        code, _ = await closing(socket)

    assert code == 4401


async def test_a_message_over_the_limit_closes_with_1009() -> None:
    async with serving(FakeDesk(), READER) as served, connect(served.ws) as socket:
        await hear(socket)
        await socket.send("x" * 70_000)
        code, _ = await closing(socket)

    assert code == 1009


@pytest.mark.parametrize("text", ["{", "[" * 2_000, '{"op":"dance","id":1}', "\x00", '""'])
async def test_what_cannot_be_understood_is_answered_and_closed_with_4400(text: str) -> None:
    async with serving(FakeDesk(), READER) as served, connect(served.ws) as socket:
        await hear(socket)
        await socket.send(text)
        answer = await hear(socket)
        code, _ = await closing(socket)

    assert answer["code"] == "bad_message"
    assert code == 4400


async def test_a_peers_ping_is_answered() -> None:
    async with serving(FakeDesk(), READER) as served, connect(served.ws) as socket:
        pong = await socket.ping("are you there")

        await asyncio.wait_for(pong, 5)


async def test_a_ping_flood_is_closed_with_4429() -> None:
    async with serving(FakeDesk(), READER) as served, connect(served.ws) as socket:
        await hear(socket)
        for _ in range(100):
            await socket.ping()
        code, _ = await closing(socket)

    assert code == 4429


async def test_too_many_connections_are_refused_before_the_upgrade() -> None:
    settings = Settings(max_connections=10)
    async with serving(FakeDesk(), READER, settings, count=11) as served, ClientSession() as client:
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.ws_connect(served.ws)

    assert refused.value.status == 503
    assert refused.value.headers is not None
    assert refused.value.headers["Retry-After"] == "5"


@pytest.mark.parametrize("path", ["/ws", "/events"])
async def test_a_stream_that_opens_too_soon_after_another_is_refused(path: str) -> None:
    settings = Settings(stream_burst=1, stream_rate=1)
    async with (
        serving(FakeDesk(), READER, settings) as served,
        ClientSession() as client,
        client.ws_connect(served.ws),
        client.get(f"{served.url}{path}") as refused,
    ):
        assert (refused.status, refused.headers["Retry-After"]) == (503, "5")


async def test_a_restart_says_goodbye_and_closes_with_1012() -> None:
    async with serving(FakeDesk(), READER) as served, connect(served.ws) as socket:
        await hear(socket)
        cleaning = asyncio.create_task(say_goodbye(served.app))
        goodbye = await hear(socket)
        code, _ = await closing(socket)
        await cleaning

    assert goodbye["op"] == "goodbye"
    assert goodbye["reconnect_ms"] == [100, 3000]
    assert code == 1012


async def test_a_server_torn_down_without_ceremony_still_says_goodbye() -> None:
    served_here = serving(FakeDesk(), READER, ceremony=False)
    served = await served_here.__aenter__()
    async with connect(served.ws) as socket:
        await hear(socket)
        leaving = asyncio.create_task(served_here.__aexit__(None, None, None))
        goodbye = await hear(socket)
        code, _ = await closing(socket)
        await leaving

    assert goodbye["op"] == "goodbye"
    assert code == 1012


async def test_a_right_that_is_withdrawn_ends_the_stream() -> None:
    desk = FakeDesk()
    async with serving(desk) as served, connect(served.ws) as socket:
        await hear(socket)
        await say(socket, op="auth", id=1, token="admin")
        await say(socket, op="subscribe", id=2, topics=["access"], snapshot=False)
        await hear(socket)
        await hear(socket)
        desk.access.tokens["admin"] = READER
        await served.app[keys.LIVE].rights.check()
        code, _ = await closing(socket)

    assert code == 4403


async def test_a_revoked_token_ends_the_stream() -> None:
    desk = FakeDesk()
    async with serving(desk) as served, connect(served.ws) as socket:
        await hear(socket)
        await say(socket, op="auth", id=1, token="reader")
        await hear(socket)
        desk.access.tokens.clear()
        await served.app[keys.LIVE].rights.check()
        code, _ = await closing(socket)

    assert code == 4401


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer reader"}, {"Cookie": "wireroom_session=s1"}]
)
async def test_the_handshakes_credential_is_asked_again_too(headers: dict[str, str]) -> None:
    desk = FakeDesk()
    desk.access.sessions["s1"] = READER
    async with (
        serving(desk, READER) as served,
        connect(served.ws, additional_headers=headers) as socket,
    ):
        await hear(socket)
        await served.app[keys.LIVE].rights.check()
        await say(socket, op="ping", id=1)
        pong = await hear(socket)
        desk.access.tokens.clear()
        desk.access.sessions.clear()
        await served.app[keys.LIVE].rights.check()
        code, _ = await closing(socket)

    assert pong == {"op": "pong", "id": 1}
    assert code == 4401


async def test_looking_at_a_brief_is_told_to_the_others() -> None:
    async with (
        serving(FakeDesk(), READER) as served,
        connect(served.ws) as watcher,
        connect(served.ws) as viewer,
    ):
        await hear(watcher)
        await hear(viewer)
        await say(watcher, op="subscribe", id=1, topics=["presence"], snapshot=False)
        await hear(watcher)
        await say(viewer, op="viewing", id=1, subject="harbour-levy")
        came = await hear(watcher)
        await viewer.close()
        left = await hear(watcher)

    assert came["id"].startswith("~")
    assert came["data"] == {"subject": "harbour-levy", "viewers": ["Ana"], "editors": []}
    assert left["data"]["viewers"] == []


async def test_a_failing_store_is_answered_without_its_secrets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = FakeDesk()
    desk.log.broken = OSError("/secret/place")
    async with serving(desk, READER) as served, connect(served.ws) as socket:
        await hear(socket)
        await say(socket, op="subscribe", id=1, topics=["issue"], since="e1-99")
        answer = await hear(socket)
        code, _ = await closing(socket)

    assert answer["op"] == "error"
    assert "secret" not in json.dumps(answer)
    assert code == 1011


async def test_no_credential_in_time_closes_with_4408(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.live.conversation.AUTH_TIMEOUT_S", 0.01)
    async with serving(FakeDesk()) as served, connect(served.ws) as socket:
        code, _ = await closing(socket)

    assert code == 4408


async def test_a_frozen_client_neither_blocks_others_nor_the_end() -> None:
    desk = FakeDesk()
    big = "x" * 20_000
    settings = Settings(heartbeat_s=25, slow_consumer_s=0.2)
    async with (
        serving(desk, READER, settings) as served,
        connect(served.ws, max_queue=1, ping_interval=None) as frozen,
        connect(served.ws, max_queue=None) as lively,
    ):
        for socket in (frozen, lively):
            await hear(socket)
            await say(socket, op="subscribe", id=1, topics=["issue"], snapshot=False)
            await hear(socket)
        for n in range(1_000):
            desk.log.commit(an_event(quadrant=big))
            if n % 10 == 0:
                await asyncio.sleep(0)
        seen = [(await hear(lively))["id"] for _ in range(1_000)]
        await until(lambda: len(served.app[keys.HUB]) == 1)
        code, _ = await closing(frozen)

    assert seen == [f"e1-{n}" for n in range(1, 1_001)]
    assert code in (4410, 1006)


async def test_an_admin_may_follow_who_signed_in() -> None:
    async with serving(FakeDesk(), ADMIN) as served, connect(served.ws) as socket:
        await hear(socket)
        await say(socket, op="subscribe", id=1, topics=["access"], snapshot=False)
        subscribed = await hear(socket)

    assert subscribed["op"] == "subscribed"


async def test_nobody_is_not_a_principal() -> None:
    nobody = Principal(id="", name="nobody", method="none")
    async with serving(FakeDesk(), nobody) as served, connect(served.ws) as socket:
        hello = await hear(socket)

    assert hello["auth"] == "required"


async def test_a_client_that_closes_is_answered_with_a_close() -> None:
    async with (
        serving(FakeDesk(), READER) as served,
        ClientSession() as client,
    ):
        socket = await client.ws_connect(served.ws)
        await socket.receive(timeout=5)
        await socket.close(code=1000)
        await until(lambda: len(served.app[keys.HUB]) == 0)

    assert socket.close_code == 1000


async def test_binary_on_a_text_subprotocol_is_unsupported() -> None:
    async with (
        serving(FakeDesk(), READER) as served,
        ClientSession() as client,
        client.ws_connect(served.ws) as socket,
    ):
        await socket.receive(timeout=5)
        await socket.send_bytes(b"{}")
        answer = await socket.receive_json(timeout=5)
        closed = await socket.receive(timeout=5)

    assert answer["code"] == "unsupported"
    assert closed.type is WSMsgType.CLOSE
    assert closed.data == 1003
