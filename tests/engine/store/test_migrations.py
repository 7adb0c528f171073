"""Migrations bring any data folder to the tables of today, or leave it as it was."""

import sqlite3
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from engine.errors import StoreFailed
from engine.store import migrate
from engine.store.database import FILE_NAME, Database
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


def an_old_store(folder: Path, events: int) -> Path:
    """As the first Wireroom has left it."""
    database = Database(folder)
    with database.writing.begin() as old:
        migrate._run_alembic(old, "0001")
    database.close()
    with sqlite3.connect(folder / FILE_NAME) as connection:
        for seq in range(1, events + 1):
            connection.execute(
                "INSERT INTO events (seq, type, subject, time, data, hash) "
                "VALUES (?, 'edition.opened', '', '2026-03-04 09:00:00.000000', x'7b7d', x'00')",
                (seq,),
            )
    connection.close()
    return folder


def test_a_copy_is_kept_before_a_store_is_migrated(tmp_path: Path) -> None:
    database = Database(an_old_store(tmp_path, events=3))

    database.open()
    database.close()

    copy = tmp_path / "before-0001-3.sqlite3"
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (3,)
    connection.close()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_of_an_empty_store_no_copy_is_kept(tmp_path: Path) -> None:
    database = Database(an_old_store(tmp_path, events=0))

    database.open()
    database.close()

    assert list(tmp_path.glob("before-*")) == []


def test_old_copies_are_not_kept_for_ever(tmp_path: Path) -> None:
    for name in range(5):
        (tmp_path / f"before-0000-{name}.sqlite3").touch()
    database = Database(an_old_store(tmp_path, events=1))

    database.open()
    database.close()

    left = sorted(path.name for path in tmp_path.glob("before-*"))
    assert len(left) == migrate.COPIES
    assert "before-0001-1.sqlite3" in left
