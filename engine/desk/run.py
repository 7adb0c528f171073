"""One run over some sources: each read to its end, batch by batch, several at a time."""

import asyncio

import structlog
from msgspec.structs import asdict, replace

from engine.desk import sources as source_commands
from engine.desk.context import Context
from engine.desk.intake import Intake, OpenRun, Taken
from engine.errors import SourceFailed, WorkerFailed
from engine.events.ingest import IngestProgress
from engine.ingest.fetch import Fetcher
from engine.ingest.reading import Batch, Parser, read
from engine.ingest.urls import is_url
from engine.model import Progress, Rejected, RunRow, Source, SourceHealth
from engine.store import sources

AT_ONCE = 4
"""Sources read at the same time; most of a read is waiting for somebody else's server."""

log = structlog.get_logger("wireroom.ingest")


class Run(OpenRun):
    """A run in progress. ``pace`` (items a second) slows it down to be watched."""

    def __init__(
        self,
        row: RunRow,
        *,
        context: Context,
        intake: Intake,
        fetcher: Fetcher,
        parser: Parser,
        pace: float | None,
    ) -> None:
        super().__init__(row)
        self.progress: dict[str, Progress] = {}
        self._context = context
        self._intake = intake
        self._fetcher = fetcher
        self._parser = parser
        self._pace = pace
        self._pacing = asyncio.Lock()

    async def read_all(self, chosen: tuple[Source, ...]) -> None:
        """Raises what is not a source's own fault (in an ExceptionGroup): a store that failed."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(source: Source) -> None:
            async with places:
                await self._read_one(source)

        async with asyncio.TaskGroup() as group:
            for source in chosen:
                group.create_task(one(source))

    async def _read_one(self, source: Source) -> None:
        try:
            gained = await self._read_through(source)
        except (SourceFailed, WorkerFailed) as error:
            # Also what the worker choked on: one document must not end the run of all others.
            await self._intake.fail(self, source, str(error))
            return
        await self._context.write(lambda tx: source_commands.worked(tx, source.id, gained))
        if source.id in self.progress:
            self._show(replace(self.progress[source.id], done=True))

    async def _read_through(self, source: Source) -> SourceHealth:
        """Take in all of a source; what its health gains."""
        row = await self._context.read(lambda c: sources.get(c, source.id))
        health = row.health if row else SourceHealth()
        skip = self.row.done.get(source.id, 0) if _reads_the_same_again(source) else 0
        gained = SourceHealth(etag=health.etag, last_modified=health.last_modified)
        placed = self._in_data_folder(source)
        async for batch in read(placed, health, self._fetcher, self._parser):
            if batch.validators is not None:
                gained = replace(gained, **asdict(batch.validators))
            if batch.read > skip:
                gained = await self._take(source, batch, gained)
        return gained

    def _in_data_folder(self, source: Source) -> Source:
        """Uploads are named from the data folder, so that no path of this machine is shown."""
        if source.kind == "push" or is_url(source.location):
            return source
        placed: Source = replace(
            source, location=str(self._context.settings.data_dir / source.location)
        )
        return placed

    async def _take(self, source: Source, batch: Batch, gained: SourceHealth) -> SourceHealth:
        step = len(batch.entries) if self._pace is None else 1
        rejected: tuple[Rejected, ...] = batch.rejected
        for start in range(0, max(len(batch.entries), bool(rejected)), max(step, 1)):
            piece = batch.entries[start : start + step]
            taken = await self._intake.take(self, source, piece, rejected)
            rejected = ()
            gained = replace(
                gained,
                items=gained.items + taken.new + taken.duplicates,
                rejected=gained.rejected + taken.rejected,
            )
            self._count(source, batch, taken)
            await self._keep_pace()
        return gained

    async def _keep_pace(self) -> None:
        """One source at a time waits, so that the pace is that of the whole run."""
        if self._pace is not None:
            async with self._pacing:
                await asyncio.sleep(1 / self._pace)

    def _count(self, source: Source, batch: Batch, taken: Taken) -> None:
        before = self.progress.get(source.id) or Progress(
            run_id=self.row.id,
            source_id=source.id,
            read=0,
            total=None,
            new=0,
            duplicates=0,
            rejected=0,
        )
        self._show(
            replace(
                before,
                read=before.read + taken.read,
                total=batch.total,
                new=before.new + taken.new,
                duplicates=before.duplicates + taken.duplicates,
                rejected=before.rejected + taken.rejected,
            )
        )

    def _show(self, progress: Progress) -> None:
        self.progress[progress.source_id] = progress
        self._context.log.publish(IngestProgress(progress=progress))


def _reads_the_same_again(source: Source) -> bool:
    """A file does, so a run that was cut off can skip what it has; a feed may have moved on."""
    return source.kind in ("csv", "jsonl") and not is_url(source.location)
