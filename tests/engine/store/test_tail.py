"""What another process commits is noticed, and looking costs nothing while nobody does."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from engine.events.recorded import Recorded
from engine.store import tail as tail_module
from engine.store.database import Database
from engine.store.tail import Tail
from engine.store.writer import Writer
from tests.engine.clock import FakeClock
from tests.engine.store.test_writer import record_one


@pytest.fixture
def elsewhere(database: Database, tmp_path: Path) -> Iterator[Database]:
    other = Database(tmp_path)
    yield other
    other.close()


@pytest.fixture
async def other_writer(elsewhere: Database, clock: FakeClock) -> AsyncIterator[Writer]:
    announced: list[Recorded] = []
    writer = Writer(elsewhere, clock, announced.extend)
    yield writer
    await writer.close()


@pytest.fixture
def tail(database: Database) -> Iterator[Tail]:
    tail = Tail(database)
    yield tail
    tail.close()


async def test_the_tail_reads_what_another_committed(tail: Tail, other_writer: Writer) -> None:
    before = tail.read(0)
    await other_writer.do(record_one)
    await other_writer.do(record_one)

    assert before == []
    assert [line.seq for line in tail.read(0)] == [1, 2]


async def test_without_a_commit_nothing_is_read(
    tail: Tail, other_writer: Writer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await other_writer.do(record_one)
    tail.read(0)

    monkeypatch.setattr(database, "read", lambda query: pytest.fail("the store was read"))

    assert tail.read(1) == []


async def test_a_long_stretch_comes_in_pages(
    tail: Tail, other_writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_module, "PAGE", 2)
    for _ in range(3):
        await other_writer.do(record_one)

    pages = [[line.seq for line in tail.read(after)] for after in (0, 2, 3)]

    assert pages == [[1, 2], [3], []]


async def test_events_in_front_of_an_own_commit_are_announced_first(
    writer: Writer, other_writer: Writer, announced: list[Recorded]
) -> None:
    await other_writer.do(record_one)
    await other_writer.do(record_one)

    own = await writer.do(record_one)

    assert own == 3
    assert [line.seq for line in announced] == [1, 2, 3]
