"""What holds for all tests."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine

from engine.store import migrate


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a third of the time is waiting for servers and browsers."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session", autouse=True)
def migrated_once() -> Iterator[None]:
    """A new store gets the tables that the migrations have made once: a third of most tests' time.

    A store with an older schema is still migrated, and ``test_migrations.py`` asks for the rest.
    """
    run = migrate._run_alembic
    memory = create_engine("sqlite://")
    with memory.begin() as connection:
        run(connection)
    raw = memory.raw_connection()
    dump = [line for line in raw.iterdump() if line not in ("BEGIN TRANSACTION;", "COMMIT;")]
    raw.close()
    memory.dispose()

    def replay(connection: Connection, to: str = "head") -> None:
        if to != "head" or migrate.revision(connection) is not None:
            run(connection, to)
        else:
            for statement in dump:
                connection.exec_driver_sql(statement)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "_run_alembic", replay)
        yield
