"""Open streams of a real desk, whose credential or role is taken away: closed within 5 seconds.

A check comes every ``EVERY_S``; what it hears may have been believed ``BELIEVED_FOR`` before. Here
the clock is moved and the check is made by hand, so that nothing waits.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientWebSocketResponse, WSMsgType

from engine import Engine, Settings
from engine.desk.belief import BELIEVED_FOR
from engine.model import SYSTEM, IssuedToken
from server import keys
from server.app import create_app
from server.live.rights import EVERY_S
from tests.engine.clock import FakeClock
from tests.engine.desk.inline_worker import InlineWorker
from tests.server.conftest import Connect
from tests.server.desk import Client

TTL_HOURS = 20
SESSION_HOURS = 12
OPENING = ("a token", "a cookie", "a ticket from a token", "a ticket from a session")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def engine(tmp_path: Any, clock: FakeClock) -> AsyncIterator[Engine]:
    settings = Settings(data_dir=tmp_path / "desk", session_hours=SESSION_HOURS)
    engine = await Engine.open(settings, clock, InlineWorker())
    yield engine
    await engine.close()


@pytest.fixture
async def client(engine: Engine, aiohttp_client: Connect) -> Client:
    return await aiohttp_client(await create_app(engine.settings, engine))


class Mira:
    """An admin of the desk, her token, and once she has signed in, her session."""

    def __init__(
        self, engine: Engine, client: Client, clock: FakeClock, token: IssuedToken
    ) -> None:
        self.engine = engine
        self.client = client
        self.clock = clock
        self.token = token
        self.bearer = {"Authorization": f"Bearer {token.token}"}
        self.session: dict[str, str] = {}

    async def credentials(self, kind: str) -> tuple[dict[str, str], str | None]:
        """Headers for a stream and, where it takes one, a ticket."""
        if kind.endswith("token"):
            headers = self.bearer
        else:
            signed_in = await self.client.post("/session", json={"token": self.token.token})
            secret = signed_in.cookies["wireroom_session"].value
            self.client.session.cookie_jar.clear()
            headers = self.session = {"Cookie": f"wireroom_session={secret}"}
        if not kind.startswith("a ticket"):
            return headers, None
        made = await self.client.post("/session/ticket", headers=headers)
        return {}, (await made.json())["data"]["ticket"]

    async def revoked(self) -> None:
        await self.engine.access.revoke_token(SYSTEM, self.token.row.id)

    async def expired(self) -> None:
        self.clock.advance(hours=TTL_HOURS)

    async def signed_out(self) -> None:
        assert (await self.client.delete("/session", headers=self.session)).status == 200

    async def session_aged(self) -> None:
        self.clock.advance(hours=SESSION_HOURS)

    async def check(self) -> None:
        """What comes within 5 seconds, at the latest."""
        assert self.client.app is not None
        self.clock.advance(seconds=BELIEVED_FOR.total_seconds())
        await self.client.app[keys.LIVE].rights.check()


@pytest.fixture
async def mira(engine: Engine, client: Client, clock: FakeClock) -> Mira:
    await engine.access.issue_token(SYSTEM, "Abe Holm", ("admin",), None)
    token = await engine.access.issue_token(SYSTEM, "Mira", ("admin",), TTL_HOURS)
    return Mira(engine, client, clock, token)


async def opened(
    client: Client, headers: dict[str, str], ticket: str | None, *topics: str
) -> ClientWebSocketResponse:
    socket = await client.ws_connect("/ws", headers=headers)
    assert (await socket.receive_json())["op"] == "hello"
    if ticket is not None:
        await socket.send_json({"op": "auth", "id": 1, "ticket": ticket})
        assert (await socket.receive_json())["op"] == "ok"
    subscribe = {"op": "subscribe", "id": 2, "topics": topics or ("issue",), "snapshot": False}
    await socket.send_json(subscribe)
    assert (await socket.receive_json())["op"] == "subscribed"
    return socket


async def close_code(socket: ClientWebSocketResponse) -> int | None:
    async with asyncio.timeout(5):
        while (await socket.receive()).type is WSMsgType.TEXT:
            pass
    return socket.close_code


async def is_at_its_end(response: ClientResponse) -> bool:
    async with asyncio.timeout(5):
        while await response.content.readany():
            pass
    return response.content.at_eof()


End = Callable[[Mira], Awaitable[None]]
ENDS: list[tuple[str, End]] = [
    *((kind, Mira.revoked) for kind in OPENING),
    *((kind, Mira.expired) for kind in OPENING),
    *((kind, Mira.signed_out) for kind in OPENING if not kind.endswith("token")),
    *((kind, Mira.session_aged) for kind in OPENING if not kind.endswith("token")),
]


def test_a_check_comes_soon_enough() -> None:
    assert EVERY_S + BELIEVED_FOR.total_seconds() <= 5


@pytest.mark.parametrize(("kind", "end"), ENDS)
async def test_a_socket_closes_once_what_it_was_opened_with_has_ended(
    mira: Mira, kind: str, end: End
) -> None:
    socket = await opened(mira.client, *await mira.credentials(kind))
    await mira.check()

    await end(mira)
    await mira.check()

    assert await close_code(socket) == 4401


@pytest.mark.parametrize(("kind", "end"), [one for one in ENDS if "ticket" not in one[0]])
async def test_an_event_stream_ends_once_what_it_was_opened_with_has_ended(
    mira: Mira, kind: str, end: End
) -> None:
    headers, _ = await mira.credentials(kind)
    async with mira.client.get("/events?topics=issue", headers=headers) as response:
        assert response.status == 200
        await mira.check()

        await end(mira)
        await mira.check()

        assert await is_at_its_end(response)


@pytest.mark.parametrize("kind", OPENING)
async def test_a_credential_that_is_still_good_keeps_its_stream(mira: Mira, kind: str) -> None:
    socket = await opened(mira.client, *await mira.credentials(kind))

    await mira.check()

    await socket.send_json({"op": "ping", "id": 3})
    assert (await socket.receive_json())["op"] == "pong"


async def test_a_role_that_is_taken_away_ends_what_it_alone_allowed(mira: Mira) -> None:
    private = await opened(mira.client, mira.bearer, None, "access")
    public = await opened(mira.client, mira.bearer, None, "issue")
    async with mira.client.get("/events?topics=access", headers=mira.bearer) as response:
        await mira.engine.people.take(SYSTEM, mira.token.row.principal_id, "admin")
        await mira.check()

        assert await close_code(private) == 4403
        assert await is_at_its_end(response)
    await public.send_json({"op": "ping", "id": 3})
    assert (await public.receive_json())["op"] == "pong"


async def test_nothing_is_replayed_to_whom_a_role_was_taken_from(mira: Mira) -> None:
    client, before = mira.client, mira.engine.log.cursor
    await mira.credentials("a cookie")  # a sign-in is an event on the topic
    await mira.engine.people.take(SYSTEM, mira.token.row.principal_id, "admin")
    resume = {"op": "subscribe", "id": 1, "topics": ["access"], "since": before}

    async with client.ws_connect("/ws", headers=mira.bearer) as socket:
        await socket.receive_json()
        await socket.send_json(resume)
        refused = await socket.receive_json()
        await socket.send_json({"op": "ping", "id": 2})
        after = await socket.receive_json()
    headers = {**mira.bearer, "Last-Event-ID": before}
    over_sse = await client.get("/events?topics=access", headers=headers)

    assert (refused["op"], refused["code"]) == ("error", "not_allowed")
    assert after["op"] == "pong"
    assert (over_sse.status, (await over_sse.json())["code"]) == (403, "not_allowed")
