"""Sources: added, removed, paused, and how each has been doing. Commands of one transaction."""

from msgspec.structs import replace

from engine.desk.permit import permit
from engine.errors import Conflict, NotFound
from engine.events.ingest import (
    IngestSourceAdded,
    IngestSourceFailed,
    IngestSourceRecovered,
    IngestSourceRemoved,
)
from engine.ingest.sources import NewSource, checked, push_source
from engine.model import SYSTEM, Principal, Source, SourceHealth, SourceRow
from engine.store import sources
from engine.store.writer import Tx


def add(tx: Tx, by: Principal, new: NewSource) -> SourceRow:
    """Raises Invalid, Conflict. A place that is known already is given back as it is.

    Only the desk itself (the command line on its own folder) may name files: over the network a
    path would read any file the server can.
    """
    permit(tx, by, "configure")
    known = sources.every(tx.connection)
    taken = {row.source.id for row in known}
    source = checked(new, taken, allow_files=by.id == SYSTEM.id)
    for row in known:
        if source.location and _place(row.source) == _place(source):
            return row
    return put_new(tx, source)


def put_new(tx: Tx, source: Source) -> SourceRow:
    row = sources.put(tx.connection, source, SourceHealth())
    tx.record(IngestSourceAdded(source=row))
    return row


def for_pushes(tx: Tx, title: str) -> Source:
    """The source that pushed items come from, added when it is first heard of."""
    source = push_source(title)
    known = sources.get(tx.connection, source.id)
    if known is not None and known.source.kind != source.kind:
        raise Conflict(f"{known.source.title!r} is a source that is read; name the push otherwise.")
    return known.source if known else put_new(tx, source).source


def _place(source: Source) -> tuple[str, str, dict[str, str]]:
    return source.kind, source.location, source.columns


def remove(tx: Tx, by: Principal, source_id: str) -> SourceRow:
    """Forget the place; its items stay."""
    permit(tx, by, "configure")
    row = load(tx, source_id)
    sources.remove(tx.connection, source_id)
    tx.record(IngestSourceRemoved(source_id=source_id))
    return row


def pause(tx: Tx, by: Principal, source_id: str, paused: bool) -> SourceRow:
    permit(tx, by, "ingest")
    row = load(tx, source_id)
    source: Source = replace(row.source, paused=paused)
    after = sources.put(tx.connection, source, row.health)
    if after != row:
        tx.record(IngestSourceAdded(source=after))
    return after


def load(tx: Tx, source_id: str) -> SourceRow:
    row = sources.get(tx.connection, source_id)
    if row is None:
        raise NotFound(f"There is no source {source_id!r}.")
    return row


def worked(tx: Tx, source_id: str, read: SourceHealth) -> None:
    """Note that a source was read to its end; ``read`` has its new validators and counts."""
    row = sources.get(tx.connection, source_id)
    if row is None:  # removed while it was being read
        return
    health: SourceHealth = replace(
        row.health,
        state="ok",
        items=row.health.items + read.items,
        rejected=row.health.rejected + read.rejected,
        failures=0,
        last_run=tx.now,
        last_success=tx.now,
        error="",
        etag=read.etag,
        last_modified=read.last_modified,
    )
    after = sources.put(tx.connection, row.source, health)
    if row.health.state == "failing":
        tx.record(IngestSourceRecovered(source=after))


def failed(tx: Tx, source_id: str, why: str) -> None:
    """Note that a source could not be read. Only news is an event: not the same error again."""
    row = sources.get(tx.connection, source_id)
    if row is None:
        return
    health: SourceHealth = replace(
        row.health,
        state="failing",
        failures=row.health.failures + 1,
        last_run=tx.now,
        error=why,
    )
    after = sources.put(tx.connection, row.source, health)
    if (row.health.state, row.health.error) != ("failing", why):
        tx.record(IngestSourceFailed(source=after))
