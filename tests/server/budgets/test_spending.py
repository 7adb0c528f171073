"""Requests against their budgets, over a real server: the front and the long way alike."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from msgspec.structs import replace

from engine import Engine, Settings
from server.app import create_app
from server.budgets.spending import one_client
from tests.server.conftest import Connect
from tests.server.desk import ADMIN, ANALYST, Client
from tests.server.http.test_front import Desk, serving

FORWARDED = "X-Forwarded-For"


async def a_desk(engine: Engine, connect: Connect, **changes: object) -> Client:
    return await connect(await create_app(replace(engine.settings, **changes), engine))


async def statuses(client: Client, path: str, count: int, **given: object) -> list[int]:
    return [(await client.get(path, **given)).status for _ in range(count)]


async def test_one_too_many_is_429_with_when_to_come_back(
    engine: Engine, aiohttp_client: Connect
) -> None:
    client = await a_desk(engine, aiohttp_client, principal_rate=2)
    await statuses(client, "/tokens", 2, headers=ADMIN)

    refused = await client.get("/tokens", headers=ADMIN)

    told = await refused.json()
    assert (refused.status, told["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Policy"] == '"principal";q=2;w=60'
    assert refused.headers["RateLimit"].startswith('"principal";r=0;t=')
    assert (await client.get("/config", headers=ANALYST)).status == 200


async def test_what_is_refused_changes_nothing(engine: Engine, aiohttp_client: Connect) -> None:
    client = await a_desk(engine, aiohttp_client, principal_rate=1)
    await client.get("/config", headers=ADMIN)
    head = engine.log.head

    answer = await client.post("/review/interrupt", json={"reason": "A drill."}, headers=ADMIN)

    assert (answer.status, engine.log.head) == (429, head)


async def test_monitoring_the_page_and_its_files_are_free(
    engine: Engine, aiohttp_client: Connect
) -> None:
    client = await a_desk(engine, aiohttp_client, address_rate=1)

    for path in ("/healthz", "/readyz", "/metrics", "/", "/client.js", "/docs", "/openapi.json"):
        assert await statuses(client, path, 3) == [200, 200, 200]

    assert await statuses(client, "/roi/today", 2) == [200, 429]


async def test_streams_are_admitted_by_their_own_limit(
    engine: Engine, aiohttp_client: Connect
) -> None:
    client = await a_desk(engine, aiohttp_client, principal_rate=1)
    await client.get("/config", headers=ANALYST)

    async with client.ws_connect("/ws", headers=ANALYST) as socket:
        assert (await socket.receive_json())["op"] == "hello"


async def test_clients_behind_a_trusted_proxy_have_a_budget_each(
    engine: Engine, aiohttp_client: Connect
) -> None:
    client = await a_desk(engine, aiohttp_client, behind_proxy=True, address_rate=1)

    first = await statuses(client, "/roi/today", 2, headers={FORWARDED: "203.0.113.1"})
    second = await statuses(client, "/roi/today", 2, headers={FORWARDED: "203.0.113.2"})

    assert (first, second) == ([200, 429], [200, 429])


async def test_without_a_proxy_nobody_gets_a_new_budget_by_claiming_an_address(
    engine: Engine, aiohttp_client: Connect
) -> None:
    client = await a_desk(engine, aiohttp_client, address_rate=1)
    await client.get("/roi/today", headers={FORWARDED: "203.0.113.1"})

    again = await client.get("/roi/today", headers={FORWARDED: "203.0.113.2"})

    assert again.status == 429


def test_an_ipv6_client_cannot_choose_another_budget_within_its_network() -> None:
    assert one_client("2001:db8:0:7::1") == one_client("2001:db8:0:7:ffff::2")
    assert one_client("2001:db8:0:7::1") != one_client("2001:db8:0:8::1")
    assert one_client("::ffff:192.0.2.1") == one_client("192.0.2.1")
    assert one_client("what:ever") == "what:ever"


# -- credentials ---------------------------------------------------------------------------------


async def test_guessing_tokens_is_slowed_and_locks_nobody_out(
    engine: Engine, aiohttp_client: Connect
) -> None:
    client = await a_desk(engine, aiohttp_client, failed_rate=3)
    await client.get("/roi/today", headers=ANALYST)

    guesses = [
        (await client.get("/roi/today", headers={"Authorization": f"Bearer wr_{n}"})).status
        for n in range(5)
    ]

    assert guesses == [401, 401, 401, 429, 429]
    assert (await client.get("/roi/today", headers=ANALYST)).status == 200


async def test_guesses_at_sign_in_and_on_streams_count_with_the_others(
    engine: Engine, aiohttp_client: Connect
) -> None:
    client = await a_desk(engine, aiohttp_client, mock=False, failed_rate=3)
    await client.post("/session", json={"token": "wr_1"})
    await client.get("/events?topics=issue", headers={"Authorization": "Bearer wr_2"})
    async with client.ws_connect("/ws") as socket:
        await socket.receive_json()
        await socket.send_json({"op": "auth", "id": 1, "token": "wr_3"})
        await socket.receive()

    signed_in = await client.post("/session", json={"token": "wr_4"})
    async with client.ws_connect("/ws") as socket:
        await socket.receive_json()
        await socket.send_json({"op": "auth", "id": 1, "token": "wr_5"})
        refused = await socket.receive_json()
        await socket.receive()

    assert signed_in.status == 429
    assert (refused["code"], socket.close_code) == ("too_many_requests", 4429)


async def test_sign_ins_are_limited_but_not_with_a_token_that_was_given_out(
    engine: Engine, aiohttp_client: Connect
) -> None:
    client = await a_desk(engine, aiohttp_client, sign_in_rate=2)
    made = await client.post("/tokens", json={"name": "Ann Berg"}, headers=ADMIN)
    token = (await made.json())["data"]["token"]

    strangers = [
        (await client.post("/session", json={"name": "Demo Analyst"})).status for _ in range(3)
    ]
    known = [(await client.post("/session", json={"token": token})).status for _ in range(3)]

    assert (strangers, known) == ([201, 201, 429], [201, 201, 201])


async def test_a_ticket_that_was_given_out_lets_in_whatever_others_guess(
    engine: Engine, aiohttp_client: Connect
) -> None:
    client = await a_desk(engine, aiohttp_client, failed_rate=1)
    ticket = (await (await client.post("/session/ticket", headers=ANALYST)).json())["data"]
    for number in range(3):
        await client.post("/session", json={"token": f"wr_{number}"})

    async with client.ws_connect("/ws") as socket:
        await socket.receive_json()
        await socket.send_json({"op": "auth", "id": 1, "ticket": ticket["ticket"]})
        answer = await socket.receive_json()

    assert answer["op"] == "ok"


async def test_a_cookie_of_a_session_that_has_ended_is_no_guess(
    engine: Engine, aiohttp_client: Connect
) -> None:
    client = await a_desk(engine, aiohttp_client, failed_rate=1)
    left = {"Cookie": "wireroom_session=ended"}

    assert await statuses(client, "/session", 5, headers=left) == [200] * 5
    assert (await client.get("/session", headers=ANALYST)).status == 200


# -- at the front --------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "desk", mock=True)


@pytest.fixture
async def front(settings: Settings) -> AsyncIterator[Desk]:
    async with serving(replace(settings, principal_rate=5, address_rate=3)) as desk:
        yield desk


async def test_reads_at_the_front_count_with_those_on_the_long_way(front: Desk) -> None:
    seen = [(await front.get("/config", headers=ANALYST))[0] for _ in range(7)]

    assert seen == [200] * 5 + [429] * 2
    assert front.long_way == 3


async def test_at_the_front_nobody_spends_the_address(front: Desk) -> None:
    seen = [(await front.get("/config"))[0] for _ in range(4)]
    known, _, _ = await front.get("/config", headers=ANALYST)

    assert (seen, known) == ([200, 200, 200, 429], 200)


async def test_a_refusal_at_the_front_is_that_of_the_long_way(front: Desk) -> None:
    for _ in range(3):
        await front.get("/config")

    async with ClientSession() as session, session.get(front.url + "/config") as refused:
        assert refused.status == 429
        assert refused.headers["RateLimit-Policy"] == '"address";q=3;w=60'
        assert (await refused.json())["code"] == "too_many_requests"
