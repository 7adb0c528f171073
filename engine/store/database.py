"""Opening the SQLite file: pragmas, migrations, and the two ways in (one writer, many readers)."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from engine.errors import StoreFailed, WireroomError
from engine.record import Head
from engine.store import log, migrate

T = TypeVar("T")
FILE_NAME = "wireroom.sqlite3"


class Database:
    """The store's file. ``writing`` connections begin IMMEDIATE, ``reading`` ones may not write."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self.writing = self._engine("BEGIN IMMEDIATE", "PRAGMA synchronous=FULL")
        self.reading = self._engine("BEGIN", "PRAGMA query_only=ON")

    def _engine(self, begin: str, pragma: str) -> Engine:
        engine = create_engine(
            f"sqlite:///{self.path}",
            connect_args={"check_same_thread": False, "timeout": 10},
            pool_size=4,
        )

        @event.listens_for(engine, "connect")
        def on_connect(connection: sqlite3.Connection, _record: object) -> None:
            # pysqlite's own transaction handling commits DDL and delays BEGIN: switch it off.
            connection.isolation_level = None
            for statement in (pragma, "PRAGMA foreign_keys=ON", "PRAGMA temp_store=MEMORY"):
                connection.execute(statement)

        @event.listens_for(engine, "begin")
        def on_begin(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine

    def open(self) -> None:
        """Create or migrate the file. Raises StoreFailed with the reason in words."""
        self.guard(self._switch_to_wal)
        self.guard(lambda: migrate.upgrade(self.writing))

    def join(self) -> None:
        """Open a file that another process is using: nothing is migrated under its feet.

        Raises StoreFailed when its schema is not the one this Wireroom knows.
        """
        self.read(migrate.require_latest)

    def _switch_to_wal(self) -> None:
        self._pragma("journal_mode=WAL")

    def _pragma(self, statement: str) -> None:
        """Outside any transaction."""
        raw = self.writing.raw_connection()
        try:
            raw.cursor().execute(f"PRAGMA {statement}").close()
        finally:
            raw.close()

    def begin_log(self) -> Head:
        """Where the log ends; a new store gets its epoch here."""

        def run() -> Head:
            with self.writing.begin() as connection:
                return log.head(connection)

        return self.guard(run)

    def read(self, query: Callable[[Connection], T]) -> T:
        """Run ``query`` in one read transaction: every statement sees the same position."""

        def run() -> T:
            with self.reading.begin() as connection:
                return query(connection)

        return self.guard(run)

    def empty_wal(self) -> None:
        """Move everything into the database file: what was overwritten is in no other.

        Readers that hold an older state keep it from happening; the next time does it.
        """
        self.guard(lambda: self._pragma("wal_checkpoint(TRUNCATE)"))

    def guard(self, action: Callable[[], T]) -> T:
        """Run ``action``; what SQLite says of disk, rights or damage becomes StoreFailed."""
        try:
            return action()
        except WireroomError:
            raise
        except (DatabaseError, sqlite3.Error, OSError) as error:
            raise failure(error) from error

    def close(self) -> None:
        self.reading.dispose()
        self.writing.dispose()


def examine(path: Path, query: Callable[[Connection], T]) -> T:
    """Run ``query`` in one read transaction on a file that is only looked at: a running desk's,
    or a copy. Raises StoreFailed; nothing is created, locked or changed.
    """
    if not path.is_file():
        raise StoreFailed(f"There is no database {path}.")
    # Without a log beside it nobody writes to it, and SQLite need not put files of its own there.
    is_live = path.with_name(f"{path.name}-wal").exists()
    try:
        return _look(path, "mode=ro" if is_live else "immutable=1", query)
    except (DatabaseError, sqlite3.Error, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).rstrip(".")
        raise StoreFailed(f"The database {path} cannot be read: {reason}.") from None


def _look(path: Path, how: str, query: Callable[[Connection], T]) -> T:
    def connect() -> sqlite3.Connection:
        uri = f"{path.resolve().as_uri()}?{how}"
        return sqlite3.connect(uri, uri=True, timeout=10, isolation_level=None)

    engine = create_engine("sqlite://", creator=connect)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            migrate.require_latest(connection)
            return query(connection)
    finally:
        engine.dispose()


def failure(error: Exception) -> StoreFailed:
    """The sentence for what went wrong, without SQL and without values."""
    reason = str(getattr(error, "orig", None) or error).rstrip(".")
    return StoreFailed(f"The data folder could not be used: {reason}. Nothing was half-written.")
