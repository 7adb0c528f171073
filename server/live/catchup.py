"""Serving members whose cursor fell out of the ring from the store, page by page.

The same code serves a first subscription, a resumption and a slow consumer that came back.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from engine.events.recorded import Recorded
from server.live.closing import BY_NAME
from server.live.frames import Wire
from server.live.joining import Joined, join
from server.live.member import Member
from server.live.ring import Framed
from server.live.slices import Slice, give_way
from server.live.where import Filter

PAGE = 512
"""Events read from the store at once: under a millisecond of framing."""

Place = tuple[int, int, Filter, Wire]
"""Where a member stands: its cursor, what it has seen, what it is shown and how."""

logger = structlog.get_logger(__name__)


class Reader(Protocol):
    async def read(self, after: int, limit: int) -> list[Recorded]: ...


class CatchUp:
    """``is_behind`` says whether the ring cannot serve a member, ``deliver`` writes to one.

    A member that is blocked or covered by the ring again goes back to the hub by ``wake``.
    """

    def __init__(
        self,
        log: Reader,
        is_behind: Callable[[Member], bool],
        deliver: Callable[[Member, Joined], None],
        wake: Callable[[Member], None],
        clock: Callable[[], float],
        page: int = PAGE,
    ) -> None:
        self._log = log
        self._clock = clock
        self._page = page
        self._is_behind = is_behind
        self._deliver = deliver
        self._wake = wake
        self._members: dict[Member, None] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, member: Member) -> None:
        self._members[member] = None
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
            self._task.add_done_callback(self._ended)

    def discard(self, member: Member) -> None:
        self._members.pop(member, None)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while self._members:
            first = next(iter(self._members))
            # Read again in turn: nobody waits for another's whole backlog.
            self._members[first] = self._members.pop(first)
            after = first.cursor
            page = await self._log.read(after, self._page)
            await self._serve([Framed(event) for event in page], after)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        stranded, self._members = list(self._members), {}
        if task.cancelled():
            return
        if error := task.exception():
            logger.error("live_catch_up_failed", exc_info=error)
            for member in stranded:
                member.connection.close(BY_NAME["internal_error"], "The log cannot be read.")
            return
        for member in stranded:
            self._wake(member)

    async def _serve(self, page: Sequence[Framed], after: int) -> None:
        """Serve everyone whose next event is on this page; the read may have been for another."""
        joins: dict[Place, Joined] = {}
        last = _last_of_run(page, after)
        turn = Slice(self._clock)
        for member in tuple(self._members):
            if member not in self._members:
                continue
            if member.cursor == after and last == after and self._is_behind(member):
                self._lose(member)
            while member.group is not None and self._can_serve(member, after, last):
                self._deliver(member, _joined(joins, member, member.group.shown, page, after))
                if turn.is_spent:
                    await give_way(self._clock)
                    turn.restart()
            if member.is_blocked or not self._is_behind(member):
                self.discard(member)
                self._wake(member)

    def _can_serve(self, member: Member, after: int, last: int) -> bool:
        if member not in self._members or member.is_blocked or not self._is_behind(member):
            return False
        return after <= member.cursor < last

    def _lose(self, member: Member) -> None:
        """The store was trimmed past this member. Reconnecting tells it so, with a snapshot."""
        self.discard(member)
        member.connection.close(BY_NAME["too_slow"], "The log no longer reaches back that far.")


def _last_of_run(page: Sequence[Framed], after: int) -> int:
    """The end of the gapless run that continues ``after``; ``after`` itself when there is none."""
    last = after
    for event in page:
        if event.seq != last + 1:
            break
        last = event.seq
    return last


def _joined(
    joins: dict[Place, Joined],
    member: Member,
    shown: Filter,
    page: Sequence[Framed],
    after: int,
) -> Joined:
    key = (member.cursor, member.seen, shown, member.wire)
    if key not in joins:
        joins[key] = join(page[member.cursor - after :], *key)
    return joins[key]
