"""One batch of entries becomes items in issues: normalise, dedupe, place, commit."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from engine.analysis.readings import Analysis
from engine.desk import editions, placing, superseding
from engine.desk import sources as source_commands
from engine.desk.context import Context
from engine.desk.placing import Placing
from engine.desk.regrouping import RegroupingDesk
from engine.desk.scribe import Scribe
from engine.errors import Conflict
from engine.ingest.dedupe import Distinct, distinct, keyed
from engine.ingest.normalise import normalise
from engine.model import SYSTEM, Entry, Keyed, Record, Rejected, RunRow, Source
from engine.store import desk, items, runs
from engine.store.writer import Tx

REJECTS_LISTED = 100


class OpenRun:
    """A run while it lasts: ``row`` is how it stands in the store."""

    def __init__(self, row: RunRow) -> None:
        self.row = row


class Taken(Record, frozen=True, kw_only=True):
    """What became of one batch; ``read`` = new + known + duplicates + rejected."""

    read: int = 0
    new: int = 0
    known: int = 0
    duplicates: int = 0
    rejected: int = 0


class Intake:
    """Takes in batches, one at a time; the run's row is committed with what it counts."""

    def __init__(
        self, context: Context, placing: Placing, regrouping: RegroupingDesk, scribe: Scribe
    ) -> None:
        self._context = context
        self._placing = placing
        self._regrouping = regrouping
        self._scribe = scribe

    async def take(
        self,
        run: OpenRun,
        source: Source,
        entries: Sequence[Entry],
        rejected: Sequence[Rejected] = (),
    ) -> Taken:
        """Commit a batch and count it in ``run``."""
        now = self._context.clock()
        # In a thread: keys of long texts would hold the event loop.
        batch = await asyncio.to_thread(_keyed, source, entries, now)
        for one in await self._context.read(lambda c: superseding.changed(c, batch)):
            with contextlib.suppress(Conflict):  # during a restart the other may be quicker
                await self._regrouping.supersede(SYSTEM, one)

        async def step() -> tuple[Taken, tuple[str, ...]]:
            found, seen = await self._context.read(
                lambda c: (distinct(batch, items.known(c, batch)), desk.analysis_position(c))
            )
            return await self._commit(run, source, found, rejected, seen)

        taken, touched = await self._placing.alone(step)
        self._scribe.look_at(*touched)
        return taken

    async def fail(self, run: OpenRun, source: Source, why: str) -> None:
        """Note that a source could not be read (any further), and count it in ``run``."""

        def command(tx: Tx) -> RunRow:
            source_commands.failed(tx, source.id, why)
            row: RunRow = replace(
                run.row,
                failed_sources=(*run.row.failed_sources, source.id),
                errors={**run.row.errors, source.id: why},
            )
            runs.put(tx.connection, row)
            return row

        async def step() -> None:
            run.row = await self._context.write(command)

        await self._placing.alone(step)

    async def _commit(
        self,
        run: OpenRun,
        source: Source,
        found: Distinct,
        rejected: Sequence[Rejected],
        seen: int,
    ) -> tuple[Taken, tuple[str, ...]]:
        """``seen`` is the position of analysis at which ``found`` was new to the store."""
        fresh = found.items
        analysis, position = Analysis(assignments=(), issues=()), None
        if fresh:
            position, analysis = await self._placing.assign([one.item for one in fresh], seen)
        taken = _taken(found, analysis, rejected)

        def command(tx: Tx) -> tuple[RunRow, tuple[str, ...]]:
            row = _counted(run.row, source, taken, rejected)
            touched: tuple[str, ...] = ()
            if position is not None:
                row, touched = _place(tx, row, fresh, analysis, position)
            runs.put(tx.connection, row)
            return row, touched

        run.row, touched = await self._context.write(command)
        if position is not None:
            self._placing.keep(position)
        return taken, touched


def _keyed(source: Source, entries: Sequence[Entry], now: datetime) -> list[Keyed]:
    return [keyed(normalise(entry, source, arrived=now, edition="")) for entry in entries]


def _place(
    tx: Tx, row: RunRow, fresh: Sequence[Keyed], analysis: Analysis, position: int
) -> tuple[RunRow, tuple[str, ...]]:
    edition = editions.current(tx).id
    stamped = [replace(one, item=replace(one.item, edition=edition)) for one in fresh]
    added, updated = placing.commit(tx, stamped, analysis, position=position, edition=edition)
    counted: RunRow = replace(
        row,
        issues_added=row.issues_added + len(added),
        issues_updated=row.issues_updated + len(updated),
    )
    return counted, (*added, *updated)


def _taken(found: Distinct, analysis: Analysis, rejected: Sequence[Rejected]) -> Taken:
    near = sum(assignment.duplicate_of is not None for assignment in analysis.assignments)
    return Taken(
        read=len(found.items) + found.known + found.duplicates + len(rejected),
        new=len(found.items) - near,
        known=found.known,
        duplicates=found.duplicates + near,
        rejected=len(rejected),
    )


def _counted(row: RunRow, source: Source, taken: Taken, rejected: Sequence[Rejected]) -> RunRow:
    room = max(0, REJECTS_LISTED - len(row.rejects))
    counted: RunRow = replace(
        row,
        read=row.read + taken.read,
        new=row.new + taken.new,
        known=row.known + taken.known,
        duplicates=row.duplicates + taken.duplicates,
        rejected=row.rejected + taken.rejected,
        rejects=(*row.rejects, *rejected[:room]),
        done={**row.done, source.id: row.done.get(source.id, 0) + taken.read},
    )
    return counted
