"""Turns on the event loop: work in slices, so that nobody waits longer than one."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from server.live.member import Member

SLICE_S = 0.002
"""5,000 writes in a row would block the loop for 10 ms."""
TURNS_BETWEEN = 3
"""Turns of the loop between two slices: as many as a request takes, which is read in one, handled
in the next, and written. With a slice in each of them it would wait for three."""
PAUSE_S = 0.001
"""When those turns take longer, the next slice waits for no more of them."""
VISITS_A_LOOK = 128
"""Members visited together, between two looks at the clock: half a millisecond."""


class Slice:
    """A stretch of work; ``is_spent`` says that it is time to yield, then ``restart``."""

    __slots__ = ("_clock", "_until")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.restart()

    def restart(self) -> None:
        self._until = self._clock() + SLICE_S

    @property
    def is_spent(self) -> bool:
        return self._clock() >= self._until


async def give_way() -> None:
    """Between two slices of a task's own."""
    for _ in range(TURNS_BETWEEN):
        await asyncio.sleep(0)


class Rota:
    """Who is due for a visit: rounds of members, each visited once a round.

    Who is woken while a round lasts is due in the next one. ``everyone`` gives all members, in an
    order that stays; a round of all of them is not put together anew for each event.
    ``call_soon`` is the event loop's: one tick is one call, and a slice at most.
    """

    def __init__(
        self,
        visit: Callable[[Sequence[Member]], None],
        everyone: Callable[[], Iterable[Member]],
        call_soon: Callable[[Callable[[], None]], object],
        clock: Callable[[], float],
    ) -> None:
        self._visit = visit
        self._everyone = everyone
        self._call_soon = call_soon
        self._clock = clock
        self._round: Iterator[Member] | None = None
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
        self._is_scheduled = False
        turn = Slice(self._clock)
        members = self._round or self._next_round()
        self._round = members
        while self._round is members:
            some = tuple(islice(members, VISITS_A_LOOK))
            self._visit(some)
            if len(some) < VISITS_A_LOOK:
                self._round = None
            elif turn.is_spent:
                break
        if self._round:
            self._pause()
        elif self._due or self._all_are_due:
            self._schedule()

    def _pause(self) -> None:
        """The slice is spent: the others have their turns before the next one."""
        self._is_scheduled = True
        self._turns_left = TURNS_BETWEEN
        self._pause_until = self._clock() + PAUSE_S
        self._call_soon(self._give_way)

    def _give_way(self) -> None:
        if self._turns_left == 0 or self._clock() >= self._pause_until:
            self._tick()
            return
        self._turns_left -= 1
        self._call_soon(self._give_way)

    def _next_round(self) -> Iterator[Member]:
        due, self._due = self._due, {}
        if not self._all_are_due:
            return iter(due)
        self._all_are_due = False
        return iter(self._everyone())
