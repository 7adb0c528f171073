import asyncio
import gc
import weakref
from pathlib import Path

import pytest
from aiohttp import web

from engine.engine import Engine
from engine.events.recorded import Latest
from engine.settings import Settings
from server import keys
from server.app import create_app
from server.cache import AHEAD_AT_MOST, LIMIT_ENTRIES, MAX_AGE_S, OVERHEAD, Cache, Entry, Fill
from tests.server.desk import FakeLog, an_event

TOPICS = ("issue", "config")


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


@pytest.fixture
def cache(log: FakeLog) -> Cache:
    cache = Cache(log, limit_bytes=OVERHEAD + 100)
    log.listen(cache)
    return cache


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "desk", mock=True)


class Reading:
    """A slow read: each call waits for its gate and gives its own bytes."""

    def __init__(self, *bodies: bytes) -> None:
        self.bodies = list(bodies)
        self.gates = [asyncio.Event() for _ in bodies]
        self.calls = 0

    async def __call__(self) -> bytes:
        call = self.calls
        self.calls += 1
        await self.gates[call].wait()
        return self.bodies[call]

    def open(self, call: int) -> None:
        self.gates[call].set()


def quick(*bodies: bytes) -> Reading:
    reading = Reading(*bodies)
    for gate in reading.gates:
        gate.set()
    return reading


async def start(cache: Cache, fill: Fill) -> "asyncio.Task[Entry]":
    task = asyncio.create_task(cache.get("key", TOPICS, fill))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return task


async def test_a_second_read_is_answered_from_memory(cache: Cache) -> None:
    read = quick(b"one", b"two")

    first = await cache.get("key", TOPICS, read)
    second = await cache.get("key", TOPICS, read)

    assert (first.body, second.body, read.calls) == (b"one", b"one", 1)


async def test_an_event_of_a_topic_it_depends_on_ends_an_entry(cache: Cache, log: FakeLog) -> None:
    read = quick(b"old", b"new")
    await cache.get("key", TOPICS, read)

    log.announce(an_event(1, topic="config"))

    assert (await cache.get("key", TOPICS, read)).body == b"new"


async def test_an_event_of_another_topic_leaves_an_entry(cache: Cache, log: FakeLog) -> None:
    read = quick(b"old", b"new")
    await cache.get("key", TOPICS, read)

    log.announce(an_event(1, topic="ingest"))

    assert (await cache.get("key", TOPICS, read)).body == b"old"


async def test_ten_who_miss_together_cause_one_reading(cache: Cache) -> None:
    read = quick(b"one", b"two")

    entries = await asyncio.gather(*(cache.get("key", TOPICS, read) for _ in range(10)))

    assert ({entry.body for entry in entries}, read.calls) == ({b"one"}, 1)


async def test_bytes_read_before_an_event_are_never_served_after_it(
    cache: Cache, log: FakeLog
) -> None:
    """Deleting on the event is not enough: the slow reading lands after the deletion."""
    read = Reading(b"stale", b"fresh")
    slow = await start(cache, read)

    log.announce(an_event(1))
    read.open(0)
    await slow
    read.open(1)

    assert (await cache.get("key", TOPICS, read)).body == b"fresh"


async def test_who_asks_after_an_event_does_not_join_a_reading_from_before_it(
    cache: Cache, log: FakeLog
) -> None:
    read = Reading(b"stale", b"fresh")
    before = await start(cache, read)

    log.announce(an_event(1))
    after = await start(cache, read)
    read.open(0)
    read.open(1)

    assert ((await before).body, (await after).body) == (b"stale", b"fresh")


async def test_an_older_reading_that_lands_last_does_not_replace_a_newer_one(
    cache: Cache, log: FakeLog
) -> None:
    read = Reading(b"stale", b"fresh")
    before = await start(cache, read)
    log.announce(an_event(1))
    after = await start(cache, read)

    read.open(1)
    await after
    read.open(0)
    await before

    assert (await cache.get("key", TOPICS, read)).body == b"fresh"


async def test_a_waiter_that_leaves_does_not_take_the_reading_along(cache: Cache) -> None:
    read = Reading(b"one")
    leaving = await start(cache, read)
    staying = await start(cache, read)

    leaving.cancel()
    read.open(0)

    assert (await staying).body == b"one"


async def test_a_reading_that_fails_is_told_and_not_kept(cache: Cache) -> None:
    async def failing() -> bytes:
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        await cache.get("key", TOPICS, failing)

    assert (await cache.get("key", TOPICS, quick(b"well"))).body == b"well"


async def test_a_short_age_reads_again_without_any_event(cache: Cache) -> None:
    read = quick(b"one", b"two")
    await cache.get("key", TOPICS, read, max_age=0)

    assert (await cache.get("key", TOPICS, read, max_age=0)).body == b"two"


