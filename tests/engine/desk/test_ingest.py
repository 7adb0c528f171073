"""Sources in, items in issues out: counted, deduplicated, resumed, never half-written."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from engine.engine import Engine
from engine.errors import (
    Invalid,
    NotAllowed,
    NotFound,
    RunInProgress,
    StoreFailed,
    Unauthenticated,
)
from engine.events.ingest import IngestFinished
from engine.events.recorded import Latest, Recorded
from engine.ingest.sources import NewSource
from engine.model import SYSTEM
from engine.settings import Settings
from tests.engine.clock import FakeClock
from tests.engine.desk.conftest import Mirror
from tests.engine.desk.day import ADA, ANA, NOBODY, VERA, entry
from tests.engine.desk.inline_worker import InlineWorker

ROWS = "title,link,outlet\n" + "".join(
    f"Council of Brenn votes on budget number {n},https://n{n}.example/b,Outlet {n}\n"
    for n in range(120)
)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.csv"
    file.write_text(ROWS)
    return file


async def test_a_file_becomes_items_in_issues(engine: Engine, mirror: Mirror, rows: Path) -> None:
    await engine.ingest.add_source(SYSTEM, NewSource(location=str(rows)))

    await engine.ingest.run(SYSTEM)
    run = await engine.ingest.wait()

    assert run is not None
    assert (run.read, run.new + run.duplicates, run.rejected) == (120, 120, 0)
    assert (await engine.ingest.status()).count == 120
    assert (await engine.issues.today()).total == run.issues_added > 0
    assert mirror.types[0] == "ingest.source_added"
    assert mirror.types[1] == "ingest.started"


async def test_the_same_items_again_are_known(engine: Engine, mirror: Mirror) -> None:
    await engine.ingest.push(ANA, [entry(1), entry(2)])

    again = await engine.ingest.push(ANA, [entry(1), entry(2), entry(3)])

    assert (again.read, again.known, again.new + again.duplicates) == (3, 2, 1)


async def test_progress_is_published_but_not_recorded(
    engine: Engine, mirror: Mirror, rows: Path
) -> None:
    await engine.ingest.add_source(SYSTEM, NewSource(location=str(rows)))

    await engine.ingest.run(SYSTEM)
    await engine.ingest.wait()

    assert mirror.latest_lines
    assert mirror.latest_lines[-1].type == "ingest.progress"
    assert b'"done":true' in mirror.latest_lines[-1].wire
    assert "ingest.progress" not in mirror.types


async def test_bad_rows_are_counted_and_listed_and_the_rest_goes_on(
    engine: Engine, mirror: Mirror, tmp_path: Path
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("title,link\nGood one,https://a.example/1\nshort\nOther,https://a.example/2\n")
    await engine.ingest.add_source(SYSTEM, NewSource(location=str(file)))

    await engine.ingest.run(SYSTEM)
    await engine.ingest.wait()

    finished = next(line for line in mirror.lines if line.type == "ingest.finished")
    run = msgspec.json.decode(finished.data, type=IngestFinished).run
    assert (run.new, run.rejected) == (2, 1)
    assert run.rejects[0].position == 2
    assert run.rejects[0].reason == "It has 1 column where the header has 2."


async def test_a_broken_feed_is_an_event_and_the_others_go_on(
    engine: Engine, mirror: Mirror, tmp_path: Path, rows: Path
) -> None:
    broken = tmp_path / "broken.xml"
    broken.write_text("this is no feed")
    await engine.ingest.add_source(SYSTEM, NewSource(location=str(broken), kind="feed"))
    await engine.ingest.add_source(SYSTEM, NewSource(location=str(rows)))

    await engine.ingest.run(SYSTEM)
    run = await engine.ingest.wait()

    assert run is not None
    assert run.failed_sources == ("broken",)
    assert run.new > 0
    assert mirror.types.count("ingest.source_failed") == 1


async def test_the_same_error_again_is_no_news_but_recovering_is(
    engine: Engine, mirror: Mirror, tmp_path: Path
) -> None:
    feed = tmp_path / "feed.csv"
    await engine.ingest.add_source(SYSTEM, NewSource(location=str(feed)))
    for _ in range(2):
        await engine.ingest.run(SYSTEM)
        await engine.ingest.wait()
    feed.write_text(ROWS)

    await engine.ingest.run(SYSTEM)
    await engine.ingest.wait()

    assert mirror.types.count("ingest.source_failed") == 1
    assert mirror.types.count("ingest.source_recovered") == 1


async def test_a_second_run_waits_its_turn(engine: Engine, mirror: Mirror, rows: Path) -> None:
    await engine.ingest.add_source(SYSTEM, NewSource(location=str(rows)))
    await engine.ingest.run(SYSTEM)

    with pytest.raises(RunInProgress):
        await engine.ingest.run(SYSTEM)
    await engine.ingest.wait()


async def first_batch(engine: Engine) -> None:
    """Wait until something, but not everything, is committed."""
    seen = asyncio.Event()

    class Watcher:
        def recorded(self, events: Sequence[Recorded]) -> None:
            if any(line.type == "issue.added" for line in events):
                seen.set()

        def latest(self, event: Latest) -> None:
            """Not of interest."""

    stop = engine.log.listen(Watcher())
    await seen.wait()
    stop()


async def test_a_run_that_was_cut_off_goes_on_and_takes_nothing_twice(
    settings: Settings, clock: FakeClock, rows: Path
) -> None:
    first = await Engine.open(settings, clock, InlineWorker())
    await first.ingest.add_source(SYSTEM, NewSource(location=str(rows)))
    await first.ingest.run(SYSTEM)
    await first_batch(first)
    await first.close()

    second = await Engine.open(settings, clock, InlineWorker())
    run = await second.ingest.wait()
    count = (await second.ingest.status()).count
    await second.close()

    assert run is not None
    assert (run.read, run.new + run.duplicates, run.known, count) == (120, 120, 0, 120)


async def test_a_worker_that_lost_its_state_is_rebuilt_from_the_store(
    settings: Settings, clock: FakeClock
) -> None:
    worker = InlineWorker()
    engine = await Engine.open(settings, clock, worker)
    await engine.ingest.push(ANA, [entry(1)])
    worker.forget()

    await engine.ingest.push(ANA, [entry(2)])

    page = await engine.issues.today()
    await engine.close()
    assert [issue.item_count for issue in page.issues] == [2]


async def test_an_upload_is_kept_and_read_once(engine: Engine, mirror: Mirror) -> None:
    await engine.ingest.upload(ANA, "csv", "Sent in", {}, ROWS.encode())
    run = await engine.ingest.wait()

    await engine.ingest.run(SYSTEM)
    after = await engine.ingest.wait()

    assert run is not None
    assert after is not None
    assert run.new + run.duplicates == 120
    assert after.read == 0


async def test_an_upload_of_a_folder_makes_no_sense(engine: Engine) -> None:
    with pytest.raises(Invalid):
        await engine.ingest.upload(ANA, "folder", "x", {}, b"")


async def test_over_the_network_no_file_of_the_server_can_be_named(engine: Engine) -> None:
    with pytest.raises(NotAllowed):
        await engine.ingest.add_source(ADA, NewSource(location="/etc/passwd", kind="csv"))


async def test_only_who_may_ingest_does(engine: Engine) -> None:
    with pytest.raises(NotAllowed):
        await engine.ingest.push(VERA, [entry(1)])
    with pytest.raises(Unauthenticated):
        await engine.ingest.push(NOBODY, [entry(1)])
    with pytest.raises(NotAllowed):
        await engine.ingest.add_source(ANA, NewSource(location="https://a.example/feed"))


async def test_sources_can_be_paused_and_removed(
    engine: Engine, mirror: Mirror, rows: Path
) -> None:
    row = await engine.ingest.add_source(SYSTEM, NewSource(location=str(rows)))
    again = await engine.ingest.add_source(SYSTEM, NewSource(location=str(rows)))
    await engine.ingest.pause_source(ADA, row.source.id, True)
    await engine.ingest.run(SYSTEM)
    run = await engine.ingest.wait()

    await engine.ingest.remove_source(ADA, row.source.id)

    assert again == row
    assert run is not None
    assert run.source_ids == ()
    assert await engine.ingest.sources() == ()
    with pytest.raises(NotFound):
        await engine.ingest.remove_source(ADA, row.source.id)


async def test_a_run_that_the_store_stopped_is_told_with_its_reason(
    engine: Engine, mirror: Mirror, rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise StoreFailed("The disk is full.")

    await engine.ingest.add_source(SYSTEM, NewSource(location=str(rows)))
    monkeypatch.setattr(engine.ingest._intake, "take", fail)

    started = await engine.ingest.run(SYSTEM)
    await engine.ingest.wait()

    stopped = (await engine.ingest.status()).stopped
    assert [(each.run.id, each.error) for each in stopped] == [(started.id, "The disk is full.")]
