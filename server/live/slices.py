"""Turns on the event loop: work in slices, so that nobody waits longer than one."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Sequence
from itertools import islice

from server.live.member import Member, Rank

SLICE_S = 0.002
"""5,000 writes in a row would block the loop for 10 ms."""
TURNS_BETWEEN = 3
"""Turns of the loop between two slices: as many as a request takes, which is read in one, handled
in the next, and written. With a slice in each of them it would wait for three."""
PAUSE_S = 0.0005
"""When those turns take longer, the next slice waits for no more of them."""
VISITS_A_LOOK = 128
"""Members visited together, between two looks at the clock: half a millisecond."""


class Slice:
    """A stretch of work; ``is_spent`` says that it is time to yield, then ``restart``."""

    __slots__ = ("_clock", "_until")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until = clock() + SLICE_S

    def restart(self) -> None:
        self._until = self._clock() + SLICE_S

    @property
    def is_spent(self) -> bool:
        return self._clock() >= self._until


async def give_way(clock: Callable[[], float]) -> None:
    """The others' turns between two slices, for a task that works in slices."""
    until = clock() + PAUSE_S
    for _ in range(TURNS_BETWEEN):
        await asyncio.sleep(0)
        if clock() >= until:
            break


class Rota:
    """Who is due for a visit: rounds of members, each visited once a round.

    Who is woken while a round lasts is due in the next one. When all are due they are visited rank
    by rank. ``call_soon`` is the loop's: one call is a slice at most, or a turn of the others.
    """

    def __init__(
        self,
        visit: Callable[[Sequence[Member]], None],
        visit_rank: Callable[[Rank], None],
        ranks: Collection[Rank],
        call_soon: Callable[[Callable[[], None]], object],
        clock: Callable[[], float],
    ) -> None:
        self._visit = visit
        self._visit_rank = visit_rank
        self._ranks = ranks
        self._call_soon = call_soon
        self._clock = clock
        self._round: deque[Rank | tuple[Member, ...]] = deque()
        self._due: dict[Member, None] = {}
        self._all_are_due = False
        self._is_scheduled = False
        self._turns_left = 0
        self._pause_until = 0.0

    def wake(self, member: Member) -> None:
        self._due[member] = None
        self._schedule()

    def wake_all(self) -> None:
        self._all_are_due = True
        self._schedule()

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._call_soon(self._tick)

    def _tick(self) -> None:
        """One slice. Scheduled until nobody is due, pauses included: who is woken by a visit
        schedules no second one."""
        turn = Slice(self._clock)
        try:
            if not self._round:
                self._round = self._next_round()
            while self._round:
                some = self._round.popleft()
                if isinstance(some, Rank):
                    self._visit_rank(some)
                else:
                    self._visit(some)
                if turn.is_spent:
                    break
        finally:
            if not (self._round or self._due or self._all_are_due):
                self._is_scheduled = False
            elif turn.is_spent:
                self._pause()
            else:
                self._call_soon(self._tick)

    def _pause(self) -> None:
        self._turns_left = TURNS_BETWEEN
        self._pause_until = self._clock() + PAUSE_S
        self._call_soon(self._wait)

    def _wait(self) -> None:
        """The others' turns between two slices: so many, or those that fit in a pause."""
        if self._turns_left == 0 or self._clock() >= self._pause_until:
            self._tick()
            return
        self._turns_left -= 1
        self._call_soon(self._wait)

    def _next_round(self) -> deque[Rank | tuple[Member, ...]]:
        due, self._due = iter(self._due), {}
        if self._all_are_due:
            self._all_are_due = False
            return deque(self._ranks)
        return deque(iter(lambda: tuple(islice(due, VISITS_A_LOOK)), ()))