async def test_a_latest_value_event_ends_nothing(cache: Cache) -> None:
    read = quick(b"one", b"two")
    await cache.get("key", TOPICS, read)

    cache.latest(Latest("presence", "issue", "some-brief", b"{}"))

    assert (await cache.get("key", TOPICS, read)).body == b"one"


async def test_the_oldest_entries_go_when_the_memory_is_full(cache: Cache) -> None:
    first = quick(b"a" * 60, b"again")
    await cache.get("first", TOPICS, first)

    await cache.get("second", TOPICS, quick(b"b" * 60))

    assert (await cache.get("first", TOPICS, first)).body == b"again"


async def test_the_same_bytes_have_the_same_etag_and_others_another(cache: Cache) -> None:
    one = await cache.get("one", TOPICS, quick(b"same"))
    two = await cache.get("two", TOPICS, quick(b"same"))
    three = await cache.get("three", TOPICS, quick(b"other"))

    assert one.etag == two.etag != three.etag
    assert one.etag.startswith('"')


async def test_thousands_of_questions_do_not_fill_the_memory(log: FakeLog) -> None:
    cache = Cache(log)
    for asked in range(LIMIT_ENTRIES + 1_000):
        await cache.get(("/classify/today", asked), TOPICS, quick(b"{}"))

    assert len(cache) == LIMIT_ENTRIES
    assert cache.weight == LIMIT_ENTRIES * (OVERHEAD + 2)


async def test_small_answers_weigh_more_than_their_bodies(log: FakeLog) -> None:
    cache = Cache(log, limit_bytes=10 * OVERHEAD)
    for asked in range(100):
        await cache.get(asked, TOPICS, quick(b""))

    assert len(cache) == 10


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def asked_for_again(cache: Cache, read: Reading, key: str = "key") -> None:
    """Read once, and answered from memory once."""
    await cache.get(key, TOPICS, read)
    await cache.get(key, TOPICS, read)


async def test_what_was_asked_for_again_is_read_anew_before_the_next_one_asks(
    cache: Cache, log: FakeLog
) -> None:
    read = quick(b"old", b"new")
    await asked_for_again(cache, read)

    log.announce(an_event(1))
    await settle()
    calls = read.calls

    assert ((await cache.get("key", TOPICS, read)).body, calls, read.calls) == (b"new", 2, 2)


async def test_what_nobody_asked_for_again_is_not_read_ahead(cache: Cache, log: FakeLog) -> None:
    read = quick(b"old", b"new")
    await cache.get("key", TOPICS, read)

    log.announce(an_event(1))
    await settle()

    assert read.calls == 1


async def test_what_was_read_ahead_and_not_asked_for_is_not_read_ahead_again(
    cache: Cache, log: FakeLog
) -> None:
    read = quick(b"old", b"new", b"newer")
    await asked_for_again(cache, read)

    for seq in (1, 2):
        log.announce(an_event(seq))
        await settle()

    assert read.calls == 2


async def test_an_event_of_another_topic_makes_nothing_be_read(cache: Cache, log: FakeLog) -> None:
    read = quick(b"old", b"new", b"newer")
    await asked_for_again(cache, read)

    log.announce(an_event(1, topic="ingest"))
    await settle()
    after_another = read.calls
    log.announce(an_event(2))
    await settle()

    assert (after_another, read.calls) == (1, 2)


async def test_who_asks_while_it_is_read_ahead_waits_for_that_reading(
    cache: Cache, log: FakeLog
) -> None:
    read = Reading(b"old", b"new")
    read.open(0)
    await asked_for_again(cache, read)
    log.announce(an_event(1))
    await settle()

    waiting = await start(cache, read)
    read.open(1)

    assert ((await waiting).body, read.calls) == (b"new", 2)


async def test_bytes_read_ahead_and_overtaken_by_an_event_are_never_served(
    cache: Cache, log: FakeLog
) -> None:
    read = Reading(b"old", b"overtaken", b"fresh")
    read.open(0)
    await asked_for_again(cache, read)
    log.announce(an_event(1))
    await settle()

    log.announce(an_event(2))
    read.open(1)
    await settle()
    read.open(2)

    assert (await cache.get("key", TOPICS, read)).body == b"fresh"


async def test_one_event_makes_a_few_pages_be_read_and_not_a_crowd(log: FakeLog) -> None:
    cache = Cache(log)
    log.listen(cache)
    reads = [quick(b"old", b"new") for _ in range(AHEAD_AT_MOST + 5)]
    for n, read in enumerate(reads):
        await asked_for_again(cache, read, f"page {n}")

    log.announce(an_event(1))
    await settle()

    assert [read.calls for read in reads] == [1] * 5 + [2] * AHEAD_AT_MOST


