"""Hot reads answered before they are routed: the same answer as the long way gives, or none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, web
from msgspec.structs import replace

from engine import Engine, Settings
from server import keys
from server.app import create_app
from server.http import front
from tests.server.desk import ADMIN, ANALYST, ITEMS
from tests.server.live.serving import until

OF_ONE_REQUEST = ("date", "x-request-id")


class Desk:
    """A desk that listens with its front; ``long_way`` counts what was not answered there."""

    def __init__(
        self, app: web.Application, server: web.Server, url: str, session: ClientSession
    ) -> None:
        self.app: Any = app
        self.server = server
        self.url = url
        self.session = session
        self.long_way = 0

    async def get(self, path: str, **given: Any) -> tuple[int, dict[str, str], bytes]:
        async with self.session.get(self.url + path, **given) as answer:
            headers = {k: v for k, v in answer.headers.items() if k.lower() not in OF_ONE_REQUEST}
            return answer.status, headers, await answer.read()


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Desk]:
    engine = await Engine.open(settings)
    app = await create_app(settings, engine)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    server = runner.server
    assert server is not None
    routed = server.request_handler

    async def counted(request: web.BaseRequest) -> web.StreamResponse:
        desk.long_way += 1
        return await routed(request)

    server.request_handler = app[keys.FRONT].before(counted, app[keys.CACHE])
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with ClientSession() as session:
        desk = Desk(app, server, f"http://127.0.0.1:{port}", session)
        yield desk
    await runner.cleanup()
    await engine.close()


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    return Settings(data_dir=tmp_path / "desk", mock=True)


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with serving(settings) as desk:
        yield desk


@pytest.mark.parametrize("origins", [(), ("https://board.example",)])
async def test_the_front_answers_as_the_long_way_does(
    settings: Settings, origins: tuple[str, ...]
) -> None:
    async with serving(replace(settings, cors_origins=origins)) as desk:
        first = await desk.get("/config")
        again = await desk.get("/config")

        assert again == first
        assert desk.long_way == 1


async def test_a_change_is_seen_by_the_next_read(desk: Desk) -> None:
    await desk.get("/config")
    await desk.get("/config")

    async with desk.session.post(
        desk.url + "/config", json={"signoff_ttl_hours": 7}, headers=ADMIN
    ) as changed:
        assert changed.status == 200
    _, _, body = await desk.get("/config")

    assert b'"signoff_ttl_hours":7' in body


async def test_what_the_front_answered_is_read_anew_before_the_next_one_asks(desk: Desk) -> None:
    await desk.get("/config")
    await desk.get("/config")
    config = desk.app[keys.ENGINE].config
    calls, read = 0, config.get

    async def counted() -> Any:
        nonlocal calls
        calls += 1
        return await read()

    config.get = counted
    async with desk.session.post(
        desk.url + "/config", json={"signoff_ttl_hours": 7}, headers=ADMIN
    ):
        pass
    await until(lambda: calls == 1)
    await desk.get("/config")

    assert calls == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://board.example"},
        {"If-None-Match": '"old"'},
        {"Connection": "close"},
        {"Host": "desk.example"},
        {"Authorization": "Bearer nobody"},
        {"Authorization": "Basic YTpi"},
        {"Cookie": "wireroom_session=nobody"},
    ],
)
async def test_what_is_not_plain_takes_the_long_way(desk: Desk, headers: dict[str, str]) -> None:
    await desk.get("/config")

    await desk.get("/config", headers=headers)

    assert desk.long_way == 2


async def test_who_is_not_known_is_refused_though_the_bytes_are_there(desk: Desk) -> None:
    await desk.get("/config", headers=ANALYST)

    status, _, body = await desk.get("/config", headers={"Authorization": "Bearer forged"})

    assert status == 401
    assert b"signoff" not in body


async def test_who_was_known_a_moment_ago_is_answered_at_the_front(desk: Desk) -> None:
    await desk.get("/config", headers=ANALYST)

    status, _, _ = await desk.get("/config", headers=ANALYST)

    assert (status, desk.long_way) == (200, 1)


async def test_a_head_request_gets_no_body(desk: Desk) -> None:
    await desk.get("/config")

    async with desk.session.head(desk.url + "/config") as answer:
        assert (answer.status, await answer.read()) == (200, b"")


async def test_every_answer_has_its_own_id_and_keeps_the_clients(desk: Desk) -> None:
    given = {"X-Request-Id": "morning-7"}
    ids = []
    for headers in ({}, {}, {}, given):
        async with desk.session.get(desk.url + "/config", headers=headers) as answer:
            ids.append(answer.headers["X-Request-Id"])

    assert desk.long_way == 1
    assert len(set(ids)) == 4
    assert ids[-1] == "morning-7"


async def test_front_answers_are_counted(desk: Desk) -> None:
    for _ in range(3):
        await desk.get("/config")

    metrics = desk.app[keys.METRICS].text().decode()

    assert 'api_requests_total{method="GET",route="/config",status="200"} 3.0' in metrics


async def test_a_desk_that_leaves_says_so_on_the_long_way(desk: Desk) -> None:
    await desk.get("/config")
    desk.app[keys.LIFE].draining = True

    _, headers, _ = await desk.get("/config")

    assert headers["Connection"] == "close"


async def test_only_so_many_targets_are_remembered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "TARGETS_AT_MOST", 3)

    for limit in range(1, 9):
        await desk.get(f"/classify/today?limit={limit}")
    await desk.get("/classify/today?limit=8")
    await desk.get("/classify/today?limit=1")

    assert len(desk.app[keys.FRONT]._hot) == 3
    assert desk.long_way == 9


async def test_a_client_that_pipelines_and_reads_nothing_fills_no_memory(desk: Desk) -> None:
    items = [{**ITEMS[0], "title": f"Story {n} {'x' * 400}"} for n in range(200)]
    async with desk.session.post(
        desk.url + "/ingest/items", json={"items": items}, headers=ANALYST
    ) as pushed:
        assert pushed.status == 200
    await desk.get("/classify/today?limit=500")
    host, port = desk.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port), limit=1024)
    writer.write(2_000 * b"GET /classify/today?limit=500 HTTP/1.1\r\nHost: localhost\r\n\r\n")

    held = [await most_held(desk) for _ in range(20)]
    writer.transport.abort()

    assert max(held) < 4_000_000


async def most_held(desk: Desk) -> int:
    await asyncio.sleep(0.01)
    transports = [one.transport for one in desk.server.connections]
    return max((t.get_write_buffer_size() for t in transports if t is not None), default=0)
