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

from engine.desk import runs as run_commands
from engine.desk import sources as source_commands
from engine.desk.context import Context
from engine.desk.intake import Intake, OpenRun
from engine.desk.permit import permit
from engine.desk.rights import require
from engine.desk.run import Run
from engine.errors import Invalid, RunInProgress, WireroomError
from engine.ingest.fetch import Fetcher
from engine.ingest.portions import entry_weight, portions
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
    StoppedRun,
)
from engine.store import desk, items, runs, sources
from engine.store.writer import Tx
from engine.worker.parser import WorkerParser

UPLOADS, UPLOADED = "uploads", "upload-"
RUNS_AT_ONCE = 8

log = structlog.get_logger("wireroom.ingest")


class IngestDesk:
    """``pace`` (items a second) slows runs down to be watched; None is full speed.

    Off duty, runs are put down in the store only: whoever is on duty next sees them through.
    """

    def __init__(self, context: Context, intake: Intake, fetcher: Fetcher) -> None:
        self._context = context
        self._intake = intake
        self._fetcher = fetcher
        self._parser = WorkerParser(context.worker)
        self._starting = asyncio.Lock()
        self._open: dict[Run, asyncio.Task[None]] = {}
        self._stopped: dict[str, StoppedRun] = {}
        self._is_on_duty = False
        self._since = context.clock()
        self.pace: float | None = None

    async def status(self) -> IngestStatus:
        running, stopped = tuple(self._open), tuple(self._stopped.values())

        def query(connection: Connection) -> IngestStatus:
            return IngestStatus(
                count=items.count(connection),
                sources=sources.every(connection),
                last_run=runs.last_finished(connection),
                running=tuple(run.row for run in running),
                progress=tuple(one for run in running for one in run.progress.values()),
                stopped=stopped,
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

        Raises RunInProgress when one of them is being read already, NotFound for an unknown one.
        """

        def command(tx: Tx) -> tuple[RunRow, tuple[Source, ...]]:
            permit(tx, by, "ingest")
            chosen = run_commands.chosen(tx, source_ids)
            self._check_free(tx.connection, chosen)
            return run_commands.started(tx, chosen), chosen

        async with self._starting:
            row, chosen = await self._context.write(command)
            self._begin(row, chosen)
        return row

    async def run_due(self) -> None:
        """The scheduled run; one that is in progress already will do."""
        with contextlib.suppress(RunInProgress):
            await self.run(SYSTEM)

    async def start(self) -> None:
        """Go on duty: see runs through, first those that were cut off, where each of their
        sources had got to."""
        async with self._starting:
            self._is_on_duty = True
            known = {row.source.id: row.source for row in await self.sources()}
            for row in await self._context.read(runs.unfinished):
                sources_left = [known[one] for one in row.source_ids if one in known]
                left = tuple(source for source in sources_left if source.kind != "push")
                if not left and row.started > self._since:
                    continue  # being pushed to us at this moment
                log.info("run_resumed", run=row.id, sources=len(left))
                self._begin(row, left)

    async def wait(self) -> RunRow | None:
        """Wait until no run is in progress; the last finished one."""
        if self._open:
            await asyncio.wait(self._open.values())
        return await self._context.read(runs.last_finished)

    async def push(
        self, by: Principal, entries: Sequence[Entry], source_title: str = "push"
    ) -> RunRow:
        """Take items in and return when they are committed; unusable ones are rejected."""
        source, row = await self._context.write(
            lambda tx: run_commands.pushed(tx, by, source_title)
        )
        run = OpenRun(row)
        try:
            gained = await self._take_all(run, source, entries)
        except BaseException:
            # What is committed stays; the sender gets the error and may send all of it again.
            await self._context.write(lambda tx: run_commands.finished(tx, run.row))
            raise
        return await self._context.write(lambda tx: run_commands.closed(tx, run, source, gained))

    async def _take_all(
        self, run: OpenRun, source: Source, entries: Sequence[Entry]
    ) -> SourceHealth:
        gained = SourceHealth()
        start = 0
        for portion in portions(entries, entry_weight):
            clean = await self._parser.entries(portion, start=start)
            start += len(portion)
            rejected = tuple(Rejected(source_id=source.id, **asdict(one)) for one in clean.rejected)
            taken = await self._intake.take(run, source, clean.entries, rejected)
            gained = replace(
                gained,
                items=gained.items + taken.new + taken.duplicates,
                rejected=gained.rejected + taken.rejected,
            )
        return gained

    async def upload(
        self, by: Principal, kind: SourceKind, title: str, columns: dict[str, str], body: bytes
    ) -> RunRow:
        """Take in a file that was sent here; returns when its run has started.

        The file is kept aside first, so that a crash loses nothing. Raises RunInProgress when
        there are too many runs at once.
        """
        if kind not in ("csv", "jsonl", "feed"):
            raise Invalid(f"A {kind} cannot be uploaded.")
        await self._context.read(lambda c: self._may_upload(c, by))
        name = secrets.token_hex(8)
        location = Path(UPLOADS, f"{name}.{kind}")
        source = Source(
            id=f"{UPLOADED}{name}",
            kind=kind,
            location=str(location),
            title=title,
            columns=columns,
            paused=True,  # read once, by the run that it starts
        )
        async with self._starting:
            await self._context.read(lambda c: self._check_free(c, ()))
            await asyncio.to_thread(_keep, self._context.settings.data_dir / location, body)
            row = await self._context.write(lambda tx: run_commands.uploaded(tx, by, source))
            self._begin(row, (source,))
        return row

    async def _forget(self, upload: Source) -> None:
        """An upload is read once: its items stay, its file and its place in the list do not."""
        await self._context.write(lambda tx: source_commands.remove(tx, SYSTEM, upload.id))
        path = self._context.settings.data_dir / upload.location
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def close(self) -> None:
        """Go off duty, in the middle of a run too; it goes on at the next start."""
        self._is_on_duty = False
        tasks = list(self._open.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _may_upload(self, connection: Connection, by: Principal) -> None:
        require(by, "ingest", desk.config(connection))
        self._check_free(connection, ())

    def _check_free(self, connection: Connection, chosen: Sequence[Source]) -> None:
        """Two runs never read the same source."""
        held = [run.row for run in self._open] if self._is_on_duty else runs.unfinished(connection)
        busy = {one for row in held for one in row.source_ids}
        for source in chosen:
            if source.id in busy:
                raise RunInProgress(f"A run is reading {source.title} already.")
        if len(held) >= RUNS_AT_ONCE:
            raise RunInProgress(f"{RUNS_AT_ONCE} runs are in progress; wait for one to finish.")

    def _begin(self, row: RunRow, chosen: tuple[Source, ...]) -> None:
        if not self._is_on_duty:
            return
        run = Run(
            row,
            context=self._context,
            intake=self._intake,
            fetcher=self._fetcher,
            parser=self._parser,
            pace=self.pace,
        )
        task = asyncio.create_task(self._see_through(run, chosen), name=f"wireroom-{row.id}")
        self._open[run] = task

    async def _see_through(self, run: Run, chosen: tuple[Source, ...]) -> None:
        """A store that fails leaves the run open: it goes on at the next start."""
        try:
            await run.read_all(chosen)
            await self._context.write(lambda tx: run_commands.finished(tx, run.row))
            for source in chosen:
                if source.id.startswith(UPLOADED):
                    await self._forget(source)
        except* WireroomError as stopped:
            errors = [str(error) for error in stopped.exceptions]
            self._stopped[run.row.id] = StoppedRun(run=run.row, error=" ".join(errors))
            log.error("run_stopped", run=run.row.id, errors=errors)
        finally:
            del self._open[run]


def _keep(path: Path, body: bytes) -> None:
    """Write the file whole and durably before anybody is told it is here."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("xb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
