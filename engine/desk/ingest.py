"""Ingest: runs over the sources, pushed items, uploads, and the sources themselves."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

import structlog
from msgspec.structs import asdict, replace
from sqlalchemy import Connection

from engine.desk import sources as source_commands
from engine.desk.context import Context
from engine.desk.intake import Intake, OpenRun
from engine.desk.rights import require
from engine.desk.run import Run
from engine.errors import Invalid, RunInProgress, WireroomError
from engine.events import IngestFinished, IngestStarted
from engine.ingest.fetch import Fetcher
from engine.ingest.reading import BATCH
from engine.ingest.sources import NewSource
from engine.model import (
    SYSTEM,
    Entry,
    IngestStatus,
    Principal,
    Rejected,
    RunRow,
    Source,
    SourceHealth,
    SourceKind,
    SourceRow,
)
from engine.store import desk, items, runs, sources
from engine.store.writer import Tx
from engine.worker.parser import WorkerParser

UPLOADS = "uploads"
PUSHED = "push"

log = structlog.get_logger("wireroom.ingest")


class IngestDesk:
    """``pace`` (items a second) slows runs down to be watched; None is full speed."""

    def __init__(self, context: Context, intake: Intake, fetcher: Fetcher) -> None:
        self._context = context
        self._intake = intake
        self._fetcher = fetcher
        self._parser = WorkerParser(context.worker)
        self._task: asyncio.Task[None] | None = None
        self._current: Run | None = None
        self.pace: float | None = None

    async def status(self) -> IngestStatus:
        current = self._current

        def query(connection: Connection) -> IngestStatus:
            return IngestStatus(
                count=items.count(connection),
                sources=sources.every(connection),
                last_run=runs.last_finished(connection),
                running=current.row if current else None,
                progress=tuple(current.progress.values()) if current else (),
            )

        return await self._context.read(query)

    # -- sources ---------------------------------------------------------------------------------

    async def sources(self) -> tuple[SourceRow, ...]:
        return await self._context.read(sources.every)

    async def add_source(self, by: Principal, source: NewSource) -> SourceRow:
        """Raises Invalid for a place that cannot be read, Conflict for an id that is taken."""
        return await self._context.write(lambda tx: source_commands.add(tx, by, source))

    async def remove_source(self, by: Principal, source_id: str) -> SourceRow:
        return await self._context.write(lambda tx: source_commands.remove(tx, by, source_id))

    async def pause_source(self, by: Principal, source_id: str, paused: bool) -> SourceRow:
        return await self._context.write(
            lambda tx: source_commands.pause(tx, by, source_id, paused)
        )

    # -- taking in -------------------------------------------------------------------------------

    async def run(self, by: Principal, source_ids: Sequence[str] | None = None) -> RunRow:
        """Start reading sources (all that are not paused, or those named) in the background.

        Raises RunInProgress, NotFound for an unknown source.
        """
        self._check_idle()

        def command(tx: Tx) -> tuple[RunRow, tuple[Source, ...]]:
            require(by, "ingest", desk.config(tx.connection))
            chosen = _chosen(tx, source_ids)
            return _started(tx, chosen), chosen

        row, chosen = await self._context.write(command)
        self._begin(row, chosen)
        return row

    async def run_due(self) -> None:
        """The scheduled run; one that is in progress already will do."""
        with contextlib.suppress(RunInProgress):
            await self.run(SYSTEM)

    async def resume(self) -> None:
        """Go on with a run that was cut off, where each of its sources had got to."""
        row = await self._context.read(runs.unfinished)
        if row is None:
            return
        known = {one.source.id: one.source for one in await self.sources()}
        left = tuple(known[i] for i in row.source_ids if i in known and known[i].kind != PUSHED)
        log.info("run_resumed", run=row.id, sources=len(left))
        self._begin(row, left)

    async def wait(self) -> RunRow | None:
        """Wait until no run is in progress; the last finished one."""
        if self._task is not None:
            await asyncio.wait([self._task])
        return await self._context.read(runs.last_finished)

    async def push(
        self, by: Principal, entries: Sequence[Entry], source_title: str = PUSHED
    ) -> RunRow:
        """Take items in and return when they are committed; unusable ones are rejected."""
        source, row = await self._context.write(lambda tx: _pushed(tx, by, source_title))
        run, gained = OpenRun(row), SourceHealth()
        for start in range(0, len(entries), BATCH):
            clean = await self._parser.entries(entries[start : start + BATCH], start=start)
            rejected = tuple(Rejected(source_id=source.id, **asdict(one)) for one in clean.rejected)
            taken = await self._intake.take(run, source, clean.entries, rejected)
            gained = replace(
                gained,
                items=gained.items + taken.new + taken.duplicates,
                rejected=gained.rejected + taken.rejected,
            )
        return await self._context.write(lambda tx: _closed(tx, run, source, gained))

    async def upload(
        self, by: Principal, kind: SourceKind, title: str, columns: dict[str, str], body: bytes
    ) -> RunRow:
        """Take in a file that was sent here; returns when its run has started.

        The file is kept aside first, so that a crash loses nothing. Raises RunInProgress.
        """
        if kind not in ("csv", "jsonl", "feed"):
            raise Invalid(f"A {kind} cannot be uploaded.")
        await self._context.read(lambda c: require(by, "ingest", desk.config(c)))
        self._check_idle()
        path = self._context.settings.data_dir / UPLOADS / f"{secrets.token_hex(8)}.{kind}"
        await asyncio.to_thread(_keep, path, body)
        source = Source(
            id=f"upload-{path.stem}",
            kind=kind,
            location=str(path),
            title=title,
            columns=columns,
            paused=True,  # read once, by the run that it starts
        )
        row = await self._context.write(lambda tx: _uploaded(tx, source))
        self._begin(row, (source,))
        return row

    async def close(self) -> None:
        """Stop, in the middle of a run too; it goes on at the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _check_idle(self) -> None:
        if self._task is not None and not self._task.done():
            raise RunInProgress("A run is in progress already.")

    def _begin(self, row: RunRow, chosen: tuple[Source, ...]) -> None:
        self._current = run = Run(
            row,
            context=self._context,
            intake=self._intake,
            fetcher=self._fetcher,
            parser=self._parser,
            pace=self.pace,
        )
        self._task = asyncio.create_task(self._see_through(run, chosen), name="wireroom-ingest")

    async def _see_through(self, run: Run, chosen: tuple[Source, ...]) -> None:
        """A store that fails leaves the run open: it goes on at the next start."""
        try:
            await run.read_all(chosen)
            await self._context.write(lambda tx: _finished(tx, run.row))
        except* WireroomError as stopped:
            log.error("run_stopped", run=run.row.id, errors=[str(e) for e in stopped.exceptions])
        finally:
            self._current = None


