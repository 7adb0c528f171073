from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from engine.events.recorded import Recorded
from engine.store.database import Database
from engine.store.writer import Writer
from tests.engine.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path)
    database.open()
    database.begin_log()
    yield database
    database.close()


@pytest.fixture
def announced() -> list[Recorded]:
    return []


@pytest.fixture
async def writer(
    database: Database, clock: FakeClock, announced: list[Recorded]
) -> AsyncIterator[Writer]:
    writer = Writer(database, clock, announced.extend)
    yield writer
    await writer.close()
