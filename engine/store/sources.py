"""Sources and their health."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from engine.model import Source, SourceHealth, SourceRow
from engine.store.tables import sources


def every(connection: Connection) -> tuple[SourceRow, ...]:
    """All sources, by id."""
    rows = connection.execute(select(sources).order_by(sources.c.id))
    return tuple(SourceRow(source=row.source, health=row.health) for row in rows)


def get(connection: Connection, source_id: str) -> SourceRow | None:
    row = connection.execute(select(sources).where(sources.c.id == source_id)).one_or_none()
    return None if row is None else SourceRow(source=row.source, health=row.health)


def put(connection: Connection, source: Source, health: SourceHealth) -> SourceRow:
    row = {"source": source, "health": health}
    statement = insert(sources).values(id=source.id, **row)
    connection.execute(statement.on_conflict_do_update(index_elements=[sources.c.id], set_=row))
    return SourceRow(source=source, health=health)


def remove(connection: Connection, source_id: str) -> None:
    connection.execute(delete(sources).where(sources.c.id == source_id))