def _chosen(tx: Tx, source_ids: Sequence[str] | None) -> tuple[Source, ...]:
    if source_ids is not None:
        return tuple(source_commands.load(tx, one).source for one in source_ids)
    every = (row.source for row in sources.every(tx.connection))
    return tuple(source for source in every if not source.paused and source.kind != PUSHED)


def _pushed(tx: Tx, by: Principal, title: str) -> tuple[Source, RunRow]:
    require(by, "ingest", desk.config(tx.connection))
    source = source_commands.for_pushes(tx, title)
    return source, _started(tx, (source,))


def _uploaded(tx: Tx, source: Source) -> RunRow:
    source_commands.put_new(tx, source)
    return _started(tx, (source,))


def _started(tx: Tx, chosen: Sequence[Source]) -> RunRow:
    row = RunRow(
        id=f"run-{secrets.token_hex(6)}",
        started=tx.now,
        source_ids=tuple(source.id for source in chosen),
    )
    runs.add(tx.connection, row)
    tx.record(IngestStarted(run=row))
    return row


def _closed(tx: Tx, run: OpenRun, source: Source, gained: SourceHealth) -> RunRow:
    source_commands.worked(tx, source.id, gained)
    return _finished(tx, run.row)


def _finished(tx: Tx, row: RunRow) -> RunRow:
    after: RunRow = replace(row, finished=tx.now)
    runs.put(tx.connection, after)
    found = (sources.get(tx.connection, one) for one in row.source_ids)
    tx.record(IngestFinished(run=after, sources=tuple(one for one in found if one)))
    return after


def _keep(path: Path, body: bytes) -> None:
    """Write the file whole and durably before anybody is told it is here."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("xb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
