"""Turns on the event loop: work in slices, so that nobody waits longer than one."""

from collections import deque
from collections.abc import Callable, Iterable

from server.live.member import Member

SLICE_S = 0.002
"""5,000 writes in a row would block the loop for 10 ms."""
VISITS_A_LOOK = 16
"""Visits between two looks at the clock: some 100 microseconds."""


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


class Rota:
    """Who is due for a visit, each at most once, first come first served.

    ``call_soon`` is the event loop's: one tick is one call, and a slice at most.
    """

    def __init__(
        self,
        visit: Callable[[Member], None],
        call_soon: Callable[[Callable[[], None]], object],
        clock: Callable[[], float],
    ) -> None:
        self._visit = visit
        self._call_soon = call_soon
        self._clock = clock
        self._due: deque[Member] = deque()
        self._is_scheduled = False

    def wake(self, member: Member) -> None:
        if not member.is_due:
            member.is_due = True
            self._due.append(member)
        self._schedule()

    def wake_all(self, members: Iterable[Member]) -> None:
        """Members already due keep their place, so that no one starves in a busy hour."""
        for member in members:
            if not member.is_due:
                member.is_due = True
                self._due.append(member)
        self._schedule()

    def _schedule(self) -> None:
        if self._due and not self._is_scheduled:
            self._is_scheduled = True
            self._call_soon(self._tick)

    def _tick(self) -> None:
        self._is_scheduled = False
        turn = Slice(self._clock)
        due, visit = self._due, self._visit
        for count in range(1, len(due) + 1):
            member = due.popleft()
            member.is_due = False
            visit(member)
            if count % VISITS_A_LOOK == 0 and turn.is_spent:
                break
        self._schedule()
