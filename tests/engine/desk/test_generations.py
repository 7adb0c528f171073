"""Two engines on one data folder, as during a restart: one log, one on duty, nothing twice."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import text

from engine.analysis.readings import Analysis
from engine.desk.config import ConfigChange
from engine.desk.idempotency import UNDER_WAY
from engine.desk.placing import Placing
from engine.engine import Engine
from engine.errors import (
    Conflict,
    DataFolderBusy,
    IdempotencyMismatch,
    RunInProgress,
    StoreFailed,
)
from engine.events.ingest import IngestFinished
from engine.events.recorded import Latest, Recorded
from engine.ingest.sources import NewSource
from engine.model import SYSTEM, Item
from engine.settings import Settings
from engine.store import idempotency
from engine.store.folder import LOCK_NAME
from engine.store.writer import Tx
from tests.engine.clock import FakeClock
from tests.engine.desk.conftest import EVERYTHING, Mirror
from tests.engine.desk.day import ADA, ANA, entry
from tests.engine.desk.inline_worker import InlineWorker

PATIENCE_S = 20.0
Successor = Callable[[], Awaitable[Engine]]


@pytest.fixture
async def successor(
    engine: Engine, settings: Settings, clock: FakeClock
) -> AsyncIterator[Successor]:
    """Opens a second engine beside the first; the descriptor stands for an inherited one."""
    async with AsyncExitStack() as stack:

        async def open_beside() -> Engine:
            lock = os.dup(engine.lock)
            second = await Engine.open(settings, clock, InlineWorker(), lock=lock)
            stack.push_async_callback(second.close)
            return second

        yield open_beside


class Heard:
    """What an engine announces, as a place to wait."""

    def __init__(self, engine: Engine) -> None:
        self.seqs: list[int] = []
        self._news = asyncio.Event()
        engine.log.listen(self)

    def recorded(self, events: Sequence[Recorded]) -> None:
        self.seqs += [line.seq for line in events]
        self._news.set()

    def latest(self, event: Latest) -> None:
        pass

    async def until(self, seq: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not self.seqs or self.seqs[-1] < seq:
                self._news.clear()
                await self._news.wait()


async def eventually(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await is_so():  # noqa: ASYNC110 - the store has no bell to wait for
            await asyncio.sleep(0.01)


async def test_both_announce_every_event_once_and_in_order(
    engine: Engine, successor: Successor
) -> None:
    second = await successor()
    start = engine.log.head
    first_heard, second_heard = Heard(engine), Heard(second)

    async def change(desk: Engine, hours: int) -> None:
        await desk.config.change(SYSTEM, ConfigChange(signoff_ttl_hours=hours))

    for round_ in range(20):
        await asyncio.gather(
            *(change(engine, 1 + (round_ + n) % 50) for n in range(5)),
            *(change(second, 51 + (round_ + n) % 50) for n in range(5)),
        )
    head = await log_head(engine)
    await asyncio.gather(first_heard.until(head), second_heard.until(head))

    assert head > start + 100
    assert first_heard.seqs == list(range(start + 1, head + 1))
    assert second_heard.seqs == list(range(start + 1, head + 1))
    assert engine.log.epoch == second.log.epoch


async def log_head(engine: Engine) -> int:
    return int((await engine.snapshot(EVERYTHING)).at.rpartition("-")[2])


async def test_what_the_other_commits_is_in_the_same_bytes(
    engine: Engine, successor: Successor
) -> None:
    second = await successor()
    here = Mirror(await engine.snapshot(EVERYTHING))
    there = Mirror(await second.snapshot(EVERYTHING))
    engine.log.listen(here)
    second.log.listen(there)

    await engine.ingest.push(ANA, [entry(1)])
    await second.log.floor()

    assert [line.wire for line in there.lines[: len(here.lines)]] == [
        line.wire for line in here.lines
    ]


async def test_a_cursor_from_one_generation_is_no_future_to_the_other(
    engine: Engine, successor: Successor
) -> None:
    second = await successor()

    await engine.config.change(ADA, ConfigChange(signoff_ttl_hours=7))
    cursor = engine.log.head
    await second.log.floor()

    assert second.log.head >= cursor


async def test_items_pushed_to_both_are_placed_once_and_in_the_same_issues(
    engine: Engine, successor: Successor
) -> None:
    second = await successor()

    await asyncio.gather(
        *(desk.ingest.push(ANA, [entry(n)]) for n in range(12) for desk in (engine, second))
    )

    status = await engine.ingest.status()
    issues = (await engine.issues.today()).issues
    assert status.count == 12
    assert sum(issue.item_count for issue in issues) == 12
    assert len(issues) == 1


async def test_an_item_the_other_stores_while_ours_is_being_looked_at_is_known(
    engine: Engine, successor: Successor, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = await successor()
    ask, overtaken = Placing.assign, []

    async def late(placing: Placing, batch: Sequence[Item], seen: int) -> tuple[int, Analysis]:
        if not overtaken:
            overtaken.append(True)
            await second.ingest.push(ANA, [entry(1)])
        return await ask(placing, batch, seen)

    monkeypatch.setattr(Placing, "assign", late)
    run = await engine.ingest.push(ANA, [entry(1)])

    assert (run.new, run.known) == (0, 1)
    assert (await engine.ingest.status()).count == 1


async def test_a_correction_and_items_from_the_other_do_not_undo_each_other(
    engine: Engine, successor: Successor
) -> None:
    await engine.ingest.push(ANA, [entry(1), entry(2)])
    (issue,) = (await engine.issues.today()).issues
    second = await successor()

    await second.ingest.push(ANA, [entry(3)])
    await engine.issues.correct(ANA, issue.id, "Risk")
    await second.ingest.push(ANA, [entry(4)])

    (after,) = (await engine.issues.today()).issues
    assert (after.item_count, after.quadrant, after.corrected_by) == (4, "Risk", "Ana")


# -- one request sent to both --------------------------------------------------------------------


class Work:
    """A request's work, which begins, waits to be let go, and counts how often it was done."""

    def __init__(self) -> None:
        self.begun, self.go, self.times = asyncio.Event(), asyncio.Event(), 0

    async def __call__(self) -> bytes:
        self.times += 1
        self.begun.set()
        async with asyncio.timeout(PATIENCE_S):
            await self.go.wait()
        return b"done"


