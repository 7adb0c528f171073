"""Migrations bring any data folder to the tables of today, or leave it as it was."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from engine.errors import StoreFailed
from engine.store import migrate
from engine.store.database import Database
from engine.store.tables import metadata


def test_the_migrations_make_the_tables_that_the_code_uses(database: Database) -> None:
    def differences(connection):  # type: ignore[no-untyped-def]  # alembic is untyped here
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return compare_metadata(context, metadata)

    with database.writing.begin() as connection:
        assert differences(connection) == []


def test_the_newest_migration_is_the_one_the_code_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    config.set_main_option("path_separator", "os")

    assert ScriptDirectory.from_config(config).get_current_head() == migrate.LATEST


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        database = Database(tmp_path)
        database.open()
        database.close()


def test_a_migration_that_breaks_off_leaves_no_table_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(tmp_path)

    def break_off(connection) -> None:  # type: ignore[no-untyped-def]  # stands in for a crash
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        raise OSError("killed")

    monkeypatch.setattr(migrate, "_run_alembic", break_off)
    with pytest.raises(StoreFailed):
        database.open()
    monkeypatch.undo()
    database.open()

    with database.reading.begin() as connection:
        tables = connection.execute(text("SELECT name FROM sqlite_master")).scalars().all()
    database.close()
    assert "half" not in tables
    assert "events" in tables


def test_reading_connections_cannot_write(database: Database) -> None:
    with pytest.raises(StoreFailed, match="readonly"):
        database.read(lambda c: c.execute(text("DELETE FROM desk")))
