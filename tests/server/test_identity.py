"""A token of the identity provider at every door: taken, or refused without a trace of it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse
from msgspec.structs import replace

from engine import Engine, Settings
from engine.model import LONGEST_CREDENTIAL
from server import keys
from server.app import create_app
from server.live.rights import EVERY_S
from tests.engine.clock import START, FakeClock
from tests.engine.identity.issuer import Issuer, rsa_key
from tests.engine.identity.test_claims import confused, part
from tests.server.conftest import Connect
from tests.server.desk import ANALYST, Client, push_items, sign, write_brief

NOW = START.timestamp()


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer().running() as issuer:
        yield issuer


@pytest.fixture
def settings(tmp_path: Path, issuer: Issuer) -> Settings:
    more = issuer.settings(jwt_roles=("desk-analysts=Analyst", "desk-heads=Strategy Head"))
    return Settings(data_dir=tmp_path / "desk", mock=True, reauth_minutes=60, **more)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def engine(settings: Settings, clock: FakeClock) -> AsyncIterator[Engine]:
    engine = await Engine.open(settings, clock)
    yield engine
    await engine.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def hello(client: Client, **headers: str) -> tuple[ClientWebSocketResponse, Any]:
    socket = await client.ws_connect("/ws", headers=headers)
    return socket, await socket.receive_json(timeout=5)


async def closing(socket: ClientWebSocketResponse) -> int | None:
    """The code it is closed with, whatever comes before."""
    async with asyncio.timeout(5):
        async for _ in socket:
            pass
    return socket.close_code


async def check_rights(client: Client) -> None:
    """What the server does every few seconds."""
    app = client.server.app  # type: ignore[attr-defined]
    await app[keys.LIVE].rights.check()


# -- taken ---------------------------------------------------------------------------------------


async def test_a_bearer_token_says_who_asks(client: Client, issuer: Issuer) -> None:
    response = await client.get("/session", headers=bearer(issuer.token()))

    principal = (await response.json())["data"]["principal"]
    assert response.status == 200
    assert (principal["name"], principal["roles"]) == ("Mira Solheim", ["Analyst"])


async def test_signing_in_with_a_token_gives_a_cookie(client: Client, issuer: Issuer) -> None:
    signed_in = await client.post("/session", json={"token": issuer.token()})

    who = await (await client.get("/session")).json()
    assert signed_in.status == 201
    assert (who["data"]["principal"]["method"], who["data"]["principal"]["roles"]) == (
        "oidc",
        ["Analyst"],
    )


@pytest.mark.parametrize(
    ("left", "max_age"), [(90.5, "90"), (0.5, "0"), (30 * 86_400, None)], ids=str
)
async def test_the_cookie_is_kept_no_longer_than_its_session(
    client: Client, settings: Settings, issuer: Issuer, left: float, max_age: str | None
) -> None:
    signed_in = await client.post("/session", json={"token": issuer.token(exp=NOW + left)})

    cookie = signed_in.cookies["wireroom_session"]
    assert signed_in.status == 201
    assert cookie["max-age"] == (max_age or str(settings.session_hours * 3600))


async def test_a_cookie_that_the_browser_kept_longer_opens_nothing(
    client: Client, issuer: Issuer, clock: FakeClock
) -> None:
    signed_in = await client.post("/session", json={"token": issuer.token(exp=NOW + 60)})
    kept = {"Cookie": f"wireroom_session={signed_in.cookies['wireroom_session'].value}"}
    client.session.cookie_jar.clear()
    hold = {"reason": "A fire drill."}

    clock.advance(seconds=59.5)
    before = await client.post("/review/interrupt", json=hold, headers=kept)
    clock.advance(seconds=0.5)
    after = await client.post("/review/resume", headers=kept)

    assert (before.status, after.status) == (200, 401)


async def test_two_people_of_the_provider_let_a_package_leave(
    client: Client, issuer: Issuer
) -> None:
    brief = await write_brief(client)
    analyst = bearer(issuer.token())
    head = bearer(issuer.token(sub="u-1002", name="Jon Vik", roles=["desk-heads"]))

    signed = [
        (await sign(client, brief, "Analyst", analyst)).status,
        (await sign(client, brief, "Strategy Head", head)).status,
    ]
    export = await client.post(f"/export/{brief['id']}", headers=analyst)

    assert (signed, export.status) == ([200, 200], 200)


async def test_whoever_proved_who_they_are_long_ago_does_not_sign(
    client: Client, issuer: Issuer
) -> None:
    brief = await write_brief(client)

    answer = await sign(client, brief, "Analyst", bearer(issuer.token(auth_time=NOW - 3601)))

    assert (answer.status, (await answer.json())["code"]) == (401, "reauth_required")


async def test_a_hot_read_is_answered_to_a_token_and_not_after_it(
    client: Client, issuer: Issuer, clock: FakeClock
) -> None:
    await push_items(client)
    headers = bearer(issuer.token(exp=NOW + 60))
    for _ in range(3):
        assert (await client.get("/classify/today", headers=headers)).status == 200

    clock.advance(seconds=91)

    assert (await client.get("/classify/today", headers=headers)).status == 401


async def test_a_stream_takes_a_token_of_eight_kilobytes(client: Client, issuer: Issuer) -> None:
    token = issuer.token(padding="x" * 5_620)
    socket, _ = await hello(client)

    await socket.send_json({"op": "auth", "id": 1, "token": token})

    assert 8_000 < len(token) <= LONGEST_CREDENTIAL
    assert (await socket.receive_json(timeout=5))["op"] == "ok"


@pytest.mark.parametrize("how", ["header", "auth", "ticket"])
async def test_a_live_stream_closes_when_the_token_expires(
    settings: Settings,
    engine: Engine,
    aiohttp_client: Connect,
    issuer: Issuer,
    clock: FakeClock,
    how: str,
) -> None:
    # Outside mock mode a stream begins with nobody.
    client = await aiohttp_client(await create_app(replace(settings, mock=False), engine))
    token = issuer.token(exp=NOW + 60)
    if how == "header":
        socket, said = await hello(client, **bearer(token))
        assert said["principal"]["name"] == "Mira Solheim"
    else:
        credential = {"token": token}
        if how == "ticket":
            made = await client.post("/session/ticket", json={}, headers=bearer(token))
            credential = {"ticket": (await made.json())["data"]["ticket"]}
        socket, _ = await hello(client)
        await socket.send_json({"op": "auth", "id": 1, **credential})
        assert (await socket.receive_json(timeout=5))["op"] == "ok"

    clock.advance(seconds=59)
    await check_rights(client)
    await socket.send_json({"op": "ping", "id": 2})
    assert (await socket.receive_json(timeout=5))["op"] == "pong"
    clock.advance(seconds=1)
    await check_rights(client)

    assert await closing(socket) == 4401


async def test_an_event_stream_closes_when_the_token_expires(
    client: Client, issuer: Issuer, clock: FakeClock
) -> None:
    headers = bearer(issuer.token(exp=NOW + 60))
    stream = await client.get("/events?topics=issue", headers=headers)
    assert stream.status == 200

    clock.advance(seconds=60)
    await check_rights(client)

    async with asyncio.timeout(5):
        await stream.content.read()


def test_streams_are_asked_again_in_less_than_five_seconds() -> None:
    assert EVERY_S < 5


# -- refused -------------------------------------------------------------------------------------

MARK = "bWFyay1pbi1hLXRva2Vu"


def bad_tokens(issuer: Issuer) -> dict[str, tuple[str, int]]:
    """Tokens that hold nowhere, and the status of each."""
    head, _, signature = issuer.token().split(".")
    unsigned = f"{part({'alg': 'none'})}.{part({'sub': 'u-1'})}.{MARK}"
    return {
        "forged": (f"{head}.{part({'sub': MARK, 'exp': NOW + 60})}.{signature}", 401),
        "another's key": (issuer.token(key=rsa_key("other")), 401),
        "unsigned": (unsigned, 401),
        "the public key as a secret": (confused(), 401),
        "an unknown key": (issuer.token(kid="k9"), 401),
        "expired": (issuer.token(exp=NOW - 31), 401),
        "not valid yet": (issuer.token(nbf=NOW + 31), 401),
        "for somebody else": (issuer.token(aud="payroll"), 401),
        "another issuer's": (issuer.token(iss="https://elsewhere.example"), 401),
        "without an end": (issuer.token(exp=None), 401),
        "about nobody": (issuer.token(sub=None), 401),
        "truncated": (issuer.token()[:-9], 401),
        "a role with a control character": (issuer.token(roles=["desk-heads\u0000"]), 403),
        "without a role": (issuer.token(roles=["staff"]), 403),
    }


NAMES = tuple(bad_tokens(Issuer()))


@pytest.mark.parametrize("name", NAMES)
async def test_a_bad_token_is_refused_at_every_door_and_leaves_no_trace(
    client: Client,
    engine: Engine,
    issuer: Issuer,
    name: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    brief = await write_brief(client)
    token, status = bad_tokens(issuer)[name]
    people = await (await client.get("/people", headers=bearer("demo-admin"))).text()

    answers = [
        await client.get("/session", headers=bearer(token)),
        await client.post("/session", json={"token": token}),
        await client.post("/session/ticket", json={}, headers=bearer(token)),
        await client.get("/events?topics=issue", headers=bearer(token)),
        await sign(client, brief, "Strategy Head", bearer(token)),
    ]
    socket, _ = await hello(client)
    await socket.send_json({"op": "auth", "id": 1, "token": token})
    code = await closing(socket)

    texts = [await answer.text() for answer in answers]
    out, err = capfd.readouterr()
    assert [answer.status for answer in answers] == [status] * len(answers)
    assert code == {401: 4401, 403: 4403}[status]
    for text in (*texts, caplog.text, out, err):
        assert not any(len(each) > 8 and each in text for each in token.split("."))
    assert (await engine.briefs.get(brief["id"])).brief.signoffs == ()
    assert await (await client.get("/people", headers=bearer("demo-admin"))).text() == people


async def test_a_token_of_100_kb_is_refused_at_every_door_before_it_is_read(
    client: Client, issuer: Issuer
) -> None:
    token = issuer.token(padding="x" * 75_000)

    header = await client.get("/session", headers=bearer(token))
    body = await client.post("/session", json={"token": token})
    socket, _ = await hello(client)
    await socket.send_json({"op": "auth", "id": 1, "token": token})

    assert len(token) > 100_000
    assert (header.status, body.status) == (400, 401)
    assert "8,192" in (await body.json())["error"]
    assert await closing(socket) in (1009, 4400, 4401)
    assert issuer.asked == 1  # at the start


async def test_a_token_in_the_address_is_refused_though_it_holds(
    client: Client, issuer: Issuer
) -> None:
    response = await client.get(f"/events?topics=issue&access_token={issuer.token()}")

    assert (response.status, (await response.json())["code"]) == (400, "token_in_url")


async def test_a_provider_that_is_down_is_a_503_that_says_to_come_back(
    client: Client, issuer: Issuer, clock: FakeClock
) -> None:
    issuer.is_down = True
    clock.advance(seconds=10)

    response = await client.get("/session", headers=bearer(issuer.token(kid="k2")))

    assert (response.status, (await response.json())["code"]) == (503, "provider_failed")
    assert "Retry-After" in response.headers


async def test_the_desks_own_tokens_are_taken_beside_the_providers(client: Client) -> None:
    response = await client.get("/session", headers=ANALYST)

    assert (await response.json())["data"]["principal"]["id"] == "demo-analyst"
