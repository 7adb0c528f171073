"""Beginning and ending runs, each in one transaction with its event."""

import secrets
from collections.abc import Sequence

from msgspec.structs import replace

from engine.desk import sources as source_commands
from engine.desk.intake import OpenRun
from engine.desk.permit import permit
from engine.events.ingest import IngestFinished, IngestStarted
from engine.model import Principal, RunRow, Source, SourceHealth
from engine.store import runs, sources
from engine.store.writer import Tx


def chosen(tx: Tx, source_ids: Sequence[str] | None) -> tuple[Source, ...]:
    if source_ids is not None:
        return tuple(source_commands.load(tx, one).source for one in source_ids)
    every = (row.source for row in sources.every(tx.connection))
    return tuple(source for source in every if not source.paused and source.kind != "push")


def pushed(tx: Tx, by: Principal, title: str) -> tuple[Source, RunRow]:
    permit(tx, by, "ingest")
    source = source_commands.for_pushes(tx, title)
    return source, started(tx, (source,))


def uploaded(tx: Tx, by: Principal, source: Source) -> RunRow:
    permit(tx, by, "ingest")
    source_commands.put_new(tx, source)
    return started(tx, (source,))


def started(tx: Tx, chosen: Sequence[Source]) -> RunRow:
    row = RunRow(
        id=f"run-{secrets.token_hex(6)}",
        started=tx.now,
        source_ids=tuple(source.id for source in chosen),
    )
    runs.add(tx.connection, row)
    tx.record(IngestStarted(run=row))
    return row


def closed(tx: Tx, run: OpenRun, source: Source, gained: SourceHealth) -> RunRow:
    source_commands.worked(tx, source.id, gained)
    return finished(tx, run.row)


def finished(tx: Tx, row: RunRow) -> RunRow:
    after: RunRow = replace(row, finished=tx.now)
    runs.put(tx.connection, after)
    found = (sources.get(tx.connection, one) for one in row.source_ids)
    tx.record(IngestFinished(run=after, sources=tuple(one for one in found if one)))
    return after