@pytest.fixture
def work() -> Work:
    return Work()


async def test_a_key_used_in_one_generation_is_known_in_the_next(
    engine: Engine, successor: Successor, work: Work
) -> None:
    work.go.set()
    answer = await engine.idempotency.once(ANA, "key", b"request", work)
    second = await successor()

    while_both_serve = await second.idempotency.once(ANA, "key", b"request", work)
    with pytest.raises(IdempotencyMismatch):
        await second.idempotency.once(ANA, "key", b"another", work)
    await engine.close()
    afterwards = await second.idempotency.once(ANA, "key", b"request", work)
    with pytest.raises(IdempotencyMismatch):
        await second.idempotency.once(ANA, "key", b"another", work)

    assert answer == while_both_serve == afterwards == b"done"
    assert work.times == 1


@pytest.mark.parametrize("at_first", ["the older", "the younger"])
async def test_what_one_generation_works_on_the_other_does_not_do_too(
    engine: Engine, successor: Successor, work: Work, at_first: str
) -> None:
    both = (engine, await successor())
    here, there = both if at_first == "the older" else reversed(both)
    task = asyncio.create_task(here.idempotency.once(ANA, "key", b"request", work))
    await work.begun.wait()

    with pytest.raises(Conflict, match="still being worked on"):
        await there.idempotency.once(ANA, "key", b"request", work)
    with pytest.raises(IdempotencyMismatch):
        await there.idempotency.once(ANA, "key", b"another", work)
    work.go.set()
    first = await task

    assert await there.idempotency.once(ANA, "key", b"request", work) == first
    assert work.times == 1


async def test_what_the_younger_works_on_when_it_goes_on_duty_is_answered_once(
    engine: Engine, successor: Successor, work: Work
) -> None:
    second = await successor()
    task = asyncio.create_task(second.idempotency.once(ANA, "key", b"request", work))
    await work.begun.wait()

    await engine.close()
    await eventually(lambda: is_on_duty(second))
    work.go.set()
    first = await task

    assert await second.idempotency.once(ANA, "key", b"request", work) == first
    assert work.times == 1


async def is_on_duty(engine: Engine) -> bool:
    return engine._waiting is not None and engine._waiting.done()


async def cut_off(engine: Engine) -> None:
    """A request that its process did not live to answer."""

    def claim(tx: Tx) -> None:
        digest = hashlib.sha256(b"request").digest()
        idempotency.claim(tx.connection, ANA.id, "key", digest, tx.now)

    await engine._context.write(claim)


async def test_what_the_older_was_cut_off_from_is_done_by_the_next_on_duty(
    engine: Engine, successor: Successor, clock: FakeClock, work: Work
) -> None:
    second = await successor()
    work.go.set()
    clock.advance(seconds=1)
    await cut_off(engine)

    await engine.close()
    await eventually(lambda: is_on_duty(second))

    assert await second.idempotency.once(ANA, "key", b"request", work) == b"done"


async def test_what_a_successor_that_failed_was_cut_off_from_is_done_after_a_while(
    engine: Engine, successor: Successor, clock: FakeClock, work: Work
) -> None:
    second = await successor()
    work.go.set()
    await cut_off(second)
    await second.close()

    with pytest.raises(Conflict):
        await engine.idempotency.once(ANA, "key", b"request", work)
    clock.now += UNDER_WAY

    assert await engine.idempotency.once(ANA, "key", b"request", work) == b"done"


# -- runs ----------------------------------------------------------------------------------------


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.csv"
    lines = (f"Tolls rise at Quillan lock {n},https://q{n}.example/t\n" for n in range(200))
    file.write_text("title,link\n" + "".join(lines))
    return file


