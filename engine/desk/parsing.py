"""Parsing in the worker: what the ingest room asks for, done in the other process."""

from engine.ingest.parsed import Layout, Parsed, RowKind, Rows
from engine.worker.client import Worker
from engine.worker.jobs import ParseFeed, ParseRows


class WorkerParser:
    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def feed(self, body: bytes, url: str) -> Parsed:
        return await self._worker.call(ParseFeed(body=body, url=url))

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
        return await self._worker.call(
            ParseRows(
                kind=kind, body=body, columns=columns, layout=layout, start=start, final=final
            )
        )
