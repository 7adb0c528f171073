"""The hub: gapless, joined, patient; tested with a transport that remembers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from engine.events.event import Facets
from server.live.frames import PING, Wire
from server.live.hub import Hub
from server.live.joining import CHUNK, LOOKED_AT, Joined
from server.live.member import Member
from server.live.messages import Where
from server.live.patience import HIGH_WATER
from server.live.slices import VISITS_A_LOOK
from server.live.where import Filter
from tests.server.live.fakes import (
    FakeClock,
    FakeConnection,
    FakeLog,
    FakeSockets,
    a_change,
    an_event,
    texts,
    viewers_of,
)

ISSUES = Filter(frozenset({"issue"}))
RING = 8
EVERYTHING = Filter(frozenset({"issue", "presence"}))


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def hub(log: FakeLog, clock: FakeClock) -> AsyncIterator[Hub]:
    hub = Hub(log, ring_size=RING, heartbeat_s=25, slow_consumer_s=30, clock=clock)
    yield hub
    await hub.close()


@pytest.fixture
def sockets() -> FakeSockets:
    return FakeSockets()


@pytest.fixture
async def straight(log: FakeLog, clock: FakeClock, sockets: FakeSockets) -> AsyncIterator[Hub]:
    """A hub that writes past connections."""
    hub = Hub(log, ring_size=RING, heartbeat_s=25, slow_consumer_s=30, clock=clock, sender=sockets)
    yield hub
    await hub.close()


def followed(
    hub: Hub,
    after: int = 0,
    shown: Filter = ISSUES,
    wire: Wire = Wire.JSON,
    sockets: FakeSockets | None = None,
) -> tuple[FakeConnection, Member]:
    connection = FakeConnection(sockets)
    member = hub.join(connection, wire, "a test")
    hub.follow(member, after, shown)
    return connection, member


async def neighbours(
    hub: Hub, log: FakeLog, sockets: FakeSockets
) -> tuple[FakeConnection, tuple[FakeConnection, Member]]:
    """Two that stand at one place, behind one event; of the second its member, too."""
    first, _ = followed(hub, sockets=sockets)
    second = followed(hub, sockets=sockets)
    log.commit(an_event())
    await settle()
    return first, second


async def settle() -> None:
    """Let everything that is due happen."""
    for _ in range(200):
        await asyncio.sleep(0)


async def test_events_arrive_in_order_and_once(hub: Hub, log: FakeLog) -> None:
    connection, _ = followed(hub)

    for _ in range(5):
        log.commit(an_event())
        await settle()

    assert connection.seqs() == [1, 2, 3, 4, 5]


async def test_events_of_one_tick_are_one_write(hub: Hub, log: FakeLog) -> None:
    connection, _ = followed(hub)

    log.commit(an_event(), an_event())
    log.commit(an_event())
    await settle()

    assert len(connection.writes) == 1
    assert connection.seqs() == [1, 2, 3]


async def test_members_at_one_cursor_share_the_same_bytes(hub: Hub, log: FakeLog) -> None:
    first, _ = followed(hub)
    second, _ = followed(hub)

    log.commit(an_event(), an_event())
    await settle()

    assert first.writes[0] is second.writes[0]


async def test_a_hidden_event_writes_nothing_and_moves_the_cursor(hub: Hub, log: FakeLog) -> None:
    connection, member = followed(hub, shown=Filter(frozenset({"review"})))

    log.commit(an_event())
    await settle()

    assert connection.writes == []
    assert member.cursor == 1


async def test_a_narrow_filter_far_behind_is_looked_for_in_several_turns(log: FakeLog) -> None:
    hub = Hub(log, ring_size=8 * LOOKED_AT, heartbeat_s=25, slow_consumer_s=30)
    log.commit(*(an_event() for _ in range(3 * LOOKED_AT)), an_event(quadrant="Risk"))

    connection, member = followed(hub, shown=Filter(ISSUES.topics, Where(quadrant=("Risk",))))
    await asyncio.sleep(0)
    after_one_turn = member.cursor
    await settle()
    await hub.close()

    assert after_one_turn == LOOKED_AT
    assert connection.seqs() == [3 * LOOKED_AT + 1]


async def test_an_issue_leaving_the_filter_is_shown(hub: Hub, log: FakeLog) -> None:
    connection, _ = followed(hub, shown=Filter(ISSUES.topics, Where(quadrant=("Risk",))))

    log.commit(a_change(Facets("Risk", 0.5), quadrant="Policy"))
    log.commit(a_change(Facets("Policy", 0.5), quadrant="Policy"))
    await settle()

    assert connection.seqs() == [1]


async def test_a_cursor_past_the_announced_head_waits_for_its_turn(hub: Hub, log: FakeLog) -> None:
    connection, _ = followed(hub, after=2)

    log.commit(an_event())
    log.commit(an_event(), an_event())
    await settle()

    assert connection.seqs() == [3]


async def test_a_cursor_that_fell_out_of_the_ring_is_served_from_the_store(
    hub: Hub, log: FakeLog
) -> None:
    log.commit(*(an_event() for _ in range(30)))

    connection, _ = followed(hub, after=3)
    await settle()

    assert connection.seqs() == list(range(4, 31))
    assert log.reads == 1


async def test_members_far_behind_share_one_read(hub: Hub, log: FakeLog) -> None:
    log.commit(*(an_event() for _ in range(30)))

    connections = [followed(hub, after=cursor)[0] for cursor in (3, 3, 10)]
    await settle()

    assert [connection.seqs()[0] for connection in connections] == [4, 4, 11]
    assert {connection.seqs()[-1] for connection in connections} == {30}
    assert log.reads == 1


async def test_a_member_whose_next_event_is_gone_is_told_to_resume(hub: Hub, log: FakeLog) -> None:
    log.commit(*(an_event() for _ in range(30)))
    log.trim(10)

    connection, _ = followed(hub, after=3)
    await settle()

    assert connection.seqs() == []
    assert connection.closed is not None
    assert connection.closed[0] == 4410


async def test_a_store_that_cannot_be_read_closes_those_who_need_it(hub: Hub, log: FakeLog) -> None:
    log.commit(*(an_event() for _ in range(30)))
    log.broken = OSError("disk gone")
    near, _ = followed(hub, after=28)

    far, _ = followed(hub, after=3)
    await settle()

    assert far.closed is not None
    assert far.closed[0] == 1011
    assert near.seqs() == [29, 30]


async def test_a_slow_consumer_is_skipped_and_goes_on_when_it_drains(
    hub: Hub, log: FakeLog
) -> None:
    slow, _ = followed(hub)
    quick, _ = followed(hub)
    slow.freeze(waiting=HIGH_WATER + 1)

    log.commit(an_event())
    await settle()
    skipped = slow.seqs()
    log.commit(an_event())
    slow.thaw()
    await settle()

    assert skipped == []
    assert slow.seqs() == [1, 2]
    assert quick.seqs() == [1, 2]


async def test_a_slow_consumer_that_fell_out_of_the_ring_goes_on_from_the_store(
    hub: Hub, log: FakeLog
) -> None:
    slow, _ = followed(hub)
    slow.freeze(waiting=HIGH_WATER + 1)

    for _ in range(30):
        log.commit(an_event())
        await settle()
    slow.thaw()
    await settle()

    assert slow.seqs() == list(range(1, 31))


async def test_a_slow_consumer_never_holds_more_than_a_chunk_over_high_water(
    hub: Hub, log: FakeLog
) -> None:
    slow, _ = followed(hub)
    slow.freeze()

    for _ in range(1_000):
        log.commit(an_event())
        await settle_shortly()

    assert slow.waiting <= HIGH_WATER + CHUNK


async def settle_shortly() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_no_progress_for_long_closes_with_a_code_that_says_reconnect(
    hub: Hub, log: FakeLog, clock: FakeClock
) -> None:
    slow, _ = followed(hub)
    slow.freeze(waiting=HIGH_WATER + 1)
    log.commit(an_event())
    await settle()

    clock.pass_(29)
    hub.sweep()
    before = slow.closed
    clock.pass_(1)
    hub.sweep()

    assert before is None
    assert slow.closed == (4410, "Nothing was read for too long.")
    assert hub.slow_count == 0


async def test_slow_progress_is_progress(hub: Hub, log: FakeLog, clock: FakeClock) -> None:
    slow, _ = followed(hub)
    slow.freeze(waiting=HIGH_WATER + 1000)
    log.commit(an_event())
    await settle()

    for _ in range(10):
        clock.pass_(29)
        slow.read_some(1)
        hub.sweep()

    assert slow.closed is None


async def test_a_drain_that_nobody_told_of_is_found_by_the_sweep(hub: Hub, log: FakeLog) -> None:
    slow, _ = followed(hub)
    slow.freeze(waiting=HIGH_WATER + 1)
    log.commit(an_event())
    await settle()

    slow.read_some(HIGH_WATER)
    hub.sweep()
    await settle()

    assert slow.seqs() == [1]


async def test_a_newer_value_replaces_one_not_yet_written(hub: Hub, log: FakeLog) -> None:
    slow, _ = followed(hub, shown=EVERYTHING)
    slow.freeze(waiting=HIGH_WATER + 1)
    for names in (("Ana",), ("Ana", "Ole"), ("Ole",)):
        log.publish(viewers_of("harbour-levy", *names))
        await settle()

    slow.thaw()
    await settle()

    assert [message["data"] for message in slow.messages()] == [
        {"subject": "harbour-levy", "viewers": ["Ole"], "editors": []}
    ]


@pytest.mark.parametrize("are_direct", [False, True])
async def test_a_latest_value_comes_once_whatever_comes_behind_it(
    straight: Hub, log: FakeLog, sockets: FakeSockets, are_direct: bool
) -> None:
    connections = [
        followed(straight, shown=EVERYTHING, sockets=sockets if are_direct else None)[0]
        for _ in range(3)
    ]
    log.publish(viewers_of("harbour-levy", "Ana"))
    await settle()

    for _ in range(2):
        log.commit(an_event())
        await settle()

    assert [each.latest_numbers() for each in connections] == [[1]] * 3
    assert [each.seqs() for each in connections] == [[1, 2]] * 3


async def test_latest_values_are_not_replayed_to_who_comes_later(hub: Hub, log: FakeLog) -> None:
    log.publish(viewers_of("harbour-levy", "Ana"))

    connection, _ = followed(hub, shown=EVERYTHING)
    await settle()

    assert connection.writes == []


async def test_a_heartbeat_carries_the_position_though_the_filter_shows_nothing(
    hub: Hub, log: FakeLog, clock: FakeClock
) -> None:
    connection, _ = followed(hub, shown=Filter(frozenset({"review"})))
    log.commit(an_event(), an_event())
    await settle()

    clock.pass_(25)
    hub.sweep()
    await settle()

    assert connection.messages() == [{"op": "position", "at": "e1-2"}]
    assert connection.writes[0].endswith(b"\x89\x00")


async def test_who_resumes_behind_a_hidden_event_hears_that_it_has_caught_up(
    hub: Hub, log: FakeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.live.hub.CAUGHT_UP_S", 0)
    log.commit(an_event(), an_event(quadrant="Risk"))

    connection, _ = followed(hub, shown=Filter(ISSUES.topics, Where(quadrant=("Policy",))))
    await settle()

    assert connection.seqs() == [1]
    assert connection.messages()[-1] == {"op": "position", "at": "e1-2"}


async def test_who_resumes_behind_a_shown_event_needs_no_word(
    hub: Hub, log: FakeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.live.hub.CAUGHT_UP_S", 0)
    log.commit(an_event(), an_event())

    connection, _ = followed(hub)
    await settle()

    assert [message.get("op") for message in connection.messages()] == [None, None]


async def test_who_follows_nothing_is_only_pinged(hub: Hub, clock: FakeClock) -> None:
    connection = FakeConnection()
    hub.join(connection, Wire.JSON, "a test")

    clock.pass_(25)
    hub.sweep()
    await settle()

    assert connection.writes == [b"\x89\x00"]


async def test_a_peer_that_answers_no_ping_is_closed_within_two_heartbeats(
    hub: Hub, clock: FakeClock
) -> None:
    silent, _ = followed(hub)
    alive, member = followed(hub)

    for _ in range(2):
        clock.pass_(25)
        hub.sweep()
        await settle()
        clock.pass_(0.1)
        hub.heard(member)

    assert silent.closed == (4410, "No answer to a ping.")
    assert alive.closed is None


async def test_a_lost_connection_leaves_at_the_next_beat(hub: Hub, clock: FakeClock) -> None:
    connection, _ = followed(hub)
    connection.is_lost = True

    clock.pass_(25)
    hub.sweep()
    await settle()

    assert len(hub) == 0


async def test_a_new_subscription_replaces_the_old_one(hub: Hub, log: FakeLog) -> None:
    connection, member = followed(hub)
    log.commit(an_event())
    await settle()

    hub.stop(member)
    log.commit(an_event())
    await settle()
    hub.follow(member, 2, ISSUES)
    log.commit(an_event())
    await settle()

    assert connection.seqs() == [1, 3]


async def test_everyone_hears_goodbye_and_is_closed_with_1012(hub: Hub) -> None:
    first, _ = followed(hub)
    second, _ = followed(hub)

    await hub.goodbye(lambda wire: wire.name.encode())

    assert first.writes == second.writes == [b"JSON"]
    assert first.closed == second.closed == (1012, "The server restarts.")
    assert hub.is_leaving
    assert len(hub) == 0


async def test_who_comes_after_the_goodbye_is_closed_too(hub: Hub) -> None:
    await hub.goodbye(lambda wire: b"")

    connection, _ = followed(hub)

    assert connection.closed == (1012, "The server restarts.")


async def test_a_long_round_is_cut_into_slices(log: FakeLog) -> None:
    ticking = iter(range(10**6))
    hub = Hub(
        log,
        ring_size=RING,
        heartbeat_s=25,
        slow_consumer_s=30,
        clock=lambda: next(ticking) * 0.001,
    )
    connections = [followed(hub)[0] for _ in range(3 * VISITS_A_LOOK)]
    await settle()

    log.commit(an_event())
    await asyncio.sleep(0)
    after_one_turn = sum(bool(connection.writes) for connection in connections)
    await settle()
    await hub.close()

    assert 0 < after_one_turn <= 2 * VISITS_A_LOOK
    assert all(connection.seqs() == [1] for connection in connections)


async def test_sse_members_get_the_same_event_as_text(hub: Hub, log: FakeLog) -> None:
    connection, _ = followed(hub, wire=Wire.SSE)
    websocket, _ = followed(hub)

    log.commit(an_event())
    await settle()

    event = texts(websocket.writes[0])[0]
    assert connection.writes == [b"id: e1-1\ndata: " + event + b"\n\n"]


async def test_neighbours_at_one_place_are_written_to_together(
    straight: Hub, log: FakeLog, sockets: FakeSockets
) -> None:
    connections = [followed(straight, sockets=sockets)[0] for _ in range(4)]

    log.commit(an_event())
    log.commit(an_event())
    await settle()

    assert sockets.sent == [[0, 1, 2, 3]]
    assert [connection.seqs() for connection in connections] == [[1, 2]] * 4


async def test_neighbours_in_step_are_brought_on_without_a_look_at_them(
    straight: Hub, log: FakeLog, sockets: FakeSockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = await neighbours(straight, log, sockets)
    looked_at: list[Member] = []
    monkeypatch.setattr(straight, "_onward", looked_at.append)

    for _ in range(3):
        log.commit(an_event())
        await settle()

    assert looked_at == []
    assert first.seqs() == [1, 2, 3, 4]


async def test_neighbours_in_step_get_all_of_what_is_more_than_one_write(
    straight: Hub, log: FakeLog, sockets: FakeSockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, (second, _) = await neighbours(straight, log, sockets)
    monkeypatch.setattr("server.live.joining.CHUNK", 1)

    log.commit(*(an_event() for _ in range(4)))
    await settle()

    assert first.seqs() == second.seqs() == [1, 2, 3, 4, 5]


async def test_neighbours_in_step_that_fall_out_of_the_ring_get_all_from_the_store(
    straight: Hub, log: FakeLog, sockets: FakeSockets
) -> None:
    first, (second, _) = await neighbours(straight, log, sockets)

    log.commit(*(an_event() for _ in range(20)))
    await settle()

    assert first.seqs() == second.seqs() == list(range(1, 22))


async def test_what_breaks_over_those_in_step_is_tried_with_each_alone(
    straight: Hub, log: FakeLog, sockets: FakeSockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, (second, _) = await neighbours(straight, log, sockets)
    real, failures = straight._groups.onward, [ValueError("broken")]

    def onward(*place: Any) -> Joined:
        if failures:
            raise failures.pop()
        return real(*place)

    monkeypatch.setattr(straight._groups, "onward", onward)
    with capture_logs() as lines:
        log.commit(an_event())
        await settle()

    assert first.seqs() == second.seqs() == [1, 2]
    assert [line["event"] for line in lines] == ["live_rank_failed"]


@pytest.mark.parametrize("beyond", [0, 1])
async def test_neighbours_in_step_at_the_ring_s_edge_get_all_in_order(
    straight: Hub, log: FakeLog, sockets: FakeSockets, beyond: int
) -> None:
    first, (second, _) = await neighbours(straight, log, sockets)

    log.commit(*(an_event() for _ in range(RING + beyond)))
    await settle()

    assert first.seqs() == second.seqs() == list(range(1, RING + beyond + 2))
    assert bool(log.reads) == bool(beyond), "what the ring does not cover is read from the store"


async def test_who_left_while_its_question_was_answered_follows_nothing(
    straight: Hub, log: FakeLog, sockets: FakeSockets
) -> None:
    connection, member = followed(straight, sockets=sockets)
    straight.leave(member)

    straight.follow(member, 0, ISSUES)
    log.commit(an_event())
    await settle()

    assert connection.seqs() == []
    assert (list(straight._ranks.all), member.is_following) == ([], False)


async def test_who_follows_nothing_any_more_stands_with_nobody(
    straight: Hub, log: FakeLog, sockets: FakeSockets
) -> None:
    _, (_, member) = await neighbours(straight, log, sockets)

    straight.stop(member)

    assert [(rank.group, len(rank.members)) for rank in straight._ranks.all if not rank.group] == [
        (None, 1)
    ]


async def test_nothing_is_sent_behind_the_close_of_one_in_step(
    straight: Hub, log: FakeLog, sockets: FakeSockets
) -> None:
    stays, (closes, _) = await neighbours(straight, log, sockets)

    closes.close(1000, "")
    log.commit(an_event())
    await settle()

    assert stays.seqs() == [1, 2]
    assert closes.seqs() == [1]


async def test_a_newcomer_beside_those_in_step_gets_what_it_asked_for(
    straight: Hub, log: FakeLog, sockets: FakeSockets
) -> None:
    first, _ = await neighbours(straight, log, sockets)

    log.commit(an_event())
    newcomer, _ = followed(straight, 1, sockets=sockets)
    await settle()
    log.commit(an_event())
    await settle()

    assert first.seqs() == [1, 2, 3]
    assert newcomer.seqs() == [2, 3]


async def test_who_stands_elsewhere_gets_other_bytes(
    straight: Hub, log: FakeLog, sockets: FakeSockets
) -> None:
    log.commit(an_event())
    afters = (0, 1, 1, 0)
    connections = [followed(straight, after, sockets=sockets)[0] for after in afters]

    log.commit(an_event())
    await settle()

    assert [connection.seqs() for connection in connections] == [[1, 2], [2], [2], [1, 2]]


async def test_what_a_socket_does_not_take_goes_out_behind_it(
    straight: Hub, log: FakeLog, sockets: FakeSockets
) -> None:
    connections = [followed(straight, sockets=sockets)[0] for _ in range(3)]
    connections[1].freeze()

    log.commit(an_event())
    await settle()
    log.commit(an_event())
    await settle()
    connections[1].thaw()
    log.commit(an_event())
    await settle()

    assert [connection.seqs() for connection in connections] == [[1, 2, 3]] * 3
    assert sockets.sent == [[0, 1, 2], [0, 2], [0, 1, 2]]


async def test_hidden_events_are_sent_to_no_socket(
    straight: Hub, log: FakeLog, sockets: FakeSockets
) -> None:
    _, member = followed(straight, shown=Filter(frozenset({"review"})), sockets=sockets)

    log.commit(an_event())
    await settle()

    assert sockets.sent == []
    assert member.cursor == 1


async def test_who_breaks_is_closed_and_nobody_else_misses_anything(
    straight: Hub, log: FakeLog, sockets: FakeSockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, _ = followed(straight, sockets=sockets)
    broken, _ = followed(straight)
    monkeypatch.setattr(broken, "offer", lambda _payload: 1 / 0)
    behind = [followed(straight, sockets=each)[0] for each in (sockets, None)]

    with capture_logs() as lines:
        log.commit(an_event())
        await settle()
        at_once = [each.seqs() for each in (before, *behind)]
        log.commit(an_event())
        await settle()

    assert at_once == [[1]] * 3
    assert [each.seqs() for each in (before, *behind)] == [[1, 2]] * 3
    assert broken.closed == (1011, "Internal error.")
    assert len(straight) == 3
    assert [line["event"] for line in lines] == ["live_member_failed"]


async def test_who_has_left_is_sent_nothing_more_in_the_same_round(
    straight: Hub, log: FakeLog, sockets: FakeSockets
) -> None:
    stays, (leaves, member) = await neighbours(straight, log, sockets)

    log.commit(an_event())
    straight.leave(member)
    await settle()

    assert stays.seqs() == [1, 2]
    assert leaves.seqs() == [1]


async def test_who_follows_no_more_is_sent_nothing_with_its_neighbours(
    straight: Hub, log: FakeLog, sockets: FakeSockets
) -> None:
    stays, (stops, member) = await neighbours(straight, log, sockets)

    straight.stop(member)
    log.commit(an_event())
    await settle()

    assert stays.seqs() == [1, 2]
    assert stops.seqs() == [1]


async def test_neighbours_at_one_place_each_get_their_heartbeat(
    straight: Hub, log: FakeLog, sockets: FakeSockets, clock: FakeClock
) -> None:
    connections = [followed(straight, sockets=sockets)[0] for _ in range(3)]
    log.commit(an_event())
    await settle()

    clock.pass_(25)
    straight.sweep()
    await settle()

    assert [len(connection.writes) for connection in connections] == [2, 2, 2]
    assert all(connection.writes[1].endswith(PING) for connection in connections)
