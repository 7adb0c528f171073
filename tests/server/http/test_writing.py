import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine import Engine
from engine.model import SYSTEM, Principal
from server import keys
from tests.server.desk import ADMIN, ANALYST, HEAD, Client, sign, write_brief

HOLD = {"reason": "A fire drill."}


def once(key: str, who: dict[str, str] = ANALYST) -> dict[str, str]:
    return {**who, "Idempotency-Key": key}


async def test_the_same_key_and_request_is_done_once(client: Client) -> None:
    first = await client.post("/review/interrupt", json=HOLD, headers=once("k-1"))

    again = await client.post("/review/interrupt", json=HOLD, headers=once("k-1"))

    assert (first.status, again.status) == (200, 200)
    assert await first.read() == await again.read()


async def test_without_a_key_the_same_request_is_done_again(client: Client) -> None:
    await client.post("/review/interrupt", json=HOLD, headers=ANALYST)

    assert (await client.post("/review/interrupt", json=HOLD, headers=ANALYST)).status == 409


async def test_the_same_key_with_another_body_is_422(client: Client) -> None:
    await client.post("/review/interrupt", json=HOLD, headers=once("k-1"))

    response = await client.post("/review/interrupt", json={"reason": "x"}, headers=once("k-1"))

    assert (response.status, (await response.json())["code"]) == (422, "idempotency_mismatch")


async def test_the_same_key_at_another_address_is_422(client: Client) -> None:
    await client.post("/review/interrupt", json=HOLD, headers=once("k-1"))

    assert (await client.post("/review/resume", headers=once("k-1"))).status == 422


async def test_a_credential_that_is_revoked_while_the_body_comes_does_nothing(
    client: Client, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Mira Solheim", ("Analyst",), None)
    headers = {"Authorization": f"Bearer {issued.token}", "Content-Type": "application/json"}

    known, authenticate = asyncio.Event(), engine.access.authenticate

    async def seen(token: str) -> Principal:
        who = await authenticate(token)
        known.set()
        return who

    async def body() -> AsyncIterator[bytes]:
        yield b'{"reason": '
        await known.wait()
        await engine.access.revoke_token(SYSTEM, issued.row.id)
        yield b'"A drill."}'

    monkeypatch.setattr(engine.access, "authenticate", seen)
    answer = await client.post("/review/interrupt", data=body(), headers=headers)

    assert answer.status == 401
    assert not (await engine.review.status()).interrupt.active


async def test_keys_of_two_people_are_two_keys(client: Client) -> None:
    await client.post("/review/interrupt", json=HOLD, headers=once("k-1"))

    response = await client.post("/review/interrupt", json=HOLD, headers=once("k-1", HEAD))

    assert response.status == 409


async def test_a_refused_request_does_not_use_its_key_up(client: Client) -> None:
    assert (await client.post("/review/resume", headers=once("k-1"))).status == 409
    await client.post("/review/interrupt", json=HOLD, headers=ANALYST)

    assert (await client.post("/review/resume", headers=once("k-1"))).status == 200


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\tbed"])
async def test_an_impossible_key_is_400(client: Client, key: str) -> None:
    response = await client.post("/review/interrupt", json=HOLD, headers=once(key))

    assert response.status == 400


async def test_a_secret_is_never_kept_under_a_key(client: Client) -> None:
    response = await client.post("/tokens", json={"name": "Ann Berg"}, headers=once("k-1", ADMIN))

    assert response.status == 400


async def test_an_export_with_the_same_key_gives_the_same_package(client: Client) -> None:
    brief = await write_brief(client)
    await sign(client, brief, "Analyst", ANALYST)
    await sign(client, brief, "Strategy Head", HEAD)

    first = await client.post(f"/export/{brief['id']}", headers=once("k-1"))
    again = await client.post(f"/export/{brief['id']}", headers=once("k-1"))

    assert (first.status, again.status) == (200, 200)
    assert await first.read() == await again.read()


async def test_a_write_that_outlives_its_request_is_finished(client: Client) -> None:
    app: Any = client.app
    done = asyncio.Event()
    go = asyncio.Event()

    async def slow() -> None:
        await go.wait()
        done.set()

    task = asyncio.create_task(slow())
    app[keys.LIFE].undertake(task)
    go.set()

    await app[keys.LIFE].settle(5)

    assert done.is_set()


async def test_a_large_body_is_compared_too(client: Client) -> None:
    body = {"items": [{"title": "Calder bridge closes", "text": "stone " * 15_000}]}
    first = await client.post("/ingest/items", json=body, headers=once("k-1"))

    again = await client.post("/ingest/items", json=body, headers=once("k-1"))

    assert (first.status, again.status) == (200, 200)
    assert await first.read() == await again.read()
