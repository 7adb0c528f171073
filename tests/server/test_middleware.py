import asyncio
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace
from structlog.testing import capture_logs

from engine import Settings
from server.app import create_app
from tests.server.conftest import Connect
from tests.server.desk import ANALYST, Client, FakeEngine


@pytest.fixture
def desk() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    return Settings(data_dir=tmp_path, mock=True, timeout_seconds=0.05, log_level="debug")


@pytest.fixture
async def app(settings: Settings, desk: FakeEngine) -> web.Application:
    return await create_app(settings, desk)  # type: ignore[arg-type]  # a fake


@pytest.fixture
async def client(app: web.Application, aiohttp_client: Connect) -> Client:
    return await aiohttp_client(app)


async def test_a_well_formed_request_id_is_kept(client: Client) -> None:
    response = await client.get("/nowhere", headers={"X-Request-Id": "desk-7.a_B"})

    assert response.headers["X-Request-Id"] == "desk-7.a_B"
    assert (await response.json())["request_id"] == "desk-7.a_B"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\tb", "ä"])
async def test_a_malformed_request_id_is_replaced(client: Client, given: str) -> None:
    response = await client.get("/healthz", headers={"X-Request-Id": given})

    assert response.headers["X-Request-Id"] not in ("", given)


async def test_every_request_gets_its_own_id(client: Client) -> None:
    ids = {(await client.get("/healthz")).headers["X-Request-Id"] for _ in range(5)}

    assert len(ids) == 5


async def test_an_answer_that_takes_too_long_is_503(client: Client, desk: FakeEngine) -> None:
    desk.gate.clear()

    response = await client.get("/roi/today")
    desk.gate.set()

    assert (response.status, (await response.json())["code"]) == (503, "timeout")
    assert response.headers["Retry-After"] == "5"


async def test_an_unknown_exception_is_500_without_a_word_of_it(
    client: Client, desk: FakeEngine
) -> None:
    desk.error = RuntimeError("the password is hunter2")

    response = await client.get("/roi/today")

    answer = await response.json()
    assert (response.status, answer["code"], answer["error"]) == (
        500,
        "internal",
        "Internal error.",
    )


async def test_an_unknown_exception_is_logged_with_its_traceback(
    client: Client, desk: FakeEngine
) -> None:
    desk.error = RuntimeError("broken")

    with capture_logs() as lines:
        response = await client.get("/roi/today")

    failed = next(line for line in lines if line["event"] == "request_failed")
    assert failed["exc_info"] is desk.error
    assert failed["request_id"] == response.headers["X-Request-Id"]


async def test_after_an_error_the_next_request_is_served(client: Client, desk: FakeEngine) -> None:
    desk.error = RuntimeError("broken")
    await client.get("/roi/today")
    desk.error = None

    assert (await client.get("/roi/today")).status == 200


async def test_a_read_is_logged_for_debugging_and_a_refusal_for_information(
    client: Client,
) -> None:
    with capture_logs() as lines:
        await client.get("/roi/today")
        await client.get("/nowhere")

    assert [line["log_level"] for line in lines] == ["debug", "info"]


async def test_without_debugging_a_read_is_not_logged(
    settings: Settings, desk: FakeEngine, aiohttp_client: Connect
) -> None:
    quiet = replace(settings, log_level="info")
    client = await aiohttp_client(await create_app(quiet, desk))  # type: ignore[arg-type]  # fake

    with capture_logs() as lines:
        await client.get("/roi/today")

    assert lines == []


async def test_query_strings_and_credentials_are_not_logged(client: Client) -> None:
    with capture_logs() as lines:
        await client.get("/roi/today?token=hunter2")
        await client.get("/roi/today?colour=hunter2", headers={"Cookie": "a=hunter2"})

    assert len(lines) == 2
    assert "hunter2" not in repr(lines)


async def test_answers_do_not_say_what_runs_here(client: Client) -> None:
    response = await client.get("/healthz")

    assert response.headers["Server"] == "wireroom"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_ready_turns_false_when_the_engine_is_not(client: Client, desk: FakeEngine) -> None:
    desk.ready = False

    assert (await client.get("/readyz")).status == 503
    assert (await client.get("/healthz")).status == 200


async def test_head_answers_as_get_without_a_body(client: Client) -> None:
    got = await client.get("/roi/today")

    head = await client.head("/roi/today")

    assert (head.status, await head.read()) == (200, b"")
    assert head.headers["ETag"] == got.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(await got.read()))


async def test_requests_are_counted_by_method_route_and_status(client: Client) -> None:
    await client.get("/roi/today")
    await client.get("/brief/NOT-AN-ID")
    await client.request("TRACE", "/coffee")

    text = await (await client.get("/metrics")).text()

    assert 'api_requests_total{method="GET",route="/roi/today",status="200"} 1.0' in text
    assert 'api_requests_total{method="GET",route="/brief/{id}",status="404"} 1.0' in text
    assert 'api_requests_total{method="other",route="(unknown)",status="404"} 1.0' in text
    assert 'api_response_time_seconds_count{route="/roi/today"} 1.0' in text


async def test_live_gauges_are_asked_when_scraped(client: Client, desk: FakeEngine) -> None:
    desk.log.head = 41

    text = await (await client.get("/metrics")).text()

    assert "wireroom_live_head 41.0" in text
    assert "wireroom_live_subscribers 0.0" in text


async def test_ten_readers_at_once_cause_one_reading(client: Client, desk: FakeEngine) -> None:
    desk.gate.clear()

    asking = [asyncio.create_task(client.get("/roi/today")) for _ in range(10)]
    await desk.asked.wait()
    desk.gate.set()
    answers = [await (await one).read() for one in asking]

    assert (len(set(answers)), desk.reads) == (1, 1)


async def test_writes_that_a_fake_cannot_take_are_answered_too(client: Client) -> None:
    """Even an engine that breaks in authentication gets an envelope."""
    response = await client.post("/review/resume", headers=ANALYST)

    assert (response.status, (await response.json())["code"]) == (500, "internal")


async def test_an_anonymous_write_does_not_reach_the_engine(client: Client) -> None:
    """The fake would answer 500: it has nothing to review."""
    assert (await client.post("/review/resume")).status == 401


EVIL = {"Host": "evil.example:18801", "Origin": "http://evil.example:18801"}


@pytest.mark.parametrize("path", ["/ws", "/events", "/", "/healthz", "/roi/today", "/nowhere"])
async def test_a_foreign_name_for_this_machine_reaches_nothing(client: Client, path: str) -> None:
    response = await client.get(path, headers=EVIL)

    assert (response.status, (await response.json())["code"]) == (403, "wrong_host")


async def test_a_foreign_name_gets_no_session(client: Client) -> None:
    """DNS rebinding: to the browser, the page and this desk are of one origin."""
    response = await client.post("/session", json={"name": "Demo Admin"}, headers=EVIL)

    assert (response.status, (await response.json())["code"]) == (403, "wrong_host")
    assert "Set-Cookie" not in response.headers


async def test_the_log_line_names_the_client_behind_a_trusted_proxy(
    settings: Settings, desk: FakeEngine, aiohttp_client: Connect
) -> None:
    app = await create_app(replace(settings, behind_proxy=True), desk)  # type: ignore[arg-type]
    client = await aiohttp_client(app)

    with capture_logs() as lines:
        await client.get("/nowhere", headers={"X-Forwarded-For": "203.0.113.9"})

    assert [line["client"] for line in lines if line["event"] == "request"] == ["203.0.113.9"]
