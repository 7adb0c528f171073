from http.cookies import SimpleCookie

import pytest
from msgspec.structs import replace

from engine import Engine
from server.app import create_app
from server.routes import TABLE
from tests.server.conftest import Connect
from tests.server.desk import ADMIN, ANALYST, Client

HOLD = {"reason": "A fire drill."}


async def sign_in(client: Client, name: str = "Demo Analyst") -> None:
    response = await client.post("/session", json={"name": name})
    assert response.status == 201


# -- who may ask ---------------------------------------------------------------------------------


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "row",
    [row for row in TABLE if row.needs not in ("public", "anyone")],
    ids=lambda row: f"{row.method} {row.path}",
)
async def test_outside_mock_mode_every_route_needs_a_principal(
    closed_client: Client, row: object
) -> None:
    method, path = getattr(row, "method", ""), getattr(row, "path", "")

    response = await closed_client.request(
        method, path.replace("{id}", "some-id").replace("{role}", "viewer")
    )

    assert response.status == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "path",
    ["/", "/docs", "/healthz", "/readyz", "/openapi.json", "/asyncapi.json", "/session"],
)
async def test_public_paths_need_nobody(closed_client: Client, path: str) -> None:
    assert (await closed_client.get(path)).status == 200


async def test_in_mock_mode_reads_are_open(client: Client) -> None:
    assert (await client.get("/review/status")).status == 200


async def test_in_mock_mode_writes_need_a_principal(client: Client) -> None:
    assert (await client.post("/review/interrupt", json=HOLD)).status == 401


async def test_the_audit_log_is_not_open_in_mock_mode(client: Client) -> None:
    assert (await client.get("/audit")).status == 401


async def test_a_bearer_token_says_who_asks(client: Client) -> None:
    session = await (await client.get("/session", headers=ANALYST)).json()

    assert session["data"]["principal"]["name"] == "Demo Analyst"


async def test_a_role_that_does_not_suffice_is_403(client: Client) -> None:
    response = await client.post("/config", json={"autopublish": True}, headers=ANALYST)

    assert (response.status, (await response.json())["code"]) == (403, "not_allowed")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Basic ZGVtbzpkZW1v", "demo-admin"])
async def test_a_wrong_credential_is_401_even_where_reads_are_open(
    shared_client: Client, header: str
) -> None:
    response = await shared_client.get("/review/status", headers={"Authorization": header})

    assert response.status == 401


async def test_a_revoked_token_is_401_at_once(client: Client) -> None:
    made = await (await client.post("/tokens", json={"name": "Ann Berg"}, headers=ADMIN)).json()
    token = {"Authorization": f"Bearer {made['data']['token']}"}
    assert (await client.get("/session", headers=token)).status == 200

    await client.delete(f"/tokens/{made['data']['row']['id']}", headers=ADMIN)

    assert (await client.get("/session", headers=token)).status == 401


async def test_a_ticket_is_made_for_who_is_signed_in(client: Client) -> None:
    made = await client.post("/session/ticket", json={}, headers=ANALYST)
    nobody = await client.post("/session/ticket", json={})

    assert (made.status, made.headers["Cache-Control"]) == (201, "no-store")
    assert nobody.status == 401


async def test_a_service_may_push_and_never_sign(client: Client) -> None:
    wanted = {"name": "Feed bridge", "roles": ["viewer"], "service": True}
    made = await (await client.post("/tokens", json=wanted, headers=ADMIN)).json()
    service = {"Authorization": f"Bearer {made['data']['token']}"}
    signed = {"role": "Analyst", "approve": True}

    refused = await client.post("/review/signoff", json=signed, headers=service)
    session = await client.post("/session", json={"token": made["data"]["token"]})

    assert made["data"]["row"]["service"]
    assert refused.status in (400, 403)
    assert (session.status, (await session.json())["code"]) == (403, "not_a_person")


# -- credentials in URLs -------------------------------------------------------------------------


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", ["token", "access_token", "TICKET", "api_key"])
@pytest.mark.parametrize("path", ["/review/status", "/healthz", "/ws", "/nowhere"])
async def test_a_credential_in_the_url_is_refused(
    shared_client: Client, path: str, name: str
) -> None:
    response = await shared_client.get(f"{path}?{name}=demo-admin")

    assert (response.status, (await response.json())["code"]) == (400, "token_in_url")


# -- the session cookie --------------------------------------------------------------------------


async def test_signing_in_gives_a_cookie_that_scripts_cannot_read(client: Client) -> None:
    response = await client.post("/session", json={"name": "Demo Analyst"})

    cookie = SimpleCookie(response.headers["Set-Cookie"])["wireroom_session"]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["secure"]) == ("Strict", "/", "")


async def test_behind_a_proxy_the_cookie_travels_under_tls_only(
    engine: Engine, aiohttp_client: Connect
) -> None:
    settings = replace(engine.settings, behind_proxy=True)
    client = await aiohttp_client(await create_app(settings, engine))

    response = await client.post("/session", json={"name": "Demo Analyst"})

    assert SimpleCookie(response.headers["Set-Cookie"])["wireroom_session"]["secure"]


async def test_the_cookie_says_who_asks(client: Client) -> None:
    await sign_in(client)

    session = await (await client.get("/session")).json()

    assert session["data"]["principal"]["name"] == "Demo Analyst"


