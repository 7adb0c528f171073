"""A snapshot is made ready beside the loop; on the wire it is what it would have been."""

import asyncio
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from engine.model import Snapshot
from server.budgets.budgets import Budgets
from server.budgets.rates import Rates
from server.live.conversation import Conversation, Live
from server.live.hub import Hub
from server.live.messages import Encoding, SnapshotTaken, encode
from server.live.presence import Viewers
from server.live.rights import Rights
from server.live.session import Follow, Send, Session
from server.live.snapshot import pack, packed
from server.live.where import Filter
from tests.loop_watch import LIMIT_S, watching
from tests.server.live.fakes import (
    EDITION,
    QUADRANTS,
    READER,
    FakeConnection,
    FakeDesk,
    an_issue,
)

SUBSCRIBE = '{"op": "subscribe", "id": 1, "topics": ["issue"]}'
TITLE = "Fähre nach Sandholm fällt wegen Sturm den dritten Tag in Folge aus"
KEYWORDS = ("ferry", "storm", "harbour", "sandholm", "timetable", "passengers")
REASONS = ("7 sources report it.", "It is two hours old.", "It is close to “transport risk”.")
DECODE = {
    Encoding.JSON: msgspec.json.decode,
    Encoding.MSGPACK: msgspec.msgpack.decode,
}


def a_conversation(desk: FakeDesk, connection: FakeConnection) -> Conversation:
    hub = Hub(desk.log, ring_size=8, heartbeat_s=25, slow_consumer_s=30, clock=lambda: 0.0)
    live = Live(desk, hub, Viewers(desk.log.publish), Rights(), Budgets(Rates()))
    session = Session("s1", Encoding.JSON, READER, lambda: 0.0, QUADRANTS)
    return Conversation(live, session, connection, "a test")


def snapshot(issues: int) -> Snapshot:
    rows = tuple(an_issue(f"i-{n}", "Risk" if n % 5 else "Policy", 0.5) for n in range(issues))
    rows = tuple(replace(row, title=TITLE, keywords=KEYWORDS, reasons=REASONS) for row in rows)
    return Snapshot(at="e1-1", edition=EDITION, issues=rows, briefs=())


def taken(data: Snapshot) -> SnapshotTaken:
    return SnapshotTaken(id=1, at=data.at, data=data)


def decoded(encoding: Encoding, data: Snapshot) -> Any:
    return DECODE[encoding](encode(encoding, taken(data)))


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize("issues", [0, 1, 300])
def test_a_packed_snapshot_is_encoded_as_its_rows_would_be(encoding: Encoding, issues: int) -> None:
    whole = snapshot(issues)

    assert decoded(encoding, packed(whole, encoding)) == decoded(encoding, whole)


def test_rows_nobody_asked_for_stay_out() -> None:
    nothing = Snapshot(at="e1-1", edition=EDITION)

    assert packed(nothing) == nothing


def test_only_what_a_snapshot_sends_is_packed() -> None:
    follow = Follow(1, Filter(frozenset({"issue"})))

    sent, kept = pack([Send(taken(snapshot(2))), follow], Encoding.JSON)

    assert isinstance(sent, Send)
    assert sent.message == encode(Encoding.JSON, taken(snapshot(2)))
    assert kept is follow


async def test_five_thousand_issues_leave_the_loop_free(monkeypatch: pytest.MonkeyPatch) -> None:
    connection, desk = FakeConnection(), FakeDesk()
    desk.rows = snapshot(5_000).issues or ()
    conversation = a_conversation(desk, connection)

    with watching(monkeypatch) as watch:
        await conversation.settle(conversation.hear(SUBSCRIBE))
        await asyncio.sleep(0)  # the watch notes a callback when it has ended: this one, too

    assert max(map(len, connection.writes)) > 2_000_000
    assert watch.worst < LIMIT_S, watch.what
