"""People and roles: what one admin does alone, what takes two, and what a lost role undoes."""

from datetime import timedelta

import pytest

from engine.desk.config import ConfigChange
from engine.engine import Engine
from engine.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotAPerson,
    NotFound,
    RoleNotHeld,
    SamePerson,
    TakesTwo,
    UnknownRole,
)
from engine.model import SYSTEM, Change, Config, Person, Principal, StandIn
from tests.engine.clock import FakeClock
from tests.engine.desk.conftest import Mirror
from tests.engine.desk.day import ADA, ANA, SAM, STRIKE, sign, with_strike

ABE = Principal(id="per-abe", name="Abe", roles=("admin",))


async def known(engine: Engine, name: str, *roles: str) -> Principal:
    """Somebody the desk knows, as they come with their token."""
    issued = await engine.access.issue_token(SYSTEM, name, roles, None)
    return await engine.access.authenticate(issued.token)


async def as_now(engine: Engine, person: Principal) -> Person:
    return next(one for one in await engine.people.listed(ADA) if one.id == person.id)


async def asked(engine: Engine, person: Principal, role: str = "Analyst") -> Change:
    """Ada asks for the role, which then waits."""
    change = await engine.people.grant(ADA, person.id, role)
    assert isinstance(change, Change)
    return change


# -- roles ---------------------------------------------------------------------------------------


