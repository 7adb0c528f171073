"""The one writer: state and event commit together, and nobody undoes anybody else."""

import asyncio

import pytest
from sqlalchemy import text

from engine.errors import GateShut, ShuttingDown, StoreFailed
from engine.events.desk import ConfigChanged
from engine.events.recorded import Recorded
from engine.model import Config
from engine.store import desk, log
from engine.store.database import Database
from engine.store.writer import Tx, Writer


def changed(hours: int = 24) -> ConfigChanged:
    return ConfigChanged(config=Config(signoff_ttl_hours=hours), by="ana", fields=())


def record_one(tx: Tx) -> int:
    return tx.record(changed()).seq


async def test_numbers_are_gapless_over_many_commands(writer: Writer) -> None:
    numbers = await asyncio.gather(*(writer.do(record_one) for _ in range(300)))

    assert numbers == list(range(1, 301))


async def test_a_read_decide_append_command_never_loses_an_update(
    writer: Writer, database: Database
) -> None:
    def add_an_hour(tx: Tx) -> None:
        hours = desk.config(tx.connection).signoff_ttl_hours
        desk.put_config(tx.connection, Config(signoff_ttl_hours=hours + 1))

    await asyncio.gather(*(writer.do(add_an_hour) for _ in range(100)))

    assert database.read(desk.config).signoff_ttl_hours == 124


async def test_the_next_command_of_a_batch_does_not_see_what_was_undone(writer: Writer) -> None:
    def fail(tx: Tx) -> None:
        desk.config(tx.connection)
        desk.put_config(tx.connection, Config(autopublish=True))
        assert desk.config(tx.connection).autopublish
        raise ValueError("no")

    _, seen = await asyncio.gather(
        writer.do(fail), writer.do(lambda tx: desk.config(tx.connection)), return_exceptions=True
    )

    assert isinstance(seen, Config)
    assert not seen.autopublish


async def test_what_another_process_put_is_seen_by_the_next_batch(
    writer: Writer, database: Database
) -> None:
    await writer.do(lambda tx: desk.config(tx.connection))
    with database.writing.begin() as connection:
        desk.put_config(connection, Config(autopublish=True))

    seen = await writer.do(lambda tx: desk.config(tx.connection))

    assert seen.autopublish


async def test_a_command_that_raises_undoes_only_itself(
    writer: Writer, database: Database, announced: list[Recorded]
) -> None:
    def fail(tx: Tx) -> None:
        tx.record(changed())
        desk.put_config(tx.connection, Config(autopublish=True))
        raise ValueError("no")

    results = await asyncio.gather(
        writer.do(record_one), writer.do(fail), writer.do(record_one), return_exceptions=True
    )

    assert results[0] == 1
    assert isinstance(results[1], ValueError)
    assert results[2] == 2
    assert [line.seq for line in announced] == [1, 2]
    assert database.read(desk.config).autopublish is False


async def test_a_returned_error_is_raised_but_what_it_recorded_stays(
    writer: Writer, announced: list[Recorded]
) -> None:
    def refuse(tx: Tx) -> GateShut:
        tx.record(changed())
        return GateShut("Two sign-offs are missing.")

    with pytest.raises(GateShut):
        await writer.do(refuse)

    assert [line.seq for line in announced] == [1]


async def test_a_cancelled_caller_does_not_cancel_the_commit(
    writer: Writer, database: Database
) -> None:
    task = asyncio.create_task(writer.do(record_one))
    await asyncio.sleep(0)
    task.cancel()

    await writer.do(lambda tx: None)

    assert database.read(log.head).seq == 1


async def test_events_are_announced_before_the_caller_hears_of_them(
    writer: Writer, announced: list[Recorded]
) -> None:
    await writer.do(record_one)

    assert [line.type for line in announced] == ["config.changed"]


async def test_an_event_read_back_has_the_bytes_it_was_announced_with(
    writer: Writer, database: Database, announced: list[Recorded]
) -> None:
    await writer.do(record_one)

    stored = database.read(lambda connection: log.after(connection, 0, 10))

    assert stored == announced


async def test_a_constraint_that_fails_becomes_a_coded_error(writer: Writer) -> None:
    def break_a_rule(tx: Tx) -> None:
        tx.connection.execute(text("INSERT INTO issue_editions VALUES ('today', 'nobody')"))

    with pytest.raises(StoreFailed, match="Nothing was half-written"):
        await writer.do(break_a_rule)


async def test_a_full_disk_fails_every_command_of_the_batch_and_keeps_nothing(
    writer: Writer, database: Database, announced: list[Recorded]
) -> None:
    await writer.do(record_one)
    pages = database.read(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar())
    await writer.do(lambda tx: tx.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}"))

    def fill(tx: Tx) -> None:
        tx.record(changed())
        tx.connection.exec_driver_sql("INSERT INTO desk VALUES ('x', zeroblob(1000000))")

    with pytest.raises(StoreFailed, match="full"):
        await writer.do(fill)

    assert database.read(log.head).seq == 1
    assert len(announced) == 1


async def test_after_closing_nothing_is_accepted(writer: Writer) -> None:
    await writer.close()

    with pytest.raises(ShuttingDown):
        await writer.do(record_one)


async def test_closing_finishes_what_was_queued(writer: Writer, database: Database) -> None:
    waiting = [asyncio.ensure_future(writer.do(record_one)) for _ in range(20)]
    await asyncio.sleep(0)

    await writer.close()

    assert await asyncio.gather(*waiting) == list(range(1, 21))
