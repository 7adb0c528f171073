"""What awaits whom: the same from the store and from what a follower has seen."""

from collections.abc import AsyncIterator

import pytest

from engine.desk.config import ConfigChange
from engine.desk.edit import BriefEdit
from engine.engine import Engine
from engine.errors import NotFound, Unauthenticated
from engine.model import SYSTEM, Inbox, Principal
from engine.review import inbox
from tests.engine.clock import FakeClock
from tests.engine.desk.conftest import Mirror
from tests.engine.desk.day import (
    ADA,
    ANA,
    BOTH,
    NOBODY,
    SAM,
    STRIKE,
    VERA,
    entry,
    sign,
    with_strike,
)

ABE = Principal(id="per-abe", name="Abe", roles=("admin",))
EVERYBODY = (ANA, SAM, BOTH, ADA, ABE, VERA)


@pytest.fixture(autouse=True)
async def followed(engine: Engine, mirror: Mirror, clock: FakeClock) -> AsyncIterator[None]:
    """Holds for every test here: a follower can work out everybody's inbox by itself."""
    yield
    for person in EVERYBODY:
        assert derived(person, mirror, clock) == await engine.review.inbox(person)


def derived(person: Principal, mirror: Mirror, clock: FakeClock) -> Inbox:
    """The inbox from a snapshot and the events since."""
    seen = mirror.snapshot
    assert seen.briefs is not None
    assert seen.config is not None
    assert seen.changes is not None
    return inbox(person, seen.briefs, seen.config, seen.changes, clock.now)


async def test_a_brief_waits_for_whoever_can_sign_it(engine: Engine) -> None:
    await with_strike(engine)

    (to_sign,) = (await engine.review.inbox(ANA)).sign

    assert (to_sign.brief_id, to_sign.role, to_sign.deputy) == (STRIKE, "Analyst", False)
    assert to_sign.why == "Analyst has not signed."
    assert (await engine.review.inbox(VERA)) == Inbox()


async def test_what_somebody_signed_waits_for_them_no_more(engine: Engine) -> None:
    await with_strike(engine)
    await sign(engine, BOTH, "Analyst")

    assert (await engine.review.inbox(BOTH)).sign == ()
    assert [one.role for one in (await engine.review.inbox(SAM)).sign] == ["Strategy Head"]


async def test_a_sign_off_that_fresh_eyes_may_replace_waits_for_them(engine: Engine) -> None:
    view = await with_strike(engine)
    await engine.briefs.edit(BOTH, STRIKE, view.brief.digest, BriefEdit(title="Port shut"))
    await sign(engine, BOTH, "Analyst")

    (to_sign,) = (await engine.review.inbox(ANA)).sign

    assert "fresh eyes are missing" in to_sign.why


async def test_a_decline_waits_for_its_own_role(engine: Engine) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst", approve=False, note="Which closure?")

    (to_clear,) = (await engine.review.inbox(BOTH)).clear

    assert (to_clear.role, to_clear.by, to_clear.note) == ("Analyst", "Ana", "Which closure?")
    assert (await engine.review.inbox(SAM)).clear == ()


async def test_a_proposal_waits_for_reviewers(engine: Engine, clock: FakeClock) -> None:
    await with_strike(engine)
    clock.advance(minutes=1)
    await engine.ingest.push(SYSTEM, [entry(1)])
    await engine.settled()

    (to_adopt,) = (await engine.review.inbox(ANA)).proposals

    assert (to_adopt.brief_id, to_adopt.new_items) == (STRIKE, 1)
    assert (await engine.review.inbox(ADA)).proposals == ()


async def test_previous_signers_are_shown_just_the_difference(engine: Engine) -> None:
    view = await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await engine.briefs.edit(SAM, STRIKE, view.brief.digest, BriefEdit(title="Port shut"))

    (again,) = (await engine.review.inbox(ANA)).voided
    shown = await engine.briefs.difference(STRIKE, again.signed_digest)

    assert (again.role, again.why) == ("Analyst", "Sam made revision 2")
    assert again.difference == f"/brief/{STRIKE}/difference?since={view.brief.digest}"
    assert "-Title: Dockers strike at the port of Calder" in shown.diff
    assert "+Title: Port shut" in shown.diff
    assert [(row.number, row.author) for row in shown.revisions] == [(2, "Sam")]


async def test_whoever_signs_again_is_shown_no_difference(engine: Engine) -> None:
    view = await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await engine.briefs.edit(SAM, STRIKE, view.brief.digest, BriefEdit(title="Port shut"))

    await sign(engine, ANA, "Analyst")

    assert (await engine.review.inbox(ANA)).voided == ()
    assert (await engine.briefs.get(STRIKE)).brief.earlier_signoffs == ()


async def test_a_lapsed_sign_off_waits_to_be_given_anew(engine: Engine, clock: FakeClock) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")

    clock.advance(hours=24)
    await engine.tick()

    found = await engine.review.inbox(ANA)
    assert [one.why for one in found.voided] == ["It expired"]
    assert [one.brief_id for one in found.sign] == [STRIKE]


async def test_what_somebody_took_back_does_not_wait_for_them_as_voided(engine: Engine) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")

    await engine.review.withdraw(ANA, STRIKE, "Analyst")

    assert (await engine.review.inbox(ANA)).voided == ()


async def test_what_has_left_waits_for_nobody(engine: Engine) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")

    await engine.exports.create(ANA, STRIKE)

    assert (await engine.review.inbox(BOTH)) == Inbox()


async def test_a_change_waits_for_every_admin_but_the_one_who_asked(engine: Engine) -> None:
    waiting = await engine.config.change(ADA, ConfigChange(signoff_ttl_hours=48))

    assert (await engine.review.inbox(ABE)).confirm == (waiting,)
    assert (await engine.review.inbox(ADA)).confirm == ()
    assert (await engine.review.inbox(ANA)).confirm == ()


async def test_nobody_has_no_inbox(engine: Engine) -> None:
    with pytest.raises(Unauthenticated):
        await engine.review.inbox(NOBODY)


async def test_a_digest_that_no_revision_has_shows_no_difference(engine: Engine) -> None:
    await with_strike(engine)

    with pytest.raises(NotFound):
        await engine.briefs.difference(STRIKE, "0" * 64)
