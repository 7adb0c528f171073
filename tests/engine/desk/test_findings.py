"""What once went wrong, or nearly did, and must not again."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.desk.config import ConfigChange
from engine.desk.edit import BriefEdit
from engine.engine import Engine
from engine.errors import Conflict, Invalid, NoFreshEyes, StaleDigest, StoreFailed, Unauthenticated
from engine.events.recorded import Latest, Recorded
from engine.ingest.sources import NewSource
from engine.model import SYSTEM, BriefView, Entry, Principal
from engine.settings import Settings
from tests.engine.clock import FakeClock
from tests.engine.desk.conftest import Mirror
from tests.engine.desk.day import ADA, ANA, SAM, STRIKE, entry, sign, with_strike
from tests.engine.desk.inline_worker import InlineWorker
from tests.engine.desk.test_ingest import ROWS


async def test_one_bad_link_in_a_feed_costs_neither_it_nor_the_others(
    engine: Engine, mirror: Mirror, tmp_path: Path
) -> None:
    feed = tmp_path / "bad.json"
    feed.write_text(
        '{"version":"https://jsonfeed.org/version/1.1","title":"F","items":'
        '[{"id":"1","title":"Ferry late","url":"http://[x"}]}'
    )
    good = tmp_path / "good.csv"
    good.write_text(ROWS)
    for file in (feed, good):
        await engine.ingest.add_source(SYSTEM, NewSource(location=str(file)))

    await engine.ingest.run(SYSTEM)
    run = await engine.ingest.wait()

    assert run is not None
    assert (run.read, run.failed_sources) == (121, ())


async def test_the_clock_goes_on_after_a_read_that_failed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = engine._timekeeper
    task = keeper._task
    assert task is not None

    async def fail() -> float:
        raise StoreFailed("disk I/O error")

    monkeypatch.setattr(keeper, "_pause", fail)
    monkeypatch.setattr("engine.desk.timekeeper.LOOK_EVERY_S", 0.0)
    await keeper.close()
    await keeper.start()
    for _ in range(20):
        await asyncio.sleep(0)

    assert keeper._task is not None
    assert not keeper._task.done()


async def test_a_row_does_not_grow_with_every_lapsed_signoff(
    engine: Engine, mirror: Mirror
) -> None:
    await with_strike(engine)
    for _ in range(30):
        await sign(engine, ANA, "Analyst")
        await engine.review.withdraw(ANA, STRIKE, "Analyst")

    row = (await engine.briefs.get(STRIKE)).brief

    assert len(row.signoffs) <= 9


async def test_the_package_carries_the_signoffs_however_much_news_there_was(
    engine: Engine, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.desk.release.AUDIT_ROWS", 5)
    await with_strike(engine)
    for n in range(6):
        await engine.ingest.push(SYSTEM, [entry(n)])
    await engine.settled()
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")

    _, package = await engine.exports.create(ANA, STRIKE)

    assert package.count(b'"type": "review.signed"') == 2
    assert b'"type": "issue.' not in package


async def test_an_expiry_does_not_bring_an_old_brief_into_today(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")
    await engine.exports.create(ANA, STRIKE)

    clock.advance(days=2)
    await engine.tick()

    assert (await engine.review.status()).briefs == ()


async def test_a_changed_policy_does_not_bring_old_drafts_into_today(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    await engine.ingest.push(SYSTEM, [entry(n) for n in range(8)])
    await engine.settled()
    assert len((await engine.review.status()).briefs) == 1
    clock.advance(days=2)
    await engine.tick()

    await engine.config.change(SYSTEM, ConfigChange(signoff_roles=("Analyst", "Counsel")))

    assert (await engine.review.status()).briefs == ()


async def test_the_same_local_day_twice_is_one_edition(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    await engine.config.change(ADA, ConfigChange(timezone="Pacific/Kiritimati"))
    clock.advance(days=1)
    await engine.tick()
    await with_strike(engine)
    first = (await engine.issues.today()).edition
    await engine.config.change(ADA, ConfigChange(timezone="Pacific/Pago_Pago"))

    seen = []
    for _ in range(12):
        clock.advance(hours=6)
        await engine.tick()
        edition = (await engine.issues.today()).edition
        assert edition is not None
        seen.append(edition.id)

    assert first is not None
    assert sorted(seen) == seen


async def test_the_last_run_is_the_one_that_finished_last(
    engine: Engine, mirror: Mirror, tmp_path: Path, clock: FakeClock
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(ROWS)
    await engine.ingest.add_source(SYSTEM, NewSource(location=str(file)))
    started = await engine.ingest.run(SYSTEM)
    await engine.ingest.push(SYSTEM, [entry(1)])
    clock.advance(seconds=1)

    last = await engine.ingest.wait()

    assert last is not None
    assert last.id == started.id


async def test_every_failed_source_is_named(engine: Engine, mirror: Mirror, tmp_path: Path) -> None:
    names = [f"broken-{n}" for n in range(6)]
    for name in names:
        file = tmp_path / f"{name}.xml"
        file.write_text("no feed")
        await engine.ingest.add_source(SYSTEM, NewSource(location=str(file), kind="feed"))
    rows = tmp_path / "rows.csv"
    rows.write_text(ROWS)
    await engine.ingest.add_source(SYSTEM, NewSource(location=str(rows)))

    await engine.ingest.run(SYSTEM)
    run = await engine.ingest.wait()

    assert run is not None
    assert sorted(run.failed_sources) == names


async def test_a_push_that_fails_leaves_no_run_open(
    engine: Engine, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise StoreFailed("disk full")

    monkeypatch.setattr(engine.ingest._parser, "entries", fail)
    with pytest.raises(StoreFailed):
        await engine.ingest.push(SYSTEM, [entry(1)])

    assert mirror.types[-1] == "ingest.finished"


async def test_an_upload_leaves_neither_file_nor_source_behind(
    engine: Engine, mirror: Mirror, settings: Settings
) -> None:
    await engine.ingest.upload(ANA, "csv", "Sent in", {}, ROWS.encode())
    await engine.ingest.wait()

    assert await engine.ingest.sources() == ()
    assert list((settings.data_dir / "uploads").iterdir()) == []


async def test_a_session_ends_with_the_token_that_opened_it(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Mira", ("Analyst",), 1)
    grant = await engine.access.sign_in(issued.token)

    clock.advance(hours=1)

    with pytest.raises(Unauthenticated):
        await engine.access.session(grant.secret)


async def test_a_session_secret_is_no_bearer_token(engine: Engine, mirror: Mirror) -> None:
    grant = await engine.access.sign_in_as("Demo Analyst")
    await engine.access.session(grant.secret)

    with pytest.raises(Unauthenticated):
        await engine.access.authenticate(grant.secret)


async def test_an_auditor_does_not_read_who_signed_in(engine: Engine, mirror: Mirror) -> None:
    auditor = Principal(id="per-otto", name="Otto", roles=("auditor",))
    await engine.access.issue_token(SYSTEM, "Mira", ("Analyst",), None)

    assert (await engine.audit.page(auditor, type_="access.token_issued")).rows == ()
    assert len((await engine.audit.page(ADA, type_="access.token_issued")).rows) == 1


async def test_a_source_address_carries_no_password(engine: Engine) -> None:
    with pytest.raises(Invalid, match="password"):
        await engine.ingest.add_source(ADA, NewSource(location="https://u:p@a.example/feed.xml"))


async def test_a_push_cannot_pose_as_a_feed(engine: Engine, mirror: Mirror) -> None:
    await engine.ingest.add_source(
        ADA, NewSource(location="https://halm.example/feed.xml", title="Halm Wire")
    )

    with pytest.raises(Conflict):
        await engine.ingest.push(ANA, [entry(1)], "Halm Wire")


async def test_an_answer_that_could_not_be_kept_does_not_lock_its_key(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def call() -> bytes:
        return b"done"

    def fail(*_: object) -> None:
        raise StoreFailed("disk full")

    monkeypatch.setattr("engine.store.idempotency.answer", fail)
    with pytest.raises(StoreFailed):
        await engine.idempotency.once(ANA, "key", b"r", call)
    monkeypatch.undo()

    assert await engine.idempotency.once(ANA, "key", b"r", call) == b"done"


async def test_a_listener_that_raises_harms_neither_the_caller_nor_the_others(
    engine: Engine, mirror: Mirror
) -> None:
    class Bad:
        def recorded(self, events: Sequence[Recorded]) -> None:
            raise RuntimeError("no")

        def latest(self, event: Latest) -> None:
            """Not asked."""

    stop = engine.log.listen(Bad())
    async with asyncio.timeout(5):
        await engine.review.interrupt(ANA, "")
    stop()

    assert mirror.types == ["review.interrupted"]


async def left(engine: Engine) -> BriefView:
    """The brief, signed by both, once its package has left."""
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")
    await engine.exports.create(SAM, STRIKE)
    return await engine.briefs.get(STRIKE)


async def test_text_edited_back_to_what_was_exported_is_not_released(
    engine: Engine, mirror: Mirror
) -> None:
    view = await left(engine)
    view = await engine.briefs.edit(SAM, STRIKE, view.brief.digest, BriefEdit(title="Other"))

    title = "Dockers strike at the port of Calder"
    view = await engine.briefs.edit(SAM, STRIKE, view.brief.digest, BriefEdit(title=title))

    assert view.brief.state == "in_review"
    assert view.brief.exported is None


async def test_what_has_left_is_revised_under_roles_that_somebody_can_hold(
    engine: Engine, mirror: Mirror
) -> None:
    view = await left(engine)
    await engine.config.change(SYSTEM, ConfigChange(signoff_roles=("Analyst", "Counsel")))

    view = await engine.briefs.edit(ANA, STRIKE, view.brief.digest, BriefEdit(title="Shut"))

    assert view.brief.required_roles == ("Analyst", "Counsel")
    assert view.brief.dual


async def test_what_has_left_is_revised_under_the_stricter_policy_where_its_roles_remain(
    engine: Engine, mirror: Mirror
) -> None:
    view = await left(engine)
    roles = ("Analyst", "Strategy Head", "Counsel")
    await engine.config.change(
        SYSTEM, ConfigChange(signoff_roles=roles, require_dual_signoff=False)
    )

    view = await engine.briefs.edit(ANA, STRIKE, view.brief.digest, BriefEdit(title="Shut"))

    assert (view.brief.required_roles, view.brief.dual) == (roles, True)


async def test_a_gate_that_a_correction_shuts_is_seen_to_be_shut(
    engine: Engine, mirror: Mirror
) -> None:
    """Also where the quadrant stays as it was, and so nothing is proposed."""
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")
    await engine.issues.correct(ANA, STRIKE, "Advocacy")

    await engine.issues.correct(SAM, STRIKE, "Advocacy")

    (row,) = mirror.snapshot.briefs or ()
    assert not row.gate_open
    assert mirror.types[-2:] == ["brief.unsettled", "issue.corrected"]


async def test_who_corrects_the_quadrant_has_written_part_of_it(
    engine: Engine, mirror: Mirror
) -> None:
    view = await with_strike(engine)
    await engine.issues.correct(ANA, STRIKE, "Risk")
    await engine.settled()
    view = await engine.briefs.get(STRIKE)
    await engine.briefs.adopt(SAM, STRIKE, view.brief.digest)
    await sign(engine, ANA, "Analyst")

    with pytest.raises(NoFreshEyes):
        await sign(engine, SAM, "Strategy Head")


async def test_only_the_proposal_that_was_read_is_adopted(engine: Engine, mirror: Mirror) -> None:
    view = await with_strike(engine)
    await engine.ingest.push(SYSTEM, [entry(1)])
    await engine.settled()
    seen = (await engine.briefs.get(STRIKE)).proposal
    await engine.ingest.push(
        SYSTEM, [Entry(title="Calder dockers win", text="Calder dockers agree.", publisher="P")]
    )
    await engine.settled()

    assert seen is not None
    with pytest.raises(StaleDigest):
        await engine.briefs.adopt(SAM, STRIKE, view.brief.digest, "0" * 64)


async def test_resuming_lets_out_what_autopublish_would_have(
    engine: Engine, mirror: Mirror
) -> None:
    await engine.config.change(ADA, ConfigChange(autopublish=True))
    await with_strike(engine)
    await engine.review.interrupt(ANA, "Wait")
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")

    await engine.review.resume(ANA)

    assert [export.by for export in await engine.exports.today()] == ["system"]


@pytest.mark.parametrize(
    "roles", [("Analyst", "admin"), ("Analyst", "analyst"), ("Analyst", "Head "), ("A", "Viewer")]
)
async def test_role_names_that_could_be_mistaken_are_refused(
    engine: Engine, roles: tuple[str, ...]
) -> None:
    with pytest.raises(Invalid):
        await engine.config.change(ADA, ConfigChange(signoff_roles=roles))


async def test_names_that_look_the_same_are_one_person(engine: Engine, mirror: Mirror) -> None:
    one = await engine.access.issue_token(SYSTEM, "Ann Berg", ("Analyst",), None)
    two = await engine.access.issue_token(SYSTEM, " Ann  Berg ", ("Strategy Head",), None)

    assert one.row.principal_id == two.row.principal_id
    with pytest.raises(Invalid):
        await engine.access.issue_token(SYSTEM, "System", ("Analyst",), None)


async def test_a_brief_written_elsewhere_is_never_rewritten_by_the_desk(
    engine: Engine, mirror: Mirror
) -> None:
    before = await with_strike(engine)

    await engine.ingest.push(SYSTEM, [entry(n) for n in range(3)])
    await engine.settled()

    after = await engine.briefs.get(STRIKE)
    assert after.content == before.content
    assert after.proposal is not None


async def test_opened_without_resuming_nothing_starts_by_itself(
    settings: Settings, clock: FakeClock, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(ROWS)
    first = await Engine.open(settings, clock, InlineWorker())
    await first.ingest.add_source(SYSTEM, NewSource(location=str(rows)))
    await first.ingest.run(SYSTEM)
    await first.close()

    second = await Engine.open(settings, clock, InlineWorker(), resume=False)
    status = await second.ingest.status()
    await second.close()

    assert status.running == ()
