"""What is old leaves in small steps, what is held stays, and the archive proves what it took."""

import gzip
from pathlib import Path

import pytest

from engine.desk import retention
from engine.desk.proof import prove
from engine.engine import Engine
from engine.errors import NotFound
from engine.log.archive import open_archive
from engine.log.verify import AuditResult
from engine.model import SYSTEM, Entry
from engine.settings import Settings
from engine.store import items
from engine.store.database import FILE_NAME, examine
from tests.engine.clock import FakeClock
from tests.engine.desk.day import ADA, ANA, SAM, STRIKE, sign, with_strike
from tests.engine.desk.inline_worker import InlineWorker


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "desk",
        mock=True,
        settle_s=0,
        keep_log_days=30,
        keep_items_days=10,
        keep_exports_days=20,
    )


def proven(settings: Settings, *, with_archive: bool = True) -> AuditResult:
    found = open_archive(settings.data_dir / ("archive" if with_archive else "nowhere"))
    return examine(settings.data_dir / FILE_NAME, lambda c: prove(c, archive=found))


async def issue_tokens(engine: Engine, count: int, name: str = "Person") -> None:
    for number in range(count):
        await engine.access.issue_token(SYSTEM, f"{name} {number}", ("viewer",), None)


async def test_old_events_move_to_the_archive_and_both_together_hold(
    engine: Engine, settings: Settings, clock: FakeClock
) -> None:
    await issue_tokens(engine, 5)
    old = engine.log.head
    clock.advance(days=32)
    await issue_tokens(engine, 3, "Later")

    await engine.retention.trim()

    result = proven(settings)
    assert result.ok, result.problem
    assert result.checked == engine.log.head
    assert await engine.log.floor() == old
    assert [line.seq for line in await engine.log.read(0, 3)] == [old + 1, old + 2, old + 3]


async def test_the_rest_alone_holds_from_its_boundary(
    engine: Engine, settings: Settings, clock: FakeClock
) -> None:
    await issue_tokens(engine, 5)
    old = engine.log.head
    clock.advance(days=32)
    await issue_tokens(engine, 3, "Later")

    await engine.retention.trim()

    result = proven(settings, with_archive=False)
    assert result.ok, result.problem
    assert result.notes[-1] == f"It begins behind event {old}; what was before is not here."


async def test_a_changed_archive_is_found(
    engine: Engine, settings: Settings, clock: FakeClock
) -> None:
    await issue_tokens(engine, 5)
    clock.advance(days=32)
    await engine.retention.trim()
    (segment,) = (settings.data_dir / "archive").glob("*")

    lines = gzip.decompress(segment.read_bytes()).replace(b"Person 3", b"Person 4")
    segment.write_bytes(gzip.compress(lines))

    assert "was changed after it was recorded" in proven(settings).problem


async def test_a_missing_segment_is_found(
    engine: Engine, settings: Settings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SEGMENT", 2)
    await issue_tokens(engine, 6)
    clock.advance(days=32)
    await engine.retention.trim()
    segments = sorted((settings.data_dir / "archive").glob("*"))
    assert len(segments) >= 3
    assert proven(settings).ok

    segments[1].unlink()

    assert proven(settings).problem == "Events 3 to 4 are missing."


async def test_what_a_crash_left_in_both_places_is_no_fault(
    engine: Engine, settings: Settings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await issue_tokens(engine, 5)
    clock.advance(days=32)

    async def crash(command: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(engine.retention._context, "write", crash)
        with pytest.raises(RuntimeError):
            await engine.retention._log(clock(), 30)
    between = proven(settings)
    await engine.retention.trim()

    assert between.ok, between.problem
    assert proven(settings).ok


async def test_a_hold_stops_the_log_before_its_first_event(
    engine: Engine, settings: Settings, clock: FakeClock
) -> None:
    before = engine.log.head
    issued = await engine.access.issue_token(SYSTEM, "Held", ("viewer",), None)
    await engine.holds.add(ADA, issued.row.principal_id, "claim 12")
    await issue_tokens(engine, 3)
    clock.advance(days=32)

    await engine.retention.trim()

    assert await engine.log.floor() == before
    assert proven(settings).ok


async def test_young_events_stay(engine: Engine, settings: Settings, clock: FakeClock) -> None:
    await issue_tokens(engine, 3)
    clock.advance(days=29)

    await engine.retention.trim()

    assert await engine.log.floor() == 0


async def test_old_items_leave_unless_a_brief_quotes_them(engine: Engine, clock: FakeClock) -> None:
    view = await with_strike(engine)
    (quoted,) = view.content.evidence
    await push(engine, "A quiet day in Ostby")
    clock.advance(days=14)

    await engine.retention.trim()

    assert await stored_items(engine) == {quoted.item_id}


async def test_a_held_item_stays(engine: Engine, clock: FakeClock) -> None:
    await push(engine, "A quiet day in Ostby")
    (item_id,) = await stored_items(engine)
    await engine.holds.add(ADA, item_id, "claim 12")
    clock.advance(days=14)

    await engine.retention.trim()

    assert await stored_items(engine) == {item_id}


async def test_the_bytes_of_an_old_package_leave_and_what_it_was_stays(
    engine: Engine, clock: FakeClock
) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")
    row, _ = await engine.exports.create(ANA, STRIKE)
    clock.advance(days=24)

    await engine.retention.trim()

    with pytest.raises(NotFound, match="no longer kept"):
        await engine.exports.latest(STRIKE)
    assert (await engine.briefs.get(STRIKE)).brief.exported == row.id


async def test_what_was_trimmed_is_in_the_log(engine: Engine, clock: FakeClock) -> None:
    await push(engine, "A quiet day in Ostby")
    clock.advance(days=14)

    await engine.retention.trim()

    (row,) = (await engine.audit.page(SYSTEM, type_="audit.trimmed")).rows
    assert row.data is not None
    assert (row.data["kind"], row.data["count"], row.data["days"]) == ("items", 1, 10)


async def test_without_a_setting_nothing_leaves(tmp_path: Path, clock: FakeClock) -> None:
    settings = Settings(data_dir=tmp_path / "desk", mock=True, settle_s=0)
    engine = await Engine.open(settings, clock, InlineWorker())
    await push(engine, "A quiet day in Ostby")
    before = engine.log.head
    clock.advance(days=4_000)

    await engine.retention.trim()

    assert engine.log.head == before
    await engine.close()


async def push(engine: Engine, title: str) -> None:
    await engine.ingest.push(SYSTEM, [Entry(title=title, text=f"{title}. Nothing else.")])
    await engine.settled()


async def stored_items(engine: Engine) -> set[str]:
    old = await engine._context.read(lambda c: items.older(c, "9999", after=0, limit=100))
    return {each.id for each in old}


async def test_a_person_is_erased_from_the_archive_too(
    engine: Engine, settings: Settings, clock: FakeClock
) -> None:
    await engine.access.issue_token(SYSTEM, "Mira Solheim", ("viewer",), None)
    await issue_tokens(engine, 2)
    clock.advance(days=32)
    await engine.retention.trim()

    reply = await engine.erasure.person(ADA, "Mira Solheim", "asked for it")

    (segment,) = (settings.data_dir / "archive").glob("*")
    assert reply.events == 2  # the role, and the token
    assert b"Solheim" not in gzip.decompress(segment.read_bytes())
    assert b"Person 1" in gzip.decompress(segment.read_bytes())
    assert proven(settings).ok, proven(settings).problem
