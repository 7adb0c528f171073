"""Ingest runs."""

from sqlalchemy import Connection, insert, select, update

from engine.model import RunRow
from engine.store.tables import runs


def add(connection: Connection, run: RunRow) -> None:
    row = {"id": run.id, "finished": run.finished, "run": run}
    connection.execute(insert(runs).values(row))


def put(connection: Connection, run: RunRow) -> None:
    """Overwrite a run with how it stands now."""
    statement = update(runs).where(runs.c.id == run.id)
    connection.execute(statement.values(finished=run.finished, run=run))


def last_finished(connection: Connection) -> RunRow | None:
    """The run that finished last, whenever it began."""
    query = select(runs.c.run).where(runs.c.finished.is_not(None))
    query = query.order_by(runs.c.finished.desc(), runs.c.n.desc())
    found: RunRow | None = connection.execute(query.limit(1)).scalar()
    return found


def unfinished(connection: Connection) -> list[RunRow]:
    """Runs in progress, or cut off, oldest first."""
    query = select(runs.c.run).where(runs.c.finished.is_(None)).order_by(runs.c.n)
    return list(connection.execute(query).scalars())
