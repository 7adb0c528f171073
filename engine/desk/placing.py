"""Placing items: the worker says which issue each belongs to, the writer makes it so.

One placement at a time. The worker's state is a cache at a numbered position; where it is not at
the store's, it is rebuilt from the store first.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from msgspec.structs import replace
from sqlalchemy import Connection

from engine.analysis.readings import AnalysedItem, Analysis, IssueReading, Placed
from engine.desk.context import Context
from engine.errors import NotFound, WorkerFailed
from engine.events import Facets, IssueAdded, IssueUpdated
from engine.model import Issue, Item, Keyed
from engine.store import desk, issues, items
from engine.store.writer import Tx
from engine.worker.jobs import (
    Assign,
    Assigned,
    Correct,
    Corrected,
    Job,
    Relearn,
    Replay,
    Reset,
    Settle,
    Stale,
)

REPLAYED = 20_000
"""How many of the newest items the worker's state is rebuilt from."""
CHUNK = 50

Answer = TypeVar("Answer", Assigned, Corrected)


class Placing:
    def __init__(self, context: Context) -> None:
        self._context = context
        self.lock = asyncio.Lock()

    async def assign(self, batch: Sequence[Item]) -> tuple[int, Analysis]:
        """What the worker makes of new items, and the position to commit it at.

        Hold ``lock`` from before the items were found new until they are committed.
        """
        analysed = tuple(_analysed(item) for item in batch)
        now = self._context.clock()
        answer = await self._ask(lambda at: Assign(position=at, items=analysed, now=now), Assigned)
        return answer.position, answer.analysis

    async def correct(self, issue_id: str, quadrant: str) -> tuple[int, IssueReading]:
        """The issue as a correction leaves it. Hold ``lock`` until it is committed."""
        answer = await self._ask(
            lambda at: Correct(position=at, issue_id=issue_id, quadrant=quadrant), Corrected
        )
        return answer.position, answer.reading

    async def _ask(self, job: Callable[[int], Job[Answer | Stale]], of: type[Answer]) -> Answer:
        for _ in range(3):
            at = await self._context.read(desk.analysis_position)
            answer = await self._context.worker.call(job(at))
            if isinstance(answer, of):
                return answer
            await self.rebuild(at)
        raise WorkerFailed("The worker does not keep its state.")

    async def rebuild(self, position: int) -> None:
        """Bring the worker to what the store holds."""
        call = self._context.worker.call
        await call(Reset())
        for placed in await self._context.read(_placed):
            await call(Replay(placed=placed))
        for issue_id, quadrant in await self._context.read(issues.every_correction):
            # An issue that has gone quiet for good is not in the worker's window any more.
            with contextlib.suppress(NotFound):
                await call(Relearn(issue_id=issue_id, quadrant=quadrant))
        await call(Settle(position=position))


def _placed(connection: Connection) -> list[tuple[Placed, ...]]:
    return [tuple(_as_placed(chunk)) for chunk in items.newest(connection, REPLAYED, CHUNK)]


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


def commit(
    tx: Tx, new: Sequence[Keyed], analysis: Analysis, *, position: int, edition: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Store placed items and the issues they touched. Returns (added, updated) issue ids."""
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
    desk.put_analysis_position(tx.connection, position)
    return _announce(tx, before, after)


def as_issue(reading: IssueReading, edition: str, before: Issue | None) -> Issue:
    """The row of an issue as analysis reads it now."""
    return Issue(
        id=reading.id,
        title=reading.title,
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
