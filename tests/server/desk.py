"""What the server's tests share: who asks, what they send, and a desk that does as it is told."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aiohttp.test_utils import TestClient

from engine.events.event import Event
from engine.events.recorded import Latest, Recorded
from engine.model import Roi, RoiAssumptions, RunRow
from engine.ports import Listener
from tests.engine.clock import START
from tests.server.live.fakes import FakeIssues

Client = TestClient[Any, Any]

ANALYST = {"Authorization": "Bearer demo-analyst"}
HEAD = {"Authorization": "Bearer demo-strategy-head"}
ADMIN = {"Authorization": "Bearer demo-admin"}

ITEMS = (
    {
        "title": "Quillan Harbour raises tolls for bulk carriers",
        "text": "The Quillan Harbour Authority raised tolls for bulk carriers by nine percent. "
        "Shippers warn that the new tolls put 400 jobs at risk. The regulation takes effect "
        "in June and the ministry will review it within a year.",
        "publisher": "Sorrel Observer",
    },
    {
        "title": "Tolls at Quillan Harbour up for bulk carriers",
        "text": "Bulk carriers pay more at Quillan Harbour from June, the harbour authority said. "
        "The ministry of transport called the new regulation overdue.",
        "publisher": "Calder Courier",
    },
)


async def push_items(client: Client) -> str:
    """Push a story and return the id of the issue that came of it."""
    pushed = await client.post("/ingest/items", json={"items": ITEMS}, headers=ANALYST)
    assert pushed.status == 200, await pushed.text()
    today = await (await client.get("/classify/today")).json()
    return str(today["data"]["issues"][0]["id"])


async def write_brief(client: Client) -> dict[str, Any]:
    """Push a story and have its brief written; the brief's list row."""
    issue_id = await push_items(client)
    written = await client.post(f"/brief/{issue_id}/write", headers=ANALYST)
    assert written.status == 200, await written.text()
    row: dict[str, Any] = (await written.json())["data"]["brief"]
    return row


async def sign(client: Client, brief: dict[str, Any], role: str, who: dict[str, str]) -> Any:
    body = {"role": role, "approve": True, "brief_id": brief["id"], "digest": brief["digest"]}
    return await client.post("/review/signoff", json=body, headers=who)


def an_event(
    seq: int,
    topic: str = "issue",
    kind: str = "issue.added",
    data: bytes = b"{}",
) -> Recorded:
    return Recorded("e1", seq, kind, topic, "some-subject", START, data, b"", b"{}")


def a_run(**changes: Any) -> RunRow:
    return RunRow(**{"id": "run-1", "started": START, **changes})


class FakeLog:
    """Announces what a test says, to everybody who listens."""

    epoch = "e1"

    def __init__(self) -> None:
        self.head = 0
        self.listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def announce(self, *events: Recorded) -> None:
        self.head = events[-1].seq
        for listener in self.listeners:
            listener.recorded(events)

    def publish(self, event: Event) -> None:
        latest = Latest("presence", "presence", "some-subject", b"{}")
        for listener in self.listeners:
            listener.latest(latest)

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        return []

    async def floor(self) -> int:
        return 0


class FakeNotary:
    """Has nothing to sign."""

    waiting = failures = 0


class FakeEngine:
    """An engine whose one read, the ROI, fails or hangs as a test wants."""

    lock = 0

    def __init__(self) -> None:
        self.log = FakeLog()
        self.notary = FakeNotary()
        self.issues = FakeIssues()
        self.told: list[str] = []
        self.ready = True
        self.error: BaseException | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.reads = 0
        self.asked = asyncio.Event()

    def claim(self) -> None:
        self.told.append("claim")

    async def stand_down(self) -> None:
        self.told.append("stand down")

    async def roi(self) -> Roi:
        self.reads += 1
        self.asked.set()
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return Roi(
            issues_processed=self.reads,
            before_hours=0,
            after_minutes=0,
            hours_saved=0,
            fte_equiv=0,
            assumptions=RoiAssumptions(),
        )
