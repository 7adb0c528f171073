"""Placing items: the worker says which issue each belongs to, the writer makes it so.

One placement at a time. The worker's state is a cache at a numbered position; where it is not at
the store's, it is rebuilt from the store first. During a restart another process places items too:
whoever commits second notices that the position has moved, and begins again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from msgspec.structs import replace
from sqlalchemy import Connection

from engine.analysis.readings import AnalysedItem, Analysis, IssueReading, Placed
from engine.desk.context import Context
from engine.errors import NotFound, WorkerFailed
from engine.events.event import Facets
from engine.events.issue import IssueAdded, IssueUpdated
from engine.ingest.portions import portions
from engine.model import Issue, Item, Keyed, Record
from engine.store import desk, issues, items
from engine.store.writer import Tx
from engine.worker.jobs import (
    Assign,
    Assigned,
    Correct,
    Corrected,
    Disband,
    Disbanded,
    Job,
    Regrouped,
    Relearn,
    Replay,
    Reread,
    Reset,
    Settle,
    Stale,
)

REPLAYED = 20_000
"""How many of the newest items the worker's state is rebuilt from."""
CHUNK = 50

TRIES = 20
"""Each time somebody else got on; a process that leaves does not go on for long."""

Answer = TypeVar("Answer", Assigned, Corrected, Disbanded)
T = TypeVar("T")


class Overtaken(Exception):
    """Another process has placed something since the worker was asked: nothing was committed."""


class Regrouping(Record, frozen=True, kw_only=True):
    """How people have put items elsewhere, as found at position ``seen``.

    ``items`` are all that the ``disbanded`` issues had, in the order they were stored and where
    they belong now; ``read`` are the issues they make, ``corrections`` what people said of those.
    """

    seen: int
    disbanded: tuple[str, ...]
    items: tuple[Item, ...]
    read: tuple[str, ...]
    corrections: tuple[tuple[str, str], ...] = ()


