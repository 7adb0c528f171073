"""Two different people in two different roles sign exactly these bytes, or nothing leaves."""

import pytest

from engine.desk.config import ConfigChange
from engine.desk.edit import BriefEdit
from engine.desk.review import SignRequest
from engine.engine import Engine
from engine.errors import (
    Conflict,
    Declined,
    GateShut,
    Interrupted,
    NotAllowed,
    NotFound,
    RoleNotHeld,
    SamePerson,
    StaleDigest,
    UnknownRole,
)
from engine.model import SYSTEM
from tests.engine.clock import FakeClock
from tests.engine.desk.conftest import Mirror
from tests.engine.desk.day import ADA, ANA, BOTH, SAM, STRIKE, VERA, entry, sign, with_strike


async def test_two_people_in_two_roles_open_the_gate(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)

    first = await sign(engine, ANA, "Analyst")
    second = await sign(engine, SAM, "Strategy Head")

    assert first.signed[0].missing_roles == ("Strategy Head",)
    assert second.signed[0].gate_open
    assert mirror.types[-3:] == ["review.signed", "review.signed", "review.gate_opened"]


async def test_one_person_with_both_roles_counts_once(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)
    await sign(engine, BOTH, "Analyst")

    with pytest.raises(SamePerson):
        await sign(engine, BOTH, "Strategy Head")


async def test_a_role_that_is_not_held_is_refused(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)

    with pytest.raises(RoleNotHeld):
        await sign(engine, ANA, "Strategy Head")


async def test_a_role_that_does_not_exist_is_refused(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)

    with pytest.raises(UnknownRole):
        await sign(engine, ANA, "Astrologer")


async def test_you_approve_only_what_you_saw(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)
    request = SignRequest(role="Analyst", approve=True, brief_id=STRIKE, digest="0" * 64)

    with pytest.raises(StaleDigest):
        await engine.review.sign(ANA, request)


