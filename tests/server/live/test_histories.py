"""Random histories of disconnections, slowness, restarts and trimming, against a model.

The model: a client that resumes from what it last read sees every event once and in order, or is
told that it was not recovered and starts anew from a snapshot. Of latest values it sees each at
most once, in order, and the last one of each subject. ``WIREROOM_HISTORIES`` sets how many
histories.
"""

import asyncio
import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.events.ingest import IngestSourceRemoved
from server.live.cursor import Position, format_cursor, resume
from server.live.frames import Wire
from server.live.hub import Hub
from server.live.member import Member
from server.live.patience import HIGH_WATER
from server.live.where import Filter
from tests.server.live.fakes import (
    FakeClock,
    FakeConnection,
    FakeLog,
    FakeSockets,
    an_event,
    viewers_of,
)

CLIENTS = 3
RING = 4
PAGE = 3
Step = tuple[tuple[str, int], int]
"""What happens, to whom or how often, and the turns the event loop gets afterwards."""
SHOWN = Filter(frozenset({"issue", "presence"}))
SUBJECTS = 2
"""That latest values are about."""

whose = st.integers(0, CLIENTS - 1)
pauses = st.integers(0, 3)
actions = st.one_of(
    st.tuples(st.just("commit"), st.integers(1, 12)),
    st.tuples(st.just("commit_big"), st.integers(1, 4)),
    st.tuples(st.just("disconnect"), whose),
    st.tuples(st.just("connect"), whose),
    st.tuples(st.just("commit_hidden"), st.integers(1, 3)),
    st.tuples(st.just("publish"), st.integers(0, SUBJECTS - 1)),
    st.tuples(st.just("freeze"), whose),
    st.tuples(st.just("choke"), whose),
    st.tuples(st.just("thaw"), whose),
    st.tuples(st.just("trim"), st.integers(0, 3)),
    st.tuples(st.just("restart"), st.just(0)),
)
steps = st.lists(st.tuples(actions, pauses), max_size=40)


class Client:
    """Reads what its connection brings; a frozen one reads nothing more."""

    def __init__(self) -> None:
        self.connection: FakeConnection | None = None
        self.member: Member | None = None
        self.unread_from: int | None = None
        self.seen: int | None = None
        self.latest_from = 0
        self.latest: list[int] = []
        """Numbers of the latest values that came, beyond those published before it connected."""

    def read(self, log: FakeLog) -> None:
        """Check that what was written continues where this client was."""
        if self.connection is None:
            return
        readable = FakeConnection()
        readable.writes = self.connection.writes[: self.unread_from]
        self.connection.writes = self.connection.writes[len(readable.writes) :]
        if self.unread_from is not None:
            self.unread_from = 0
        read = readable.seqs()
        shown = [line.seq for line in log.lines if line.topic == "issue"]
        expected = [seq for seq in shown if self.seen is None or seq > self.seen]
        assert read == expected[: len(read)], "missed, doubled or out of order"
        self.seen = read[-1] if read else self.seen
        self.latest += readable.latest_numbers()
        behind = [self.latest_from, *self.latest]
        assert behind == sorted(set(behind)), "a latest value is doubled or out of order"


