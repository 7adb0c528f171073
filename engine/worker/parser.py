"""Parsing for the ingest room, done in the worker."""

from collections.abc import Sequence

from engine.ingest.parsed import Layout, Parsed, RowKind, Rows
from engine.model import Entry
from engine.worker.client import Worker
from engine.worker.jobs import CleanEntries, ParseFeed, ParseRows


class WorkerParser:
    """An ``engine.ingest.reading.Parser``."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def feed(self, body: bytes, url: str) -> Parsed:
        return await self._worker.call(ParseFeed(body=body, url=url))

    async def entries(self, entries: Sequence[Entry], *, start: int = 0) -> Parsed:
        """Pushed entries, cleaned; hand over at most some hundred at once."""
        return await self._worker.call(CleanEntries(entries=tuple(entries), start=start))

    async def rows(
        self,
        kind: RowKind,
        body: bytes,
        *,
        columns: dict[str, str],
        layout: Layout | None,
        start: int,
        final: bool,
    ) -> Rows:
        job = ParseRows(
            kind=kind, body=body, columns=columns, layout=layout, start=start, final=final
        )
        return await self._worker.call(job)