async def test_an_hour_of_news_voids_nothing_and_waits_in_the_proposal(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")

    for n in range(60):
        clock.advance(minutes=1)
        await engine.ingest.push(SYSTEM, [entry(n)])
        await engine.settled()

    view = await engine.briefs.get(STRIKE)
    assert "review.voided" not in mirror.types
    assert view.brief.gate_open
    assert view.proposal is not None
    assert view.proposal.new_items == 60
    assert view.brief.revision == 1


async def test_an_edit_voids_both_signoffs_and_says_whose(engine: Engine, mirror: Mirror) -> None:
    view = await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")

    await engine.briefs.edit(BOTH, STRIKE, view.brief.digest, BriefEdit(title="Port shut"))

    row = (await engine.briefs.get(STRIKE)).brief
    voided = next(line for line in mirror.lines if line.type == "review.voided")
    assert row.missing_roles == ("Analyst", "Strategy Head")
    assert not row.gate_open
    assert b"Bo made revision 2" in voided.data
    assert b'"name":"Ana"' in voided.data
    assert b'"name":"Sam"' in voided.data


async def test_a_decline_stays_over_an_edit_until_the_same_role_clears_it(
    engine: Engine, mirror: Mirror
) -> None:
    view = await with_strike(engine)
    await sign(engine, ANA, "Analyst", approve=False, note="Which closure?")
    await engine.briefs.edit(SAM, STRIKE, view.brief.digest, BriefEdit(title="Port shut"))

    with pytest.raises(Declined):
        await sign(engine, ANA, "Analyst")
    with pytest.raises(RoleNotHeld):
        await engine.review.clear_decline(SAM, STRIKE, "Analyst", "looks fine")
    cleared = await engine.review.clear_decline(ANA, STRIKE, "Analyst", "explained now")

    assert cleared.declines == ()
    assert (await sign(engine, ANA, "Analyst")).signed[0].missing_roles == ("Strategy Head",)


async def test_a_withdrawn_signoff_shuts_the_gate(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")

    row = await engine.review.withdraw(ANA, STRIKE, "Analyst")

    assert not row.gate_open
    assert row.missing_roles == ("Analyst",)


async def test_signoffs_lapse_by_the_clock_alone(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")

    clock.advance(hours=24)
    await engine.tick()

    row = (await engine.briefs.get(STRIKE)).brief
    assert not row.gate_open
    assert [s.voided for s in row.signoffs] == ["It expired", "It expired"]
    assert "review.voided" in mirror.types


async def test_the_whole_edition_is_signed_in_one_go(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)
    status = await engine.review.status()

    reply = await engine.review.sign(
        ANA, SignRequest(role="Analyst", approve=True, digest=status.digest)
    )

    assert [row.id for row in reply.signed] == [STRIKE]
    assert reply.skipped == ()


async def test_an_edition_lists_what_it_skipped_and_why(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst", approve=False)

    reply = await engine.review.sign(ANA, SignRequest(role="Analyst", approve=True))

    assert reply.signed == ()
    assert [(refusal.brief_id, refusal.code) for refusal in reply.skipped] == [(STRIKE, "declined")]


async def test_an_edition_that_changed_since_it_was_read_is_not_signed(
    engine: Engine, mirror: Mirror
) -> None:
    view = await with_strike(engine)
    digest = (await engine.review.status()).digest
    await engine.briefs.edit(SAM, STRIKE, view.brief.digest, BriefEdit(title="Port shut"))

    with pytest.raises(StaleDigest):
        await engine.review.sign(ANA, SignRequest(role="Analyst", approve=True, digest=digest))


async def test_nothing_leaves_without_both_and_the_refusal_is_on_record(
    engine: Engine, mirror: Mirror
) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")

    with pytest.raises(GateShut) as refused:
        await engine.exports.create(ANA, STRIKE)

    assert refused.value.details["missing"] == ("Strategy Head",)
    assert mirror.types[-1] == "export.refused"


async def test_nothing_leaves_while_somebody_holds_all(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")
    await engine.review.interrupt(ANA, "Wait for the minister")

    with pytest.raises(Interrupted):
        await engine.exports.create(SAM, STRIKE)
    await engine.review.resume(SAM)
    row, _ = await engine.exports.create(SAM, STRIKE)

    assert row.brief_id == STRIKE


async def test_holding_twice_and_resuming_nothing_are_conflicts(
    engine: Engine, mirror: Mirror
) -> None:
    with pytest.raises(Conflict):
        await engine.review.resume(ANA)
    await engine.review.interrupt(ANA, "")

    with pytest.raises(Conflict):
        await engine.review.interrupt(SAM, "")


async def test_a_viewer_holds_nothing(engine: Engine, mirror: Mirror) -> None:
    with pytest.raises(NotAllowed):
        await engine.review.interrupt(VERA, "")


async def test_the_same_digest_exports_to_the_same_bytes(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")

    first = await engine.exports.create(ANA, STRIKE)
    again = await engine.exports.create(SAM, STRIKE)

    assert first == again == await engine.exports.latest(STRIKE)
    assert (await engine.briefs.get(STRIKE)).brief.state == "released"


async def test_tightening_the_policy_voids_what_was_signed_under_the_old_one(
    engine: Engine, mirror: Mirror
) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")

    await engine.config.change(
        ADA, ConfigChange(signoff_roles=("Analyst", "Strategy Head", "Counsel"))
    )

    row = (await engine.briefs.get(STRIKE)).brief
    assert row.required_roles == ("Analyst", "Strategy Head", "Counsel")
    assert not row.gate_open
    assert "review.voided" in mirror.types


async def test_loosening_the_policy_never_opens_a_gate(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")

    await engine.config.change(ADA, ConfigChange(require_dual_signoff=False))

    assert not (await engine.briefs.get(STRIKE)).brief.gate_open


async def test_with_autopublish_the_package_leaves_when_the_gate_opens(
    engine: Engine, mirror: Mirror
) -> None:
    await engine.config.change(ADA, ConfigChange(autopublish=True))
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")

    reply = await sign(engine, SAM, "Strategy Head")

    exports = await engine.exports.today()
    assert [export.by for export in exports] == ["system"]
    assert reply.signed[0].exported == exports[0].id


async def test_a_brief_that_does_not_exist_cannot_be_signed(engine: Engine, mirror: Mirror) -> None:
    with pytest.raises(NotFound):
        await engine.review.sign(ANA, SignRequest(role="Analyst", approve=True, brief_id="nothing"))