class Placing:
    """``alone`` holds off the others of this process, ``advance`` notices those of another."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = asyncio.Lock()
        self._agreed: int | None = None

    async def alone(self, step: Callable[[], Awaitable[T]]) -> T:
        """Run ``step`` (find out, ask, commit, ``keep``), again as often as it is overtaken."""
        async with self._lock:
            for _ in range(TRIES):
                with contextlib.suppress(Overtaken):
                    return await step()
        raise WorkerFailed("Another process keeps placing items; try again.")

    def keep(self, position: int) -> None:
        """What the worker answered last is committed at ``position``."""
        self._agreed = position

    async def assign(self, batch: Sequence[Item], seen: int) -> tuple[int, Analysis]:
        """What the worker makes of new items, and the position to commit it at. Inside ``alone``.

        ``seen`` is where the store stood when they were found to be new: raises Overtaken when
        it has moved since, as another process may have stored the same items.
        """
        analysed = tuple(_analysed(item) for item in batch)
        now = self._context.clock()
        answer = await self._ask(lambda at: Assign(position=at, items=analysed, now=now), Assigned)
        if answer.position != seen + 1:
            raise Overtaken
        return answer.position, answer.analysis

    async def correct(self, issue_id: str, quadrant: str) -> tuple[int, IssueReading]:
        """The issue as a correction leaves it, and the position to commit it at; as ``assign``."""
        answer = await self._ask(
            lambda at: Correct(position=at, issue_id=issue_id, quadrant=quadrant), Corrected
        )
        return answer.position, answer.reading

    async def regroup(self, wanted: Regrouping) -> tuple[int, dict[str, IssueReading]]:
        """The issues as they read with their items put elsewhere, and the position to commit at.

        Inside ``alone``; raises Overtaken as ``assign`` does.
        """
        call, now = self._context.worker.call, self._context.clock()
        begun = await self._ask(
            lambda at: Disband(position=at, issue_ids=wanted.disbanded), Disbanded
        )
        if begun.position != wanted.seen + 1:
            raise Overtaken
        for placed in await asyncio.to_thread(_parts, wanted.items):
            await call(Replay(placed=placed))
        for issue_id, quadrant in wanted.corrections:
            await call(Relearn(issue_id=issue_id, quadrant=quadrant))
        job = Reread(position=begun.position, issue_ids=wanted.read, now=now)
        answer = await call(job)
        if not isinstance(answer, Regrouped):
            raise WorkerFailed("The worker lost its state; try again.")
        return answer.position, {reading.id: reading for reading in answer.readings}

    async def _ask(self, job: Callable[[int], Job[Answer | Stale]], of: type[Answer]) -> Answer:
        for _ in range(3):
            at = await self._context.read(desk.analysis_position)
            # The worker counts what was never committed, too: its number alone proves nothing.
            if at != self._agreed:
                await self.rebuild(at)
            self._agreed = None
            answer = await self._context.worker.call(job(at))
            if isinstance(answer, of):
                return answer
        raise WorkerFailed("The worker does not keep its state.")

    async def rebuild(self, position: int) -> None:
        """Bring the worker to what the store holds."""
        call = self._context.worker.call
        await call(Reset())
        for chunk in await self._context.read(_placed):
            for placed in portions(chunk, _weight):
                await call(Replay(placed=placed))
        for issue_id, quadrant in await self._context.read(issues.every_correction):
            # An issue that has gone quiet for good is not in the worker's window any more.
            with contextlib.suppress(NotFound):
                await call(Relearn(issue_id=issue_id, quadrant=quadrant))
        await call(Settle(position=position))
        self._agreed = position


def _placed(connection: Connection) -> list[tuple[Placed, ...]]:
    return [tuple(_as_placed(chunk)) for chunk in items.newest(connection, REPLAYED, CHUNK)]


def _parts(found: Sequence[Item]) -> list[tuple[Placed, ...]]:
    """For a thread: an issue may have thousands of items."""
    return list(portions(tuple(_as_placed(found)), _weight))


def _weight(placed: Placed) -> int:
    return len(placed.item.title) + len(placed.item.text)


def _as_placed(chunk: Sequence[Item]) -> Iterator[Placed]:
    for item in chunk:
        if item.issue_id is not None:
            yield Placed(
                item=_analysed(item), issue_id=item.issue_id, duplicate_of=item.duplicate_of
            )


def _analysed(item: Item) -> AnalysedItem:
    return AnalysedItem(
        id=item.id,
        title=item.title,
        text=item.text,
        publisher=item.publisher,
        published=item.published,
        arrived=item.arrived,
    )


def advance(tx: Tx, position: int) -> None:
    """Move the store on to ``position``. Raises Overtaken when it is not the next one."""
    if desk.analysis_position(tx.connection) != position - 1:
        raise Overtaken
    desk.put_analysis_position(tx.connection, position)


def commit(
    tx: Tx, new: Sequence[Keyed], analysis: Analysis, *, position: int, edition: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Store placed items and the issues they touched. Returns (added, updated) issue ids.

    Raises Overtaken.
    """
    advance(tx, position)
    where = {assignment.item_id: assignment for assignment in analysis.assignments}
    before = issues.by_ids(tx.connection, [reading.id for reading in analysis.issues])
    after = [as_issue(reading, edition, before.get(reading.id)) for reading in analysis.issues]
    issues.put(tx.connection, after)
    items.add(
        tx.connection,
        [
            replace(
                keyed,
                item=replace(
                    keyed.item,
                    issue_id=where[keyed.item.id].issue_id,
                    duplicate_of=where[keyed.item.id].duplicate_of,
                ),
            )
            for keyed in new
        ],
    )
    return _announce(tx, before, after)


def as_issue(reading: IssueReading, edition: str, before: Issue | None) -> Issue:
    """The row of an issue as analysis reads it now."""
    titled_by = before.titled_by if before else None
    return Issue(
        id=reading.id,
        title=before.title if before and titled_by else reading.title,
        quadrant=reading.quadrant,
        confidence=reading.confidence,
        relevance=reading.relevance,
        score=reading.score,
        priority=reading.priority,
        needs_review=reading.needs_review,
        item_count=reading.item_count,
        source_count=reading.source_count,
        duplicate_count=reading.duplicate_count,
        first_seen=reading.first_seen,
        last_seen=reading.last_seen,
        edition=edition,
        keywords=reading.keywords,
        reasons=reading.reasons,
        corrected_by=before.corrected_by if before else None,
        titled_by=titled_by,
        grouped_by=before.grouped_by if before else (),
    )


def _announce(
    tx: Tx, before: dict[str, Issue], after: Sequence[Issue]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    added, updated = [], []
    for issue in after:
        old = before.get(issue.id)
        if old is None:
            tx.record(IssueAdded(issue=issue))
            added.append(issue.id)
        else:
            was = Facets(quadrant=old.quadrant, score=old.score)
            tx.record(IssueUpdated(issue=issue, was=was))
            updated.append(issue.id)
    return tuple(added), tuple(updated)
