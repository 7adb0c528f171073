"""Items are put elsewhere: two issues become one, one becomes two, or a publisher takes one back.

As with a correction the worker is asked first, and what it answers is committed at its position.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from engine.analysis.readings import IssueReading
from engine.desk import merging, splitting, superseding, withdrawing
from engine.desk.context import Context
from engine.desk.permit import permitted
from engine.desk.placing import Placing, Regrouping
from engine.desk.scribe import Scribe
from engine.errors import NotAPerson
from engine.model import Issue, Keyed, Principal, SplitIssue, WithdrawnItem
from engine.review.rules import MACHINES
from engine.store.writer import Tx

T = TypeVar("T")
Readings = Mapping[str, IssueReading]


class RegroupingDesk:
    def __init__(self, context: Context, placing: Placing, scribe: Scribe) -> None:
        self._context = context
        self._placing = placing
        self._scribe = scribe

    async def merge(self, by: Principal, issue_id: str, into: str) -> Issue:
        """Everything of one issue goes into another, which is returned; what was signed of either
        is void. Raises Conflict where that would lose people's work."""
        return await self._regroup(
            lambda c, now: _may(c, by, now),
            lambda c: merging.wanted(c, issue_id, into),
            lambda tx, _, readings, at: merging.commit(tx, by, issue_id, into, readings, at),
        )

    async def split(
        self, by: Principal, issue_id: str, leaving: Sequence[str], title: str | None = None
    ) -> SplitIssue:
        """Some items become an issue of their own; what was signed of the old one is void."""
        return await self._regroup(
            lambda c, now: _may(c, by, now),
            lambda c: splitting.wanted(c, issue_id, leaving),
            lambda tx, split, readings, at: splitting.commit(tx, by, split, title, readings, at),
        )

    async def withdraw(self, by: Principal, item_id: str, reason: str) -> WithdrawnItem:
        """A publisher took an item back: it counts and is quoted no more. Briefs that cite it lose
        their sign-offs, and leave only once they no longer do."""
        return await self._regroup(
            lambda c, now: permitted(c, by, "ingest", now),
            lambda c: withdrawing.wanted(c, item_id),
            lambda tx, _, readings, at: withdrawing.commit(tx, by, item_id, reason, readings, at),
        )

    async def supersede(self, by: Principal, new: Keyed) -> WithdrawnItem:
        """A publisher changed words that are cited: as a withdrawal, with the new version in the
        item's place. Raises Conflict when somebody was quicker."""
        return await self._regroup(
            lambda *_: None,  # whoever let the entry in was asked then
            lambda c: superseding.wanted(c, new),
            lambda tx, _, readings, at: superseding.commit(tx, by, new, readings, at),
        )

    async def _regroup(
        self,
        check: Callable[[Connection, datetime], object],
        find: Callable[[Connection], Regrouping],
        commit: Callable[[Tx, Regrouping, Readings, int], T],
    ) -> T:
        async def step() -> tuple[T, tuple[str, ...]]:
            await self._context.read(lambda c: check(c, self._context.clock()))
            wanted = await self._context.read(find)
            position, readings = await self._placing.regroup(wanted)

            def command(tx: Tx) -> T:
                check(tx.connection, tx.now)  # once more: the worker may have taken its time
                return commit(tx, wanted, readings, position)

            after = await self._context.write(command)
            self._placing.keep(position)
            return after, wanted.read

        after, touched = await self._placing.alone(step)
        self._scribe.look_at(*touched)
        return after


def _may(connection: Connection, by: Principal, now: datetime) -> None:
    permitted(connection, by, "correct", now)
    if by.method in MACHINES:
        raise NotAPerson("Only a person merges or splits issues.")