class History:
    """One log, one hub at a time, and the clients. Every other one is written to past its
    connection, or all are, and stand in step then."""

    def __init__(self, are_all_direct: bool) -> None:
        self.are_all_direct = are_all_direct
        self.log = FakeLog()
        self.sockets = FakeSockets()
        self.clients = [Client() for _ in range(CLIENTS)]
        self.published = [0] * SUBJECTS
        self.hub = self._new_hub()

    def _new_hub(self) -> Hub:
        return Hub(
            self.log,
            ring_size=RING,
            heartbeat_s=1e6,
            slow_consumer_s=1e6,
            clock=FakeClock(),
            page=PAGE,
            sender=self.sockets,
        )

    async def step(self, action: str, argument: int) -> None:
        """One thing happens to the desk, or to one client."""
        match action:
            case "commit":
                self.log.commit(*(an_event() for _ in range(argument)))
            case "commit_big":
                self.log.commit(*(an_event(quadrant="x" * 20_000) for _ in range(argument)))
            case "commit_hidden":
                self.log.commit(*(IngestSourceRemoved(source_id="a") for _ in range(argument)))
            case "publish":
                self.log.publish(viewers_of(f"issue-{argument}", "Ana"))
                self.published[argument] = self.log.latest_count
            case "trim":
                self.log.trim(max(await self.log.floor(), self.log.head - argument))
            case "restart":
                await self.restart()
            case _:
                await self.touch(action, self.clients[argument])

    async def touch(self, action: str, client: Client) -> None:
        match action:
            case "disconnect":
                self.disconnect(client)
            case "connect":
                await self.connect(client)
            case "freeze":
                freeze(client, 0)
            case "choke":
                freeze(client, HIGH_WATER + 1)
            case "thaw":
                thaw(client)

    def disconnect(self, client: Client) -> None:
        if client.connection is not None and client.member is not None:
            client.read(self.log)
            self.hub.leave(client.member)
            client.connection = client.member = None

    async def connect(self, client: Client) -> None:
        self.disconnect(client)
        since = None if client.seen is None else format_cursor(self.log.epoch, client.seen)
        floor = await self.log.floor()
        resumption = resume(since, Position(self.log.epoch, self.log.head, floor))
        after = self.log.head if resumption.after is None else resumption.after
        client.seen = after
        client.unread_from = None
        client.latest_from, client.latest = self.log.latest_count, []
        is_direct = self.are_all_direct or self.clients.index(client) % 2 == 0
        client.connection = FakeConnection(self.sockets if is_direct else None)
        client.member = self.hub.join(client.connection, Wire.JSON, "a test")
        self.hub.follow(client.member, after, SHOWN)

    async def restart(self) -> None:
        for client in self.clients:
            self.disconnect(client)
        await self.hub.close()
        self.hub = self._new_hub()

    async def finish(self) -> None:
        """Everyone comes back and reads everything."""
        for client in self.clients:
            thaw(client)
        await turns(400)
        for client in self.clients:
            client.read(self.log)
            if client.connection is None or client.connection.closed:
                await self.connect(client)
        await turns(400)
        for client in self.clients:
            client.read(self.log)
            shown = [line.seq for line in self.log.lines if line.topic == "issue"]
            assert client.seen is not None
            assert not [seq for seq in shown if seq > client.seen], "not delivered"
            due = {number for number in self.published if number > client.latest_from}
            assert due <= set(client.latest), "a latest value is not delivered"
        await self.hub.close()


def freeze(client: Client, waiting: int) -> None:
    if client.connection is not None and client.unread_from is None:
        client.unread_from = len(client.connection.writes)
        client.connection.freeze(waiting)


def thaw(client: Client) -> None:
    client.unread_from = None
    if client.connection is not None:
        client.connection.thaw()


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def check_ranks(hub: Hub) -> None:
    """Everybody stands where the hub says, and those in step can all be written to."""
    for rank in hub._ranks.all:
        assert rank.members
        for member in rank.members:
            assert member in hub._members
            assert (member.rank, member.group) == (rank, rank.group)
        if rank.at is not None:
            assert list(rank.directs) == [member.connection.direct for member in rank.members]
            assert min(rank.directs) >= 0


async def live_through(history: list[Step], are_all_direct: bool) -> None:
    told = History(are_all_direct)
    for client in told.clients:
        await told.connect(client)
    for (action, argument), pause in history:
        await told.step(action, argument)
        check_ranks(told.hub)
        await turns(pause)
        check_ranks(told.hub)
    await told.finish()


@settings(
    max_examples=int(os.environ.get("WIREROOM_HISTORIES", "300")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(steps, st.booleans())
def test_nothing_is_missed_doubled_or_reordered(history: list[Step], are_all_direct: bool) -> None:
    asyncio.run(live_through(history, are_all_direct))
