"""What other processes have committed to the log: during a restart, two generations write to it."""

import sqlite3

from engine.events.recorded import Recorded
from engine.store import log
from engine.store.database import Database

PAGE = 512


class Tail:
    """Asks SQLite whether anybody has committed, which costs microseconds, before it reads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._version: int | None = None
        self._watching: sqlite3.Connection | None = None

    def read(self, after: int) -> list[Recorded]:
        """Events behind ``after``, ascending, at most a page; empty when nobody has committed.

        Raises StoreFailed; the next call looks again.
        """
        version = self._database.guard(self._data_version)
        if version == self._version:
            return []
        page = self._database.read(lambda connection: log.after(connection, after, PAGE))
        if len(page) < PAGE:
            self._version = version
        return page

    def close(self) -> None:
        if self._watching is not None:
            self._watching.close()
            self._watching = None

    def _data_version(self) -> int:
        # SQLite compares with what the same connection saw before, so it has to be one for good.
        if self._watching is None:
            self._watching = sqlite3.connect(self._database.path, isolation_level=None)
        row = self._watching.execute("PRAGMA data_version").fetchone()
        return int(row[0])