async def test_a_run_asked_of_the_one_off_duty_happens_when_it_goes_on(
    engine: Engine, successor: Successor, rows: Path
) -> None:
    await engine.ingest.add_source(SYSTEM, NewSource(location=str(rows)))
    second = await successor()

    await second.ingest.run(SYSTEM)
    with pytest.raises(RunInProgress):
        await second.ingest.run(SYSTEM)
    waiting = (await second.ingest.status()).count
    await engine.close()
    await eventually(lambda: counts(second, 200))

    assert waiting == 0
    run = await second.ingest.wait()
    assert run is not None
    assert run.read == 200


async def counts(engine: Engine, items: int) -> bool:
    return (await engine.ingest.status()).count == items


async def test_a_run_in_progress_is_handed_over_and_takes_nothing_twice(
    engine: Engine, successor: Successor, rows: Path
) -> None:
    await engine.ingest.add_source(SYSTEM, NewSource(location=str(rows)))
    second = await successor()
    heard = Mirror(await second.snapshot(EVERYTHING))
    second.log.listen(heard)

    started = await engine.ingest.run(SYSTEM)
    await eventually(lambda: has_begun(engine))
    await engine.stand_down()
    before = (await engine.ingest.status()).count
    pushed = await engine.ingest.push(ANA, [entry(1)])
    await engine.close()
    await eventually(lambda: counts(second, 201))
    await second.settled()

    last = next(line for line in reversed(heard.lines) if line.type == "ingest.finished")
    run = msgspec.json.decode(last.data, type=IngestFinished).run
    assert 0 < before < 200
    assert pushed.new == 1
    assert (run.id, run.read, run.new + run.duplicates) == (started.id, 200, 200)
    assert heard.types.count("ingest.finished") == 2  # the push, the run
    fresh = await second.snapshot(EVERYTHING)
    assert replace(heard.snapshot, last_run=None) == replace(fresh, last_run=None)


async def has_begun(engine: Engine) -> bool:
    return (await engine.ingest.status()).count > 0


async def test_a_push_under_way_when_duty_changes_is_finished_by_its_own_request_alone(
    engine: Engine, successor: Successor, clock: FakeClock
) -> None:
    clock.advance(seconds=1)
    second = await successor()
    heard = Mirror(await second.snapshot(EVERYTHING))
    second.log.listen(heard)
    clock.advance(seconds=1)

    push = asyncio.create_task(second.ingest.push(ANA, [entry(n) for n in range(200)]))
    await eventually(lambda: has_begun(second))
    await engine.close()
    run = await push

    assert run.read == 200
    await second.settled()
    assert heard.types.count("ingest.finished") == 1


async def test_briefs_of_what_came_in_meanwhile_are_written_by_the_next_on_duty(
    engine: Engine, successor: Successor
) -> None:
    await engine.config.change(ADA, ConfigChange(brief_min_priority="low"))
    second = await successor()
    await engine.stand_down()

    await second.ingest.push(ANA, [entry(1), entry(2)])
    had_none = not await has_brief(second)
    await engine.close()
    await eventually(lambda: has_brief(second))

    assert had_none


async def has_brief(engine: Engine) -> bool:
    return bool((await engine.snapshot(EVERYTHING)).briefs)


async def test_a_scheduled_run_that_falls_between_two_generations_happens_once(
    engine: Engine, successor: Successor, clock: FakeClock, rows: Path
) -> None:
    await engine.ingest.add_source(SYSTEM, NewSource(location=str(rows)))
    await engine.config.change(ADA, ConfigChange(timezone="UTC", time_of_day="09:30"))
    await engine.tick()
    clock.advance(minutes=29, seconds=55)
    await engine.tick()
    clock.advance(seconds=10)
    second = await successor()

    await engine.close()
    await eventually(lambda: counts(second, 200))
    await second.tick()
    await second.settled()

    assert (await second.ingest.status()).running == ()


async def test_a_successor_changes_no_schema(
    engine: Engine, settings: Settings, clock: FakeClock
) -> None:
    with engine._database.writing.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    with pytest.raises(StoreFailed, match="stop the running one"):
        await Engine.open(settings, clock, InlineWorker(), lock=os.dup(engine.lock))

    assert (await engine.ingest.status()).count == 0


async def test_only_the_lock_of_this_very_folder_opens_it(
    engine: Engine, settings: Settings, clock: FakeClock, tmp_path: Path
) -> None:
    other = os.open(tmp_path, os.O_RDONLY)
    unheld = os.open(settings.data_dir / LOCK_NAME, os.O_RDWR)

    with pytest.raises(StoreFailed, match="not that of the folder"):
        await Engine.open(settings, clock, InlineWorker(), lock=other)
    with pytest.raises(DataFolderBusy):
        await Engine.open(settings, clock, InlineWorker(), lock=unheld)

    os.close(other)
    os.close(unheld)
