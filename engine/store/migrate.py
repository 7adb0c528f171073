"""Bringing a data folder to today's schema: all migrations in one IMMEDIATE transaction.

A process killed half-way leaves the old schema untouched, because pysqlite's habit of committing
DDL is switched off in ``database.py``.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from engine.errors import StoreFailed

MIGRATIONS = Path(__file__).parent / "migrations"
LATEST = "0004"


def upgrade(engine: Engine) -> None:
    """Apply what is missing. Raises StoreFailed for a folder written by a newer Wireroom."""
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


def _run_alembic(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
