"""The rota beside others on the loop: a clock that stands, turns that are counted."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from server.live.frames import Wire
from server.live.member import Member, Rank
from server.live.ranks import LONGEST, Ranks
from server.live.slices import PAUSE_S, SLICE_S, TURNS_BETWEEN, VISITS_A_LOOK, Rota, give_way
from tests.server.live.fakes import FakeClock, FakeConnection

CROWD = 3 * VISITS_A_LOOK


def a_member() -> Member:
    return Member(FakeConnection(), Wire.JSON, "a test")


class Turns:
    """The loop's side: what was scheduled, run a turn at a time. ``visited`` are the members."""

    def __init__(self, visit_s: float, crowd: int = CROWD) -> None:
        self.clock = FakeClock()
        self.visited: list[Member] = []
        self._visit_s = visit_s
        self._scheduled: list[Callable[[], None]] = []
        self.during_a_visit: Callable[[Sequence[Member]], None] = lambda _: None
        self.ranks = Ranks()
        for _ in range(crowd):
            self.ranks.place(a_member())
        call_soon = self._scheduled.append
        self.rota = Rota(self._visit, self._visit_rank, self.ranks.all, call_soon, self.clock)

    def _visit_rank(self, rank: Rank) -> None:
        self._visit(rank.members)

    def _visit(self, members: Sequence[Member]) -> None:
        self.visited += members
        self.clock.pass_(self._visit_s)
        self.during_a_visit(members)

    @property
    def calls_due(self) -> int:
        return len(self._scheduled)

    def turn(self, others_s: float = 0.0) -> int:
        """One turn of the loop; how many members it visited."""
        before = len(self.visited)
        due, self._scheduled[:] = list(self._scheduled), []
        for call in due:
            call()
        self.clock.pass_(others_s)
        return len(self.visited) - before


def test_between_two_slices_a_request_has_the_turns_that_it_needs() -> None:
    turns = Turns(visit_s=SLICE_S)

    turns.rota.wake_all()

    pause = [0] * TURNS_BETWEEN
    batch = VISITS_A_LOOK
    assert [turns.turn() for _ in range(2 * TURNS_BETWEEN + 3)] == [
        batch, *pause, batch, *pause, batch
    ]  # fmt: skip


def test_turns_that_take_long_do_not_hold_the_next_slice_up() -> None:
    turns = Turns(visit_s=SLICE_S)

    turns.rota.wake_all()

    assert [turns.turn(others_s=PAUSE_S) for _ in range(3)] == [VISITS_A_LOOK] * 3


def test_a_round_that_ends_within_its_slice_is_followed_by_the_next_at_once() -> None:
    turns = Turns(visit_s=SLICE_S / 10)
    turns.rota.wake_all()
    turns.turn()

    turns.rota.wake_all()

    assert turns.turn() == CROWD


@pytest.mark.parametrize("turns_later", range(TURNS_BETWEEN + 1))
def test_who_is_woken_in_a_pause_is_visited_once_and_after_the_round(turns_later: int) -> None:
    turns = Turns(visit_s=SLICE_S, crowd=VISITS_A_LOOK + 1)
    turns.rota.wake_all()
    for _ in range(1 + turns_later):
        turns.turn()
    late = a_member()

    turns.rota.wake(late)
    for _ in range(4 * TURNS_BETWEEN):
        turns.turn()

    assert turns.visited[-1] is late
    assert turns.visited.count(late) == 1
    assert len(turns.visited) == VISITS_A_LOOK + 2


def test_who_is_woken_by_a_visit_causes_no_second_round_beside_the_first() -> None:
    """A member that is not at the head after its visit is woken again: so is a whole crowd."""
    turns = Turns(visit_s=SLICE_S)
    turns.during_a_visit = lambda _: turns.rota.wake(turns.visited[0])
    turns.rota.wake_all()

    due = []
    for _ in range(10 * TURNS_BETWEEN):
        turns.turn()
        due.append(turns.calls_due)

    assert set(due) == {1}


def test_who_is_woken_by_a_visit_within_its_slice_waits_for_no_pause() -> None:
    turns = Turns(visit_s=SLICE_S / 10, crowd=1)
    turns.during_a_visit = lambda _: turns.rota.wake_all()
    turns.rota.wake_all()

    assert [turns.turn() for _ in range(3)] == [1, 1, 1]


def test_after_a_round_that_spent_its_slice_the_others_have_their_turns_too() -> None:
    turns = Turns(visit_s=SLICE_S, crowd=1)
    turns.during_a_visit = lambda _: turns.rota.wake_all()
    turns.rota.wake_all()

    assert [turns.turn() for _ in range(TURNS_BETWEEN + 2)] == [1, *[0] * TURNS_BETWEEN, 1]


def test_who_comes_while_the_ranks_are_visited_waits_for_the_next_round() -> None:
    turns = Turns(visit_s=0.0, crowd=LONGEST)
    turns.during_a_visit = lambda _: turns.ranks.place(a_member())  # in a rank of its own

    turns.rota.wake_all()

    assert [turns.turn(), turns.turn()] == [LONGEST, 0]
    turns.during_a_visit = lambda _: None
    turns.rota.wake_all()
    assert turns.turn() == LONGEST + 1


def test_a_visit_that_breaks_does_not_stop_the_rota() -> None:
    turns = Turns(visit_s=SLICE_S)
    turns.rota.wake_all()

    def breaks(_: Sequence[Member]) -> None:
        turns.during_a_visit = lambda _: None
        raise RuntimeError("a visit broke")

    turns.during_a_visit = breaks
    with pytest.raises(RuntimeError, match="a visit broke"):
        turns.turn()
    for _ in range(4 * TURNS_BETWEEN):
        turns.turn()

    assert len(turns.visited) == CROWD


@pytest.mark.parametrize(("turn_s", "turns"), [(0.0, TURNS_BETWEEN), (PAUSE_S, 1)])
async def test_a_task_gives_way_for_as_long_as_the_rota_does(turn_s: float, turns: int) -> None:
    clock, given = FakeClock(), 0

    async def others() -> None:
        nonlocal given
        while True:
            given += 1
            clock.pass_(turn_s)
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    await give_way(clock)
    other.cancel()

    assert given == turns