async def test_signing_out_ends_the_session(client: Client) -> None:
    await sign_in(client)
    secret = client.session.cookie_jar.filter_cookies(client.make_url("/"))["wireroom_session"]

    await client.delete("/session")
    response = await client.get("/session", headers={"Cookie": f"wireroom_session={secret.value}"})

    assert (await response.json())["data"]["principal"]["name"] == "anonymous"


async def test_signing_out_without_a_session_is_no_error(client: Client) -> None:
    assert (await client.delete("/session")).status == 200


async def test_an_ended_session_reads_as_nobody_and_cannot_write(client: Client) -> None:
    ended = {"Cookie": "wireroom_session=long-gone"}

    assert (await client.get("/review/status", headers=ended)).status == 200
    assert (await client.post("/review/interrupt", json=HOLD, headers=ended)).status == 401


async def test_an_unknown_demo_name_is_403(client: Client) -> None:
    assert (await client.post("/session", json={"name": "Somebody Else"})).status == 403


@pytest.mark.parametrize("body", [{}, {"name": "Demo Analyst", "token": "demo-analyst"}])
async def test_signing_in_takes_a_token_or_a_name(client: Client, body: dict[str, str]) -> None:
    assert (await client.post("/session", json=body)).status == 400


async def test_a_token_opens_a_session(client: Client) -> None:
    response = await client.post("/session", json={"token": "demo-analyst"})

    assert (await response.json())["data"]["principal"]["name"] == "Demo Analyst"


# -- what a foreign page may send ----------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
async def test_a_foreign_page_cannot_write_with_our_cookie(
    client: Client, headers: dict[str, str]
) -> None:
    await sign_in(client)

    response = await client.post("/review/interrupt", json=HOLD, headers=headers)

    assert (response.status, (await response.json())["code"]) == (403, "cross_site")


FORWARDED = {"X-Forwarded-Host": "desk.example", "X-Forwarded-Proto": "https"}


async def behind_a_proxy(engine: Engine, connect: Connect, proxies: str) -> Client:
    settings = replace(engine.settings, trusted_proxies=(proxies,))
    return await connect(await create_app(settings, engine))


async def write_from(client: Client, origin: str) -> int:
    signed_in = await client.post("/session", json={"name": "Demo Analyst"}, headers=FORWARDED)
    secret = SimpleCookie(signed_in.headers["Set-Cookie"])["wireroom_session"].value
    cookie = {"Cookie": f"wireroom_session={secret}", "Origin": origin}
    answer = await client.post("/review/interrupt", json=HOLD, headers={**cookie, **FORWARDED})
    return answer.status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://desk.example", 200),
        ("http://desk.example", 403),
        ("https://desk.example:8443", 403),
        ("https://evil.example", 403),
    ],
)
async def test_a_trusted_proxy_says_which_pages_are_ours(
    engine: Engine, aiohttp_client: Connect, origin: str, status: int
) -> None:
    client = await behind_a_proxy(engine, aiohttp_client, "127.0.0.0/8")

    assert await write_from(client, origin) == status


async def test_nobody_else_says_which_pages_are_ours(
    engine: Engine, aiohttp_client: Connect
) -> None:
    client = await behind_a_proxy(engine, aiohttp_client, "10.0.0.0/8")

    assert await write_from(client, "https://desk.example") == 403


@pytest.mark.parametrize(("proxies", "secure"), [("127.0.0.0/8", True), ("10.0.0.0/8", "")])
async def test_a_cookie_is_secure_when_a_trusted_proxy_was_called_over_tls(
    engine: Engine, aiohttp_client: Connect, proxies: str, secure: object
) -> None:
    client = await behind_a_proxy(engine, aiohttp_client, proxies)

    response = await client.post("/session", json={"name": "Demo Analyst"}, headers=FORWARDED)

    assert SimpleCookie(response.headers["Set-Cookie"])["wireroom_session"]["secure"] == secure


async def test_no_header_takes_secure_from_a_cookie_behind_a_proxy(
    engine: Engine, aiohttp_client: Connect
) -> None:
    settings = replace(engine.settings, behind_proxy=True)
    client = await aiohttp_client(await create_app(settings, engine))
    plain = {"X-Forwarded-Proto": "http"}

    response = await client.post("/session", json={"name": "Demo Analyst"}, headers=plain)

    assert SimpleCookie(response.headers["Set-Cookie"])["wireroom_session"]["secure"]


async def test_our_own_page_can_write_with_the_cookie(client: Client) -> None:
    await sign_in(client)
    origin = str(client.make_url("/")).rstrip("/")

    response = await client.post(
        "/review/interrupt",
        json=HOLD,
        headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"},
    )

    assert response.status == 200


async def test_a_configured_origin_can_write_with_the_cookie(
    engine: Engine, aiohttp_client: Connect
) -> None:
    settings = replace(engine.settings, cors_origins=("https://desk.example",))
    client = await aiohttp_client(await create_app(settings, engine))
    await sign_in(client)

    response = await client.post(
        "/review/interrupt", json=HOLD, headers={"Origin": "https://desk.example"}
    )

    assert response.status == 200


async def test_a_token_is_not_bound_to_an_origin(client: Client) -> None:
    headers = {**ANALYST, "Origin": "https://elsewhere.example"}

    assert (await client.post("/review/interrupt", json=HOLD, headers=headers)).status == 200


async def test_a_foreign_page_cannot_open_a_stream_with_our_cookie(client: Client) -> None:
    await sign_in(client)

    response = await client.get("/ws", headers={"Origin": "https://evil.example"})

    assert response.status == 403
