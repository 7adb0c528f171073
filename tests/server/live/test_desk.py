"""The live channel over the real engine and the whole application; and the fakes held to it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import TestClient

from engine import Engine, Settings
from engine.desk.config import ConfigChange
from engine.events.desk import ConfigChanged
from engine.events.recorded import Recorded
from engine.log.fold import apply
from engine.model import SYSTEM, Config, Entry, Principal, Snapshot
from server.client import Event, follow
from server.client import Snapshot as TakenSnapshot
from tests.server.live.fakes import FakeLog

ADMIN = Principal(id="demo-admin", name="Demo Admin", roles=("admin", "auditor"), method="demo")
STORIES = (
    Entry(
        title="Lindale port council raises berth fees by nine percent",
        text="The harbour council of Port Lindale voted to raise berth fees from June.",
        guid="a",
        publisher="Lindale Courier",
    ),
    Entry(
        title="Grid operator warns of winter shortfall in Marrow Valley",
        text="The operator of the Marrow Valley grid warned of a shortfall this winter.",
        guid="b",
        publisher="Valley Ledger",
    ),
)
TOPICS = ("issue", "brief", "review", "config", "export", "edition", "ingest")

Client = TestClient[Any, Any]


def address(client: Client) -> str:
    return str(client.make_url("")).rstrip("/")


async def test_a_snapshot_and_the_events_after_it_equal_a_fresh_snapshot(
    engine: Engine, client: Client
) -> None:
    followed: Snapshot | None = None
    async with follow(address(client), topics=TOPICS, sleep=no_sleep) as follower:
        async for message in follower:
            if isinstance(message, TakenSnapshot):
                followed = msgspec.convert(message.data, Snapshot)
                await engine.ingest.push(ADMIN, STORIES)
                await engine.config.change(ADMIN, ConfigChange(signoff_ttl_hours=12))
                last = engine.log.cursor
            elif not message.id.startswith("~"):
                assert followed is not None
                followed = apply(followed, recorded(message))
                if message.id == last:
                    break
    fresh = await engine.snapshot(frozenset(TOPICS))

    assert followed is not None
    assert followed.issues
    assert followed == fresh


async def no_sleep(seconds: float) -> None:
    """Nothing here should have to reconnect."""
    raise AssertionError(f"reconnects after {seconds}")


def recorded(event: Event) -> Recorded:
    """An event of the wire as the engine's fold takes it."""
    epoch, _, seq = event.id.rpartition("-")
    data = msgspec.json.encode(event.data)
    time = msgspec.convert(event.time, type=Any)
    return Recorded(epoch, int(seq), event.type, event.topic, event.subject, time, data, b"", b"")


async def test_what_a_follower_missed_comes_from_the_store(engine: Engine, client: Client) -> None:
    since = engine.log.head
    for hours in (2, 3, 4):
        await engine.config.change(SYSTEM, ConfigChange(signoff_ttl_hours=hours))
    cursor = f"{engine.log.epoch}-{since}"

    async with follow(address(client), topics=("config",), since=cursor) as follower:
        events = [await anext(follower.__aiter__()) for _ in range(3)]

    hours_seen = [event.data["config"]["signoff_ttl_hours"] for event in events]
    assert hours_seen == [2, 3, 4]


async def test_the_access_topic_needs_more_than_reading(client: Client) -> None:
    async with client.ws_connect("/ws") as socket:
        hello = await socket.receive_json(timeout=5)
        await socket.send_json({"op": "subscribe", "id": 1, "topics": ["access"]})
        answer = await socket.receive_json(timeout=5)

    assert hello["principal"]["name"] == "anonymous"
    assert answer["code"] == "not_allowed"


async def test_a_demo_admin_may_follow_the_access_topic(client: Client) -> None:
    headers = {"Authorization": "Bearer demo-admin"}
    async with client.ws_connect("/ws", headers=headers) as socket:
        await socket.receive_json(timeout=5)
        await socket.send_json({"op": "subscribe", "id": 1, "topics": ["access"]})
        answer = await socket.receive_json(timeout=5)

    assert answer["op"] == "subscribed"


async def test_a_page_of_another_site_may_not_use_the_cookie(client: Client) -> None:
    headers = {"Origin": "https://elsewhere.example", "Cookie": "wireroom_session=whatever"}

    async with client.get("/ws", headers=headers) as response:
        answer = await response.json()

    assert response.status == 403
    assert answer["code"] == "cross_site"


@pytest.mark.parametrize("path", ["/ws", "/events"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
async def test_a_live_session_opens_no_stream_for_another_site(
    client: Client, path: str, headers: dict[str, str]
) -> None:
    await client.post("/session", json={"name": "Demo Analyst"})

    async with client.get(path, headers=headers) as response:
        answer = await response.json()

    assert (response.status, answer["code"]) == (403, "cross_site")


async def test_a_session_without_an_origin_opens_a_stream_because_no_browser_asks(
    client: Client,
) -> None:
    await client.post("/session", json={"name": "Demo Analyst"})

    async with client.ws_connect("/ws") as socket:
        hello = await socket.receive_json(timeout=5)

    assert hello["principal"]["name"] == "Demo Analyst"


async def test_a_bad_sse_query_is_answered_in_the_envelope(client: Client) -> None:
    async with client.get("/events?topics=weather") as response:
        answer = await response.json()

    assert response.status == 400
    assert answer["success"] is False
    assert "weather" in answer["error"]


async def test_plain_http_at_the_websocket_is_refused(client: Client) -> None:
    async with client.get("/ws") as response:
        status = response.status

    assert status == 400


# -- the contract of the log, for the real one and for the fake ----------------------------------


class Heard:
    def __init__(self) -> None:
        self.seqs: list[int] = []

    def recorded(self, events: Any) -> None:
        self.seqs += [event.seq for event in events]

    def latest(self, event: Any) -> None:
        raise AssertionError("nothing was published")


@pytest.fixture(params=["real", "fake"])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Any]:
    """A log, and a way to commit one event to it."""
    if request.param == "fake":
        fake = FakeLog()

        async def commit() -> None:
            fake.commit(ConfigChanged(config=Config(), by="Ana", fields=()))

        yield fake, commit
        return
    engine = await Engine.open(Settings(data_dir=tmp_path / "other", mock=True))
    hours = iter(range(2, 700))

    async def change() -> None:
        await engine.config.change(SYSTEM, ConfigChange(signoff_ttl_hours=next(hours)))

    yield engine.log, change
    await engine.close()


async def test_a_log_tells_its_listeners_every_number_once(log: Any) -> None:
    log, commit = log
    heard, before = Heard(), log.head
    stop = log.listen(heard)

    await commit()
    await commit()
    stop()
    await commit()

    assert heard.seqs == [before + 1, before + 2]
    assert log.head == before + 3


async def test_a_log_reads_what_comes_after_ascending_and_limited(log: Any) -> None:
    log, commit = log
    before = log.head
    for _ in range(4):
        await commit()

    lines = await log.read(before + 1, 2)

    assert [line.seq for line in lines] == [before + 2, before + 3]
    assert json.loads(lines[0].wire)["id"] == lines[0].cursor == f"{log.epoch}-{before + 2}"
    assert await log.read(log.head, 10) == []
    assert await log.floor() <= before
