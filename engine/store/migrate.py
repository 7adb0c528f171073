"""Bringing a data folder to today's schema: all migrations in one IMMEDIATE transaction, after a
copy of what was there.

A process killed half-way leaves the old schema untouched, because pysqlite's habit of committing
DDL is switched off in ``database.py``.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from engine.errors import StoreFailed
from engine.store.copying import copy

MIGRATIONS = Path(__file__).parent / "migrations"
LATEST = "0007"
COPIES = 3
"""Copies from before a migration that are kept: the newest."""


def upgrade(engine: Engine) -> None:
    """Apply what is missing, after a copy. Raises StoreFailed for a folder written by a newer
    Wireroom."""
    with engine.connect() as connection:
        _copy_before(connection, revision(connection))
    with engine.begin() as connection:
        current = revision(connection)
        if current == LATEST:
            return
        if current is not None and current > LATEST:
            raise StoreFailed(
                f"The data folder has schema {current}, newer than this Wireroom's {LATEST}: "
                "update Wireroom."
            )
        _run_alembic(connection)


def _copy_before(connection: Connection, current: str | None) -> None:
    """Keep a copy beside a database that is about to be migrated; there is no other way back."""
    database = connection.engine.url.database
    if database is None or current is None or current >= LATEST:
        return
    last = connection.execute(text("SELECT max(seq) FROM events")).scalar()
    if not last:
        return
    path = Path(database)
    target = path.with_name(f"before-{current}-{last}.sqlite3")
    target.unlink(missing_ok=True)
    copy(path, target)
    kept = sorted(path.parent.glob("before-*.sqlite3"), key=lambda each: each.stat().st_mtime_ns)
    for old in kept[:-COPIES]:
        old.unlink()


def require_latest(connection: Connection) -> None:
    """Raises StoreFailed unless the folder has exactly this Wireroom's schema."""
    current = revision(connection)
    if current != LATEST:
        raise StoreFailed(
            f"The data folder has schema {current} and this Wireroom needs {LATEST}: stop the "
            "running one and start this one. A rolling restart changes no schema."
        )


def revision(connection: Connection) -> str | None:
    """The schema revision of the folder; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _run_alembic(connection: Connection, to: str = "head") -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
