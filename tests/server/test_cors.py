import pytest
from msgspec.structs import replace

from engine import Engine
from server.app import create_app
from server.routes import TABLE
from tests.server.conftest import Connect
from tests.server.desk import Client

DESK = "https://desk.example"
BROWSED = [row for row in TABLE if "{" not in row.path]


@pytest.fixture
async def client(engine: Engine, aiohttp_client: Connect) -> Client:
    settings = replace(engine.settings, cors_origins=(DESK, "https://second.example"))
    return await aiohttp_client(await create_app(settings, engine))


async def preflight(client: Client, method: str, path: str, origin: str = DESK) -> int:
    response = await client.options(
        path, headers={"Origin": origin, "Access-Control-Request-Method": method}
    )
    return response.status


async def test_every_method_of_every_path_passes_its_preflight(client: Client) -> None:
    refused = [
        (row.method, row.path)
        for row in BROWSED
        if await preflight(client, row.method, row.path) != 200
    ]

    assert refused == []


async def test_a_preflight_needs_no_principal_and_allows_our_headers(client: Client) -> None:
    response = await client.options(
        "/config",
        headers={
            "Origin": DESK,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,if-match",
        },
    )

    assert response.status == 200
    assert response.headers["Access-Control-Allow-Origin"] == DESK
    assert response.headers["Access-Control-Allow-Credentials"] == "true"


async def test_a_foreign_origin_fails_its_preflight_in_the_envelope(client: Client) -> None:
    response = await client.options(
        "/config",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )

    assert (response.status, (await response.json())["code"]) == (403, "cross_site")


async def test_a_configured_origin_may_read_answers_and_refusals(client: Client) -> None:
    for path in ("/config", "/brief/no-such"):
        response = await client.get(path, headers={"Origin": DESK})

        assert response.headers["Access-Control-Allow-Origin"] == DESK
        assert "ETag" in response.headers["Access-Control-Expose-Headers"]


async def test_a_foreign_origin_may_not_read_anything(client: Client) -> None:
    response = await client.get("/config", headers={"Origin": "https://evil.example"})

    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["/config", "/nowhere", "/"])
async def test_caches_are_told_that_answers_vary_by_origin(client: Client, path: str) -> None:
    assert "Origin" in (await client.get(path)).headers["Vary"]


async def test_without_configured_origins_there_is_no_cors(
    engine: Engine, aiohttp_client: Connect
) -> None:
    client = await aiohttp_client(await create_app(engine.settings, engine))

    response = await client.get("/config", headers={"Origin": DESK})

    assert "Access-Control-Allow-Origin" not in response.headers
    assert (await client.options("/config")).status == 405
