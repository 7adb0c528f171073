"""The rest of the desk: config, corrections, editions, audit, idempotency, one owner."""

import asyncio
from datetime import timedelta

import pytest

from engine.desk.config import ConfigChange
from engine.desk.importing import ImportedIssue
from engine.engine import Engine
from engine.errors import (
    Conflict,
    DataFolderBusy,
    IdempotencyMismatch,
    Invalid,
    NotAllowed,
    NotFound,
    StoreFailed,
)
from engine.model import SYSTEM, Entry
from engine.settings import Settings
from engine.store.folder import owner
from tests.engine.clock import FakeClock
from tests.engine.desk.conftest import EVERYTHING, Mirror
from tests.engine.desk.day import ADA, ANA, SAM, STRIKE, VERA, entry, sign, strike, with_strike
from tests.engine.desk.inline_worker import InlineWorker


async def test_config_merges_and_says_what_changed(engine: Engine, mirror: Mirror) -> None:
    config = await engine.config.change(ADA, ConfigChange(time_of_day="06:30"))

    assert config.time_of_day == "06:30"
    assert config.signoff_ttl_hours == 24
    assert b'"fields":["time_of_day"]' in mirror.lines[-1].data


async def test_a_change_that_changes_nothing_is_no_event(engine: Engine, mirror: Mirror) -> None:
    await engine.config.change(ADA, ConfigChange(time_of_day="07:00"))

    assert mirror.types == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (ConfigChange(time_of_day="25:00"), "time_of_day"),
        (ConfigChange(days_of_week=("sun", "funday")), "days_of_week"),
        (ConfigChange(days_of_week=()), "days_of_week"),
        (ConfigChange(days_of_week=("mon", "mon")), "twice"),
        (ConfigChange(timezone="Mars/Olympus"), "timezone"),
        (ConfigChange(cadence="hourly"), "cadence"),
        (ConfigChange(signoff_ttl_hours=0), "signoff_ttl_hours"),
        (ConfigChange(signoff_roles=("Analyst",)), "at least two"),
        (ConfigChange(signoff_roles=("Analyst", "x" * 51)), "signoff_roles"),
    ],
)
async def test_impossible_values_are_refused_by_name(
    engine: Engine, mirror: Mirror, change: ConfigChange, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        await engine.config.change(ADA, change)


async def test_only_an_admin_configures(engine: Engine) -> None:
    with pytest.raises(NotAllowed):
        await engine.config.change(ANA, ConfigChange(autopublish=True))


async def test_a_correction_stays_when_the_next_item_joins(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)

    corrected = await engine.issues.correct(ANA, STRIKE, "Risk")
    await engine.ingest.push(SYSTEM, [entry(1)])
    await engine.settled()

    issue = (await engine.issues.today(quadrant="Risk")).issues[0]
    assert corrected.corrected_by == "Ana"
    assert (issue.id, issue.quadrant, issue.item_count) == (STRIKE, "Risk", 2)
    proposal = (await engine.briefs.get(STRIKE)).proposal
    assert proposal is not None
    assert proposal.content.quadrant == "Risk"


async def test_a_correction_is_still_known_after_a_restart(
    settings: Settings, clock: FakeClock
) -> None:
    engine = await Engine.open(settings, clock, InlineWorker())
    await with_strike(engine)
    await engine.issues.correct(ANA, STRIKE, "Risk")
    await engine.close()

    engine = await Engine.open(settings, clock, InlineWorker())
    await engine.ingest.push(SYSTEM, [entry(1)])
    issue = (await engine.issues.today()).issues[0]
    await engine.close()

    assert (issue.id, issue.quadrant) == (STRIKE, "Risk")


async def test_corrections_are_checked(engine: Engine) -> None:
    await with_strike(engine)

    with pytest.raises(Invalid, match="Sport"):
        await engine.issues.correct(ANA, STRIKE, "Sport")
    with pytest.raises(NotFound):
        await engine.issues.correct(ANA, "nothing", "Risk")
    with pytest.raises(NotAllowed):
        await engine.issues.correct(VERA, STRIKE, "Risk")


async def test_today_is_filtered_by_role_quadrant_and_score(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)

    assert (await engine.issues.today(role="ceo")).total == 1
    assert (await engine.issues.today(quadrant="Policy")).total == 0
    assert (await engine.issues.today(min_score=0.9)).total == 0
    assert (await engine.issues.today(limit=1, offset=1)).issues == ()
    with pytest.raises(Invalid):
        await engine.issues.today(quadrant="Sport")


async def test_the_next_edition_opens_empty_but_keeps_what_people_work_on(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    await with_strike(engine)
    await engine.briefs.open_review(ANA, STRIKE)
    before = (await engine.issues.today()).edition

    clock.advance(days=1)
    await engine.tick()

    page = await engine.issues.today()
    status = await engine.review.status()
    assert before is not None
    assert page.edition is not None
    assert page.edition.opens_at == before.closes_at
    assert page.issues == ()
    assert [row.id for row in status.briefs] == [STRIKE]
    assert "edition.opened" in mirror.types


async def test_a_new_time_zone_applies_from_the_next_edition(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    before = (await engine.issues.today()).edition
    await engine.config.change(ADA, ConfigChange(timezone="Pacific/Auckland"))
    await engine.tick()
    unchanged = (await engine.issues.today()).edition

    clock.advance(days=1)
    await engine.tick()

    after = (await engine.issues.today()).edition
    assert before == unchanged
    assert after is not None
    assert before is not None
    assert after.opens_at == before.closes_at


async def test_the_scheduled_run_happens_once_at_its_time(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    clock.advance(days=1)
    await engine.tick()
    await engine.tick()
    await engine.ingest.wait()

    assert mirror.types.count("ingest.started") == 1


async def test_the_audit_log_is_paged_and_its_chain_holds(engine: Engine) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")

    page = await engine.audit.page(ADA, subject=STRIKE, limit=2)
    rest = await engine.audit.page(ADA, subject=STRIKE, after=page.next_after or 0)
    result = await engine.audit.verify(ADA)

    assert [row.type for row in (*page.rows, *rest.rows)] == [
        "issue.added",
        "brief.written",
        "review.signed",
    ]
    assert result.ok
    assert result.checked == engine.log.head
    with pytest.raises(NotAllowed):
        await engine.audit.page(ANA)


async def test_roi_counts_the_edition(engine: Engine) -> None:
    await with_strike(engine)

    roi = await engine.roi()

    assert (roi.issues_processed, roi.before_hours, roi.after_minutes) == (1, 1.0, 5.0)


async def test_the_same_request_twice_is_done_once(engine: Engine) -> None:
    calls: list[int] = []

    async def call() -> bytes:
        calls.append(1)
        return b"done"

    first = await engine.idempotency.once(ANA, "key", b"request", call)
    second = await engine.idempotency.once(ANA, "key", b"request", call)

    assert first == second == b"done"
    assert calls == [1]
    with pytest.raises(IdempotencyMismatch):
        await engine.idempotency.once(ANA, "key", b"another", call)
    assert await engine.idempotency.once(SAM, "key", b"another", call) == b"done"


async def test_a_failed_request_may_be_tried_again_and_one_under_way_may_not(
    engine: Engine,
) -> None:
    async def fail() -> bytes:
        raise Invalid("no")

    started, release = asyncio.Event(), asyncio.Event()

    async def slow() -> bytes:
        started.set()
        await release.wait()
        return b"done"

    with pytest.raises(Invalid):
        await engine.idempotency.once(ANA, "key", b"r", fail)
    task = asyncio.create_task(engine.idempotency.once(ANA, "key", b"r", slow))
    await started.wait()
    with pytest.raises(Conflict):
        await engine.idempotency.once(ANA, "key", b"r", slow)
    release.set()

    assert await task == b"done"


async def test_an_import_is_all_or_nothing(engine: Engine, mirror: Mirror) -> None:
    other = ImportedIssue(
        id="other", title="Other", quadrant="Risk", score=0.1, entries=(Entry(title="Other"),)
    )

    with pytest.raises(Conflict):
        await engine.importing.adopt(SYSTEM, [other, strike(), strike()])
    with pytest.raises(Invalid):
        await engine.importing.adopt(
            SYSTEM,
            [ImportedIssue(id="sport", title="Match", quadrant="Sport", score=0.1, entries=())],
        )

    assert (await engine.issues.today()).total == 0


async def test_a_data_folder_has_one_owner(engine: Engine, settings: Settings) -> None:
    found = owner(settings.data_dir)

    assert found is not None
    assert found.addr == settings.addr
    with pytest.raises(DataFolderBusy, match="another running Wireroom"):
        await Engine.open(settings)


async def test_a_released_folder_has_no_owner(settings: Settings, clock: FakeClock) -> None:
    engine = await Engine.open(settings, clock, InlineWorker())
    await engine.close()

    assert owner(settings.data_dir) is None


async def test_everything_committed_is_there_after_a_restart(
    settings: Settings, clock: FakeClock
) -> None:
    engine = await Engine.open(settings, clock, InlineWorker())
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    before = await engine.snapshot(EVERYTHING)
    await engine.close()

    engine = await Engine.open(settings, clock, InlineWorker())
    after = await engine.snapshot(EVERYTHING)
    await engine.close()

    assert after == before


async def test_a_damaged_store_is_refused_in_words(settings: Settings) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "wireroom.sqlite3").write_bytes(b"not a database" * 100)

    with pytest.raises(StoreFailed, match="not a database"):
        await Engine.open(settings)


async def test_a_folder_from_a_newer_wireroom_is_left_alone(
    settings: Settings, clock: FakeClock
) -> None:
    import sqlite3

    engine = await Engine.open(settings, clock, InlineWorker())
    await engine.close()
    with sqlite3.connect(settings.data_dir / "wireroom.sqlite3") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()

    with pytest.raises(StoreFailed, match="newer"):
        await Engine.open(settings)


async def test_an_edition_lasts_until_its_own_end(engine: Engine, clock: FakeClock) -> None:
    edition = (await engine.issues.today()).edition

    clock.advance(hours=1)
    await engine.tick()

    assert edition is not None
    assert (await engine.issues.today()).edition == edition
    assert edition.closes_at - edition.opens_at >= timedelta(days=1)
