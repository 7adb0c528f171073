"""People of the identity provider: who they are, what they may, and for how long."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from engine.desk.credential import NO_CREDENTIAL
from engine.desk.proof import prove
from engine.engine import Engine
from engine.errors import (
    Conflict,
    GateShut,
    NotAllowed,
    NotAPerson,
    ProviderFailed,
    ReauthRequired,
    RoleNotHeld,
    SamePerson,
    Unauthenticated,
)
from engine.identity.claims import person_id
from engine.identity.provider import PAUSE
from engine.model import LONGEST_CREDENTIAL, SYSTEM, Change
from engine.settings import Settings
from engine.store.database import FILE_NAME, examine
from tests.engine.clock import START, FakeClock
from tests.engine.desk.conftest import Mirror
from tests.engine.desk.day import ADA, SAM, STRIKE, sign, with_strike
from tests.engine.desk.inline_worker import InlineWorker
from tests.engine.identity.issuer import Issuer, published, rsa_key

NAME = "Mira Solheim"
NOW = START.timestamp()


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer().running() as issuer:
        yield issuer


@pytest.fixture
def settings(tmp_path: Path, issuer: Issuer) -> Settings:
    return Settings(data_dir=tmp_path / "desk", mock=True, settle_s=0, **issuer.settings())


def kinds(mirror: Mirror, kind: str) -> int:
    return mirror.types.count(kind)


async def test_what_the_provider_signed_is_not_looked_up_ahead(
    engine: Engine, issuer: Issuer
) -> None:
    token = issuer.token()

    await engine.access.look_ahead(token)

    assert engine.access.recall_token(token) is None
    assert (await engine.access.authenticate(token)).method == "jwt"


async def test_a_token_says_who_asks_and_with_which_roles(engine: Engine, issuer: Issuer) -> None:
    found = await engine.access.authenticate(issuer.token())

    assert found.id == person_id(issuer.url, "u-1001")
    assert (found.name, found.roles, found.method) == (NAME, ("Analyst",), "jwt")


async def test_the_keys_are_there_before_anybody_asks(engine: Engine, issuer: Issuer) -> None:
    await engine.access.authenticate(issuer.token())

    assert issuer.asked == 1


async def test_a_token_is_on_record_once_however_often_it_comes(
    engine: Engine, issuer: Issuer, mirror: Mirror, clock: FakeClock
) -> None:
    for _ in range(3):
        await engine.access.authenticate(issuer.token())
        clock.advance(seconds=2)

    (line,) = [line for line in mirror.lines if line.type == "access.signed_in"]
    assert line.subject == person_id(issuer.url, "u-1001")
    assert b'"method":"jwt"' in line.data


async def test_a_token_is_on_record_once_after_a_restart_too(
    settings: Settings, clock: FakeClock, issuer: Issuer
) -> None:
    token = issuer.token(iat=NOW)
    for _ in range(2):
        engine = await Engine.open(settings, clock, InlineWorker())
        await engine.access.authenticate(token)
        page = await engine.audit.page(SYSTEM, type_="access.signed_in")
        await engine.close()

    assert len(page.rows) == 1


async def test_a_refused_token_is_on_record_and_changes_nothing(
    engine: Engine, issuer: Issuer, mirror: Mirror
) -> None:
    token = issuer.token(key=rsa_key("other"))

    with pytest.raises(Unauthenticated):
        await engine.access.authenticate(token)

    assert mirror.types == ["access.sign_in_failed"]
    assert NAME not in {one.name for one in await engine.people.listed(ADA)}


@pytest.mark.parametrize("door", ["authenticate", "sign_in"])
async def test_what_is_too_long_is_refused_before_anything_looks_into_it(
    engine: Engine, issuer: Issuer, door: str
) -> None:
    longest = "a" * (LONGEST_CREDENTIAL - 4) + ".b.c"

    with pytest.raises(Unauthenticated, match="8,192"):
        await getattr(engine.access, door)(longest + "c")
    with pytest.raises(Unauthenticated, match="cannot be read"):
        await getattr(engine.access, door)(longest)


async def test_a_ticket_is_made_of_nothing_that_is_too_long(engine: Engine) -> None:
    with pytest.raises(Unauthenticated, match="8,192"):
        await engine.tickets.for_token("a" * 100_000)


async def test_a_desk_without_a_provider_knows_no_such_token(
    tmp_path: Path, clock: FakeClock, issuer: Issuer
) -> None:
    engine = await Engine.open(Settings(data_dir=tmp_path / "other"), clock, InlineWorker())

    with pytest.raises(Unauthenticated, match=NO_CREDENTIAL):
        await engine.access.authenticate(issuer.token())

    await engine.close()


# -- how long ------------------------------------------------------------------------------------


async def test_a_token_holds_until_it_expires_and_the_leeway_is_over(
    engine: Engine, issuer: Issuer, clock: FakeClock
) -> None:
    token = issuer.token(exp=NOW + 60)
    await engine.access.authenticate(token)

    clock.advance(seconds=89)
    await engine.access.authenticate(token)
    clock.advance(seconds=2)

    with pytest.raises(Unauthenticated, match="expired"):
        await engine.access.authenticate(token)


async def test_a_stream_has_no_leeway(engine: Engine, issuer: Issuer, clock: FakeClock) -> None:
    token = issuer.token(exp=NOW + 60)
    await engine.access.still(token)

    clock.advance(seconds=60)

    with pytest.raises(Unauthenticated, match="expired"):
        await engine.access.still(token)


async def test_a_stream_ends_with_its_token_though_the_keys_changed_and_the_provider_is_silent(
    engine: Engine, issuer: Issuer, clock: FakeClock
) -> None:
    token = issuer.token(exp=NOW + 60)
    await engine.access.still(token)
    issuer.keys = {"k2": published(rsa_key("k2"), "k2")}
    clock.now += PAUSE
    await engine.access.authenticate(issuer.token(key=rsa_key("k2"), kid="k2"))
    issuer.is_down = True

    clock.advance(seconds=60)

    with pytest.raises(Unauthenticated, match="expired"):
        await engine.access.still(token)


async def test_a_session_has_the_tokens_roles_and_ends_with_it(
    engine: Engine, issuer: Issuer, clock: FakeClock
) -> None:
    grant = await engine.access.sign_in(issuer.token(exp=NOW + 60))

    found = await engine.access.session(grant.secret)
    clock.advance(seconds=60)

    assert (found.name, found.roles, found.method) == (NAME, ("Analyst",), "oidc")
    with pytest.raises(Unauthenticated):
        await engine.access.session(grant.secret)


@pytest.mark.parametrize("kind", ["session", "token"])
async def test_what_was_asked_for_a_moment_ago_is_not_believed_beyond_its_end(
    engine: Engine, issuer: Issuer, clock: FakeClock, kind: str
) -> None:
    access = engine.access
    if kind == "session":
        secret = (await access.sign_in(issuer.token(exp=NOW + 3600))).secret
        ask, recall = access.session, access.recall_session
    else:
        secret = (await access.issue_token(SYSTEM, "Jon", ("viewer",), 1)).token
        ask, recall = access.authenticate, access.recall_token
    clock.advance(seconds=3599.5)
    await ask(secret)

    clock.advance(seconds=0.5)

    assert recall(secret) is None
    with pytest.raises(Unauthenticated):
        await ask(secret)


async def test_a_session_lasts_no_longer_than_sessions_do(engine: Engine, issuer: Issuer) -> None:
    grant = await engine.access.sign_in(issuer.token(exp=NOW + 30 * 86_400))

    assert (grant.expires - START).total_seconds() == engine.settings.session_hours * 3600


async def test_a_ticket_opens_what_ends_with_the_token(
    engine: Engine, issuer: Issuer, clock: FakeClock
) -> None:
    token = issuer.token(exp=NOW + 60)
    first, second = [await engine.tickets.for_token(token) for _ in range(2)]
    principal, secret = await engine.tickets.redeem(first.ticket)
    await engine.tickets.redeem(second.ticket)

    clock.advance(seconds=60)

    assert (principal.name, principal.roles) == (NAME, ("Analyst",))
    with pytest.raises(Unauthenticated):
        await engine.access.session(secret)
    with pytest.raises(Unauthenticated):
        await engine.tickets.for_token(token)


async def test_the_roles_of_each_token_are_its_own(
    engine: Engine, issuer: Issuer, mirror: Mirror
) -> None:
    analyst = await engine.access.sign_in(issuer.token())
    head = await engine.access.sign_in(issuer.token(roles=["desk-heads"]))

    assert (await engine.access.session(analyst.secret)).roles == ("Analyst",)
    assert (await engine.access.session(head.secret)).roles == ("Strategy Head",)


async def test_a_key_that_the_provider_withdrew_lets_nobody_in(
    engine: Engine, issuer: Issuer, clock: FakeClock
) -> None:
    token = issuer.token()
    await engine.access.authenticate(token)
    issuer.keys = {"k2": published(rsa_key("k2"), "k2")}
    clock.now += PAUSE

    await engine.access.authenticate(issuer.token(key=rsa_key("k2"), kid="k2"))

    with pytest.raises(Unauthenticated, match="does not publish"):
        await engine.access.authenticate(token)


async def test_a_provider_that_never_answered_is_not_the_callers_fault(
    settings: Settings, clock: FakeClock, issuer: Issuer
) -> None:
    issuer.is_down = True
    engine = await Engine.open(settings, clock, InlineWorker())

    with pytest.raises(ProviderFailed):
        await engine.access.authenticate(issuer.token())

    await engine.close()


# -- signing -------------------------------------------------------------------------------------


async def test_two_people_of_the_provider_sign_and_the_sign_offs_say_how(
    engine: Engine, issuer: Issuer, mirror: Mirror
) -> None:
    await with_strike(engine)
    analyst = await engine.access.authenticate(issuer.token())
    grant = await engine.access.sign_in(
        issuer.token(sub="u-1002", name="Jon Vik", roles=["desk-heads"])
    )

    await sign(engine, analyst, "Analyst")
    await sign(engine, await engine.access.session(grant.secret), "Strategy Head")

    row = (await engine.briefs.get(STRIKE)).brief
    assert [(each.name, each.method) for each in row.signoffs] == [
        (NAME, "jwt"),
        ("Jon Vik", "oidc"),
    ]
    assert kinds(mirror, "review.gate_opened") == 1


async def test_one_person_with_two_tokens_is_one_person(engine: Engine, issuer: Issuer) -> None:
    await with_strike(engine)
    analyst = await engine.access.authenticate(issuer.token())
    head = await engine.access.authenticate(issuer.token(roles=["desk-heads"]))
    await sign(engine, analyst, "Analyst")

    with pytest.raises(SamePerson):
        await sign(engine, head, "Strategy Head")


async def test_nobody_signs_in_a_role_that_the_token_does_not_give(
    engine: Engine, issuer: Issuer
) -> None:
    await with_strike(engine)
    analyst = await engine.access.authenticate(issuer.token())

    with pytest.raises(RoleNotHeld):
        await sign(engine, analyst, "Strategy Head")


async def test_a_programs_token_reads_and_never_signs(engine: Engine, issuer: Issuer) -> None:
    await with_strike(engine)
    token = issuer.token(client_id="u-1001")
    program = await engine.access.authenticate(token)

    with pytest.raises(NotAPerson):
        await sign(engine, program, "Analyst")
    with pytest.raises(NotAPerson):
        await engine.access.sign_in(token)


@pytest.mark.parametrize(
    ("proven", "is_fresh"),
    [
        ({"auth_time": NOW - 599}, True),
        ({"auth_time": NOW - 601}, False),
        ({"iat": NOW - 601}, False),
        ({"iat": None}, False),
    ],
    ids=["recent", "long ago", "issued long ago", "unknown"],
)
async def test_whoever_signs_must_have_proved_who_they_are_lately(
    engine: Engine, issuer: Issuer, proven: dict[str, float | None], is_fresh: bool
) -> None:
    context = engine.access._context
    context.settings = replace(context.settings, reauth_minutes=10)
    token = issuer.token(**proven)
    grant = await engine.access.sign_in(token)

    if is_fresh:
        await engine.access.require_fresh_token(token)
        await engine.access.require_fresh(grant.secret)
    else:
        with pytest.raises(ReauthRequired):
            await engine.access.require_fresh_token(token)
        with pytest.raises(ReauthRequired):
            await engine.access.require_fresh(grant.secret)


# -- beside the people made here -------------------------------------------------------------------


async def test_somebody_with_anothers_name_is_told_apart(engine: Engine, issuer: Issuer) -> None:
    local = await engine.access.issue_token(SYSTEM, NAME, ("viewer",), None)
    first = await engine.access.authenticate(issuer.token())
    second = await engine.access.authenticate(issuer.token(sub="u-1002"))

    assert (await engine.access.authenticate(local.token)).name == NAME
    assert first.name == f"{NAME} ({first.id[:10]})"
    assert second.name == f"{NAME} ({second.id[:10]})"
    assert len({local.row.principal_id, first.id, second.id}) == 3


async def test_a_person_keeps_the_name_they_first_came_with(
    engine: Engine, issuer: Issuer, clock: FakeClock
) -> None:
    await engine.access.authenticate(issuer.token())

    assert (await engine.access.authenticate(issuer.token(name="M. Vik"))).name == NAME


async def test_the_desk_gives_no_token_to_the_providers_people(
    engine: Engine, issuer: Issuer
) -> None:
    await engine.access.authenticate(issuer.token())

    with pytest.raises(Conflict, match="identity provider"):
        await engine.access.issue_token(SYSTEM, NAME, ("viewer",), None)


async def test_the_desk_neither_gives_nor_takes_their_roles(engine: Engine, issuer: Issuer) -> None:
    person = await engine.access.authenticate(issuer.token())

    with pytest.raises(Conflict, match="change them there"):
        await engine.people.grant(SYSTEM, person.id, "auditor")
    with pytest.raises(Conflict, match="change them there"):
        await engine.people.take(SYSTEM, person.id, "Analyst")


async def test_they_are_listed_with_the_roles_they_came_with_last(
    engine: Engine, issuer: Issuer
) -> None:
    person = await engine.access.authenticate(issuer.token())
    await engine.access.authenticate(issuer.token(roles=["desk-heads"]))

    (listed,) = [one for one in await engine.people.listed(ADA) if one.id == person.id]
    assert listed.roles == ("Strategy Head",)


async def test_an_admin_of_the_provider_is_one_of_the_two(engine: Engine, issuer: Issuer) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Jon Vik", ("viewer",), None)
    first = await engine.access.authenticate(issuer.token(roles=["desk-admins"]))
    second = await engine.access.authenticate(
        issuer.token(sub="u-1002", name="Ada Quill", roles=["desk-admins"])
    )

    change = await engine.people.grant(first, issued.row.principal_id, "Analyst")
    assert isinstance(change, Change)
    with pytest.raises(SamePerson):
        await engine.changes.confirm(first, change.id)
    confirmed = await engine.changes.confirm(second, change.id)

    assert confirmed.state == "confirmed"


async def test_what_an_admin_asked_for_is_not_confirmed_once_the_provider_calls_them_none(
    engine: Engine, issuer: Issuer
) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Jon Vik", ("viewer",), None)
    admin = await engine.access.authenticate(issuer.token(roles=["desk-admins"]))
    change = await engine.people.grant(admin, issued.row.principal_id, "Analyst")
    assert isinstance(change, Change)

    await engine.access.authenticate(issuer.token(roles=["desk-analysts"]))

    with pytest.raises(NotAllowed):
        await engine.changes.confirm(ADA, change.id)


async def test_an_admin_of_the_provider_is_not_the_one_that_stays(
    tmp_path: Path, clock: FakeClock, issuer: Issuer
) -> None:
    settings = Settings(data_dir=tmp_path / "real", **issuer.settings())
    engine = await Engine.open(settings, clock, InlineWorker())
    local = await engine.access.issue_token(SYSTEM, "Jon Vik", ("admin",), None)
    provided = await engine.access.authenticate(issuer.token(roles=["desk-admins"]))

    with pytest.raises(Conflict, match="last admin"):
        await engine.people.take(provided, local.row.principal_id, "admin")

    await engine.close()


# -- erasing -------------------------------------------------------------------------------------


async def test_an_erased_account_is_nowhere_and_what_it_signed_is_void(
    engine: Engine, issuer: Issuer, mirror: Mirror, settings: Settings
) -> None:
    await with_strike(engine)
    person = await engine.access.authenticate(issuer.token())
    await sign(engine, person, "Analyst")
    await sign(engine, SAM, "Strategy Head")
    await engine.access.authenticate(issuer.token(roles=["desk-admins"]))

    await engine.erasure.person(ADA, NAME, "asked for it")

    kept = b"".join(path.read_bytes() for path in settings.data_dir.glob(f"{FILE_NAME}*"))
    assert NAME.encode() not in kept
    assert examine(settings.data_dir / FILE_NAME, prove).problem == ""
    with pytest.raises(GateShut):
        await engine.exports.create(SAM, STRIKE)


async def test_what_an_erased_account_had_asked_for_is_not_done(
    engine: Engine, issuer: Issuer, mirror: Mirror
) -> None:
    believed = await engine.access.authenticate(issuer.token())
    await engine.erasure.person(ADA, NAME, "asked for it")

    with pytest.raises(NotAllowed, match="may not do this"):
        await engine.review.interrupt(believed, "Wait.")


async def test_an_erased_account_is_out_at_once_and_does_not_come_back(
    engine: Engine, issuer: Issuer, mirror: Mirror
) -> None:
    token = issuer.token()
    await engine.access.authenticate(token)
    grant = await engine.access.sign_in(token)
    ticket = await engine.tickets.for_token(token)

    await engine.erasure.person(ADA, NAME, "asked for it")

    for old in (token, issuer.token(exp=NOW + 900)):
        with pytest.raises(Unauthenticated, match="erased"):
            await engine.access.authenticate(old)
        with pytest.raises(Unauthenticated, match="erased"):
            await engine.access.sign_in(old)
        with pytest.raises(Unauthenticated, match="erased"):
            await engine.tickets.for_token(old)
    with pytest.raises(Unauthenticated):
        await engine.access.session(grant.secret)
    with pytest.raises(Unauthenticated):
        await engine.tickets.redeem(ticket.ticket)