async def test_people_are_listed_with_their_roles_and_since_when(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    mira = await known(engine, "Mira", "viewer")

    listed = await engine.people.listed(ADA)

    assert Person(id=mira.id, name="Mira", roles=("viewer",), since=clock.now) in listed
    assert [person.name for person in listed] == sorted(person.name for person in listed)


async def test_only_an_admin_sees_and_changes_people(engine: Engine, mirror: Mirror) -> None:
    mira = await known(engine, "Mira")

    with pytest.raises(NotAllowed):
        await engine.people.listed(ANA)
    with pytest.raises(NotAllowed):
        await engine.people.grant(ANA, mira.id, "viewer")
    with pytest.raises(NotAllowed):
        await engine.people.take(ANA, mira.id, "viewer")
    with pytest.raises(NotAllowed):
        await engine.changes.waiting(ANA)


async def test_a_role_that_lets_nobody_sign_takes_one_admin(engine: Engine, mirror: Mirror) -> None:
    mira = await known(engine, "Mira")

    person = await engine.people.grant(ADA, mira.id, "auditor")

    assert isinstance(person, Person)
    assert person.roles == ("auditor",)
    assert mirror.types[-1] == "access.role_granted"


@pytest.mark.parametrize("role", ["Analyst", "Strategy Head", "admin"])
async def test_a_sign_off_role_and_admin_wait_for_a_second_admin(
    engine: Engine, mirror: Mirror, role: str
) -> None:
    mira = await known(engine, "Mira")

    change = await asked(engine, mira, role)

    assert change.state == "waiting"
    assert await engine.changes.waiting(ABE) == (change,)
    assert (await as_now(engine, mira)).roles == ()
    assert mirror.types[-1] == "access.change_asked"


async def test_the_second_admin_makes_it_so(engine: Engine, mirror: Mirror) -> None:
    mira = await known(engine, "Mira")
    change = await asked(engine, mira)

    done = await engine.changes.confirm(ABE, change.id)

    assert (done.state, done.closed_by) == ("confirmed", "Abe")
    assert (await as_now(engine, mira)).roles == ("Analyst",)
    assert mirror.types[-2:] == ["access.role_granted", "access.change_closed"]
    assert b'"by":"Ada","confirmed_by":"Abe"' in mirror.lines[-2].data
    assert await engine.changes.waiting(ABE) == ()


async def test_asking_oneself_twice_is_not_two(engine: Engine, mirror: Mirror) -> None:
    mira = await known(engine, "Mira")
    change = await asked(engine, mira)
    again = await asked(engine, mira)

    with pytest.raises(SamePerson):
        await engine.changes.confirm(ADA, change.id)

    assert again == change
    assert (await as_now(engine, mira)).roles == ()


async def test_what_nobody_confirms_lapses_by_the_clock(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    mira = await known(engine, "Mira")
    change = await asked(engine, mira)

    clock.advance(hours=72)
    with pytest.raises(Conflict):
        await engine.changes.confirm(ABE, change.id)
    await engine.tick()

    assert await engine.changes.waiting(ABE) == ()
    closed = next(line for line in mirror.lines if line.type == "access.change_closed")
    assert b'"state":"lapsed"' in closed.data
    with pytest.raises(NotFound):
        await engine.changes.confirm(ABE, change.id)


async def test_what_is_refused_is_not_done(engine: Engine, mirror: Mirror) -> None:
    mira = await known(engine, "Mira")
    change = await asked(engine, mira)

    refused = await engine.changes.refuse(ADA, change.id)

    assert refused.state == "refused"
    with pytest.raises(NotFound):
        await engine.changes.confirm(ABE, change.id)


async def test_what_an_admin_asked_for_before_losing_the_role_is_not_confirmed(
    engine: Engine, mirror: Mirror
) -> None:
    mira, eve = await known(engine, "Mira"), await known(engine, "Eve", "admin")
    change = await engine.people.grant(eve, mira.id, "Analyst")
    assert isinstance(change, Change)
    await engine.people.take(ADA, eve.id, "admin")

    with pytest.raises(NotAllowed):
        await engine.changes.confirm(ABE, change.id)


async def test_an_admin_who_lost_the_role_confirms_nothing(engine: Engine, mirror: Mirror) -> None:
    mira, eve = await known(engine, "Mira"), await known(engine, "Eve", "admin")
    change = await asked(engine, mira)
    await engine.people.take(ADA, eve.id, "admin")

    with pytest.raises(NotAllowed):
        await engine.changes.confirm(eve, change.id)


async def test_a_program_is_neither_of_two_admins(engine: Engine, mirror: Mirror) -> None:
    mira = await known(engine, "Mira")
    await known(engine, "Eve", "admin")
    issued = await engine.access.issue_token(ADA, "Eve", (), None, service=True)
    program = await engine.access.authenticate(issued.token)
    change = await asked(engine, mira)

    with pytest.raises(NotAPerson):
        await engine.changes.confirm(program, change.id)
    with pytest.raises(NotAPerson):
        await engine.people.grant(program, mira.id, "Strategy Head")

    assert await engine.changes.waiting(ADA) == (change,)


async def test_the_last_admin_stays_one(engine: Engine, mirror: Mirror) -> None:
    eve = await known(engine, "Eve", "admin")
    for demo in ("demo-admin", "demo-second-admin"):
        await engine.people.take(eve, demo, "admin")

    with pytest.raises(Conflict, match="last admin"):
        await engine.people.take(eve, eve.id, "admin")


async def test_on_the_host_one_person_is_enough_and_the_log_says_so(
    engine: Engine, mirror: Mirror
) -> None:
    mira = await known(engine, "Mira")

    person = await engine.people.grant(SYSTEM, mira.id, "Analyst")

    assert isinstance(person, Person)
    assert person.roles == ("Analyst",)
    assert b'"by":"system","confirmed_by":""' in mirror.lines[-1].data


async def test_a_role_taken_away_voids_what_was_signed_in_it_in_the_same_transaction(
    engine: Engine, mirror: Mirror
) -> None:
    mira = await known(engine, "Mira", "Analyst")
    await with_strike(engine)
    await sign(engine, mira, "Analyst")
    await sign(engine, SAM, "Strategy Head")

    await engine.people.take(ADA, mira.id, "Analyst")

    row = (await engine.briefs.get(STRIKE)).brief
    assert row.missing_roles == ("Analyst",)
    assert not row.gate_open
    assert mirror.types[-2:] == ["access.role_removed", "review.voided"]
    assert b"Ada took the role Analyst away from Mira" in mirror.lines[-1].data


async def test_whoever_lost_the_role_does_not_sign_with_what_was_known_before(
    engine: Engine, mirror: Mirror
) -> None:
    mira = await known(engine, "Mira", "Analyst")
    await with_strike(engine)
    await engine.people.take(ADA, mira.id, "Analyst")

    with pytest.raises(RoleNotHeld):
        await sign(engine, mira, "Analyst")


async def test_whoever_lost_the_role_does_not_export_with_what_was_known_before(
    engine: Engine, mirror: Mirror
) -> None:
    mira = await known(engine, "Mira", "Analyst")
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")
    await engine.people.take(ADA, mira.id, "Analyst")

    with pytest.raises(NotAllowed):
        await engine.exports.create(mira, STRIKE)


async def test_unknown_people_and_roles_are_refused(engine: Engine, mirror: Mirror) -> None:
    mira = await known(engine, "Mira")

    with pytest.raises(NotFound):
        await engine.people.grant(ADA, "per-nobody", "viewer")
    with pytest.raises(UnknownRole):
        await engine.people.grant(ADA, mira.id, "Astrologer")
    with pytest.raises(NotFound):
        await engine.people.take(ADA, mira.id, "Analyst")


async def test_a_role_held_already_is_granted_without_a_word(
    engine: Engine, mirror: Mirror
) -> None:
    mira = await known(engine, "Mira", "Analyst")
    before = len(mirror.lines)

    assert isinstance(await engine.people.grant(ADA, mira.id, "Analyst"), Person)
    assert len(mirror.lines) == before


# -- tokens --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Analyst", "admin"])
async def test_a_token_gains_nobody_a_role_that_takes_two(
    engine: Engine, mirror: Mirror, role: str
) -> None:
    await known(engine, "Mira")

    with pytest.raises(TakesTwo, match="another confirms"):
        await engine.access.issue_token(ADA, "Mira", (role,), None)
    with pytest.raises(TakesTwo):
        await engine.access.issue_token(ADA, "Somebody New", (role,), None)

    assert "Somebody New" not in [person.name for person in await engine.people.listed(ADA)]


async def test_a_token_for_the_roles_somebody_holds_takes_one_admin(
    engine: Engine, mirror: Mirror
) -> None:
    await known(engine, "Mira", "Analyst")

    issued = await engine.access.issue_token(ADA, "Mira", ("Analyst", "viewer"), None)

    assert issued.row.roles == ("Analyst", "viewer")


# -- the review policy ---------------------------------------------------------------------------

LOOSER = [
    ConfigChange(require_dual_signoff=False),
    ConfigChange(signoff_roles=("Analyst", "Counsel")),
    ConfigChange(signoff_ttl_hours=25),
]


@pytest.mark.parametrize("change", LOOSER)
async def test_loosening_the_policy_waits_for_a_second_admin(
    engine: Engine, mirror: Mirror, change: ConfigChange
) -> None:
    before = await engine.config.get()

    waiting = await engine.config.change(ADA, change)

    assert isinstance(waiting, Change)
    assert await engine.config.get() == before
    assert mirror.types == ["access.change_asked"]
    await engine.changes.confirm(ABE, waiting.id)
    assert await engine.config.get() != before
    assert mirror.types[1] == "config.changed"
    assert b'"confirmed_by":"Abe"' in mirror.lines[1].data


@pytest.mark.parametrize(
    "change",
    [
        ConfigChange(signoff_roles=("Analyst", "Strategy Head", "Counsel")),
        ConfigChange(signoff_ttl_hours=23),
        ConfigChange(time_of_day="06:30"),
    ],
)
async def test_tightening_takes_one_admin(
    engine: Engine, mirror: Mirror, change: ConfigChange
) -> None:
    assert isinstance(await engine.config.change(ADA, change), Config)


async def test_a_change_that_loosens_anything_waits_as_a_whole(
    engine: Engine, mirror: Mirror
) -> None:
    await engine.config.change(ADA, ConfigChange(time_of_day="06:30", signoff_ttl_hours=48))

    assert (await engine.config.get()).time_of_day == "07:00"


async def test_what_changed_since_it_was_asked_for_is_asked_for_again(
    engine: Engine, mirror: Mirror
) -> None:
    waiting = await engine.config.change(ADA, ConfigChange(signoff_ttl_hours=48))
    assert isinstance(waiting, Change)
    await engine.config.change(ABE, ConfigChange(signoff_ttl_hours=12))

    with pytest.raises(Conflict, match="signoff_ttl_hours"):
        await engine.changes.confirm(ABE, waiting.id)


async def test_what_changed_beside_it_stays(engine: Engine, mirror: Mirror) -> None:
    waiting = await engine.config.change(ADA, ConfigChange(signoff_ttl_hours=48))
    assert isinstance(waiting, Change)
    await engine.config.change(ABE, ConfigChange(time_of_day="06:30"))

    await engine.changes.confirm(ABE, waiting.id)

    config = await engine.config.get()
    assert (config.signoff_ttl_hours, config.time_of_day) == (48, "06:30")


# -- deputies ------------------------------------------------------------------------------------


def term(clock: FakeClock, *, begins: int = 0, ends: int = 48, role: str = "Analyst") -> StandIn:
    start, until = (clock.now + timedelta(hours=hours) for hours in (begins, ends))
    return StandIn(role=role, start=start, until=until)


async def deputised(engine: Engine, name: str, stand_in: StandIn) -> Principal:
    """A viewer whom two admins made a deputy."""
    viewer = await known(engine, name, "viewer")
    change = await engine.people.deputise(ADA, viewer.id, stand_in)
    assert isinstance(change, Change)
    await engine.changes.confirm(ABE, change.id)
    issued = await engine.access.issue_token(SYSTEM, name, (), None)
    return await engine.access.authenticate(issued.token)


async def test_a_deputy_signs_and_is_labelled_as_such(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    mira = await deputised(engine, "Mira", term(clock))
    await with_strike(engine)

    reply = await sign(engine, mira, "Analyst")

    (signoff,) = reply.signed[0].signoffs
    assert signoff.deputy
    assert reply.signed[0].missing_roles == ("Strategy Head",)


async def test_a_deputy_is_named_by_two_admins(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    mira = await known(engine, "Mira", "viewer")
    await with_strike(engine)

    change = await engine.people.deputise(ADA, mira.id, term(clock))

    assert isinstance(change, Change)
    with pytest.raises(RoleNotHeld):
        await sign(engine, mira, "Analyst")
    with pytest.raises(SamePerson):
        await engine.changes.confirm(ADA, change.id)


async def test_a_deputy_signs_only_between_the_dates(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    mira = await deputised(engine, "Mira", term(clock, begins=1, ends=2))
    await with_strike(engine)

    with pytest.raises(RoleNotHeld):
        await sign(engine, mira, "Analyst")
    clock.advance(hours=1)
    await sign(engine, mira, "Analyst")
    clock.advance(hours=1)
    with pytest.raises(RoleNotHeld):
        await sign(engine, mira, "Analyst")


async def test_a_deputys_sign_off_lapses_with_their_time(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    mira = await deputised(engine, "Mira", term(clock, ends=3))
    await with_strike(engine)
    await sign(engine, mira, "Analyst")
    await sign(engine, SAM, "Strategy Head")

    clock.advance(hours=3)
    await engine.tick()

    assert (await engine.briefs.get(STRIKE)).brief.missing_roles == ("Analyst",)


async def test_a_deputy_counts_once_as_everybody_does(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    sue = await known(engine, "Sue", "Strategy Head")
    change = await engine.people.deputise(ADA, sue.id, term(clock))
    assert isinstance(change, Change)
    await engine.changes.confirm(ABE, change.id)
    await with_strike(engine)
    await sign(engine, sue, "Strategy Head")

    with pytest.raises(SamePerson):
        await sign(engine, sue, "Analyst")


async def test_a_deputy_may_do_what_reviewers_do(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    mira = await deputised(engine, "Mira", term(clock))
    await with_strike(engine)

    view = await engine.briefs.open_review(mira, STRIKE)

    assert view.brief.state == "in_review"


async def test_a_deputyship_ended_early_voids_what_was_signed_in_it(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    mira = await deputised(engine, "Mira", term(clock))
    await with_strike(engine)
    await sign(engine, mira, "Analyst")

    await engine.people.end_deputy(ADA, mira.id, "Analyst")

    assert (await engine.briefs.get(STRIKE)).brief.missing_roles == ("Analyst", "Strategy Head")
    assert mirror.types[-2:] == ["access.deputy_removed", "review.voided"]
    with pytest.raises(RoleNotHeld):
        await sign(engine, mira, "Analyst")


async def test_deputyships_that_make_no_sense_are_refused(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    mira = await known(engine, "Mira", "Analyst")

    with pytest.raises(UnknownRole):
        await engine.people.deputise(ADA, mira.id, term(clock, role="admin"))
    with pytest.raises(Conflict):
        await engine.people.deputise(ADA, mira.id, term(clock))
    for begins, ends in ((2, 1), (-2, -1), (0, 24 * 367)):
        wrong = term(clock, begins=begins, ends=ends, role="Strategy Head")
        with pytest.raises(Invalid):
            await engine.people.deputise(ADA, mira.id, wrong)