async def test_a_reading_ahead_that_fails_is_made_again_for_who_asks(
    cache: Cache, log: FakeLog
) -> None:
    bodies = iter([b"old", None, b"new"])

    async def read() -> bytes:
        body = next(bodies)
        if body is None:
            raise OSError("the disk is busy")
        return body

    await cache.get("key", TOPICS, read)
    await cache.get("key", TOPICS, read)
    log.announce(an_event(1))
    await settle()

    assert (await cache.get("key", TOPICS, read)).body == b"new"


async def test_who_asks_with_others_once_an_event_is_heard_makes_it_wanted_again(
    cache: Cache, log: FakeLog
) -> None:
    """As pages do: they hear the event, and ask all together."""
    read = quick(b"0", b"1", b"2", b"3", b"4")
    await asked_for_again(cache, read)

    bodies = []
    for seq in (1, 2, 3):
        log.announce(an_event(seq))
        bodies.append((await cache.get("key", TOPICS, read)).body)
    log.announce(an_event(4))
    await settle()

    assert (bodies, read.calls) == ([b"1", b"2", b"3"], 5)


async def test_what_shows_more_than_the_log_is_not_read_ahead(cache: Cache, log: FakeLog) -> None:
    """The rest of it may follow the event."""
    read = quick(b"old", b"new")
    for _ in range(2):
        await cache.get("key", TOPICS, read, max_age=MAX_AGE_S / 2)

    log.announce(an_event(1))
    await settle()

    assert read.calls == 1


async def test_a_page_that_grew_old_again_and_again_pushes_no_other_out(
    log: FakeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("server.cache.monotonic", lambda: now)
    cache = Cache(log)
    log.listen(cache)
    old = quick(*[b"old"] * (AHEAD_AT_MOST + 2))
    for _ in range(AHEAD_AT_MOST + 1):
        now += MAX_AGE_S
        await asked_for_again(cache, old, "old")
        if now == 1000.0 + MAX_AGE_S:
            first = quick(b"first", b"again")
            await asked_for_again(cache, first, "first")

    log.announce(an_event(1))
    await settle()

    assert first.calls == 2


async def test_the_pages_read_ahead_are_those_asked_for_last(log: FakeLog) -> None:
    cache = Cache(log)
    log.listen(cache)
    steady = quick(b"old", b"new")
    await asked_for_again(cache, steady, "steady")
    for n in range(AHEAD_AT_MOST):
        await cache.get("steady", TOPICS, steady)
        await asked_for_again(cache, quick(b"other", b"other"), f"page {n}")

    log.announce(an_event(1))
    await settle()

    assert steady.calls == 2


async def test_a_page_that_is_being_read_when_an_event_comes_stays_wanted(
    cache: Cache, log: FakeLog
) -> None:
    read = Reading(b"old", b"overtaken", b"fresh", b"fresher")
    read.open(0)
    await asked_for_again(cache, read)
    log.announce(an_event(1))
    await settle()
    joined = await start(cache, read)
    log.announce(an_event(2))
    read.open(1)
    await joined
    await settle()

    log.announce(an_event(3))
    await settle()

    assert read.calls == 3


async def test_before_the_store_closes_readings_come_to_their_end(
    cache: Cache, log: FakeLog
) -> None:
    read = Reading(b"old", b"overtaken", b"fresh")
    read.open(0)
    await cache.get("key", TOPICS, read)
    log.announce(an_event(1))
    overtaken = await start(cache, read)
    log.announce(an_event(2))
    last = await start(cache, read)

    settling = asyncio.create_task(cache.settle(60))
    await settle()
    read.open(2)
    await settle()
    is_early = settling.done()
    read.open(1)
    await settling

    assert (is_early, overtaken.done() and last.done()) == (False, True)


async def test_a_reading_that_does_not_end_holds_nobody_up(cache: Cache) -> None:
    stuck = await start(cache, Reading(b"never"))

    await cache.settle(0)

    with pytest.raises(asyncio.CancelledError):
        await stuck


async def test_where_nothing_is_read_there_is_nothing_to_wait_for(cache: Cache) -> None:
    await asyncio.wait_for(cache.settle(60), 1)


async def test_what_has_gone_for_want_of_memory_is_let_go_of(cache: Cache) -> None:
    """With how it was read, and with the reading."""
    read = quick(b"a" * 60)
    gone = weakref.ref(read)
    await cache.get("first", TOPICS, read)

    await cache.get("second", TOPICS, quick(b"b" * 60))
    await settle()
    del read
    gc.collect()

    assert gone() is None


async def test_an_application_that_ends_leaves_no_reading_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.app.SETTLE_S", 0)
    runner = web.AppRunner(await create_app(settings, await Engine.open(settings)))
    await runner.setup()
    stuck = await start(runner.app[keys.CACHE], Reading(b"never"))

    await runner.cleanup()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(stuck, 1)
