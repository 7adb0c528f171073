"""One-time tickets: once, within 30 seconds, and never longer than what they came from."""

import asyncio

import pytest
from msgspec.structs import replace

from engine.engine import Engine
from engine.errors import NotAPerson, ReauthRequired, Unauthenticated
from engine.model import SYSTEM, SessionGrant
from tests.engine.clock import FakeClock


@pytest.fixture
async def grant(engine: Engine) -> SessionGrant:
    issued = await engine.access.issue_token(SYSTEM, "Mira", ("Analyst",), None)
    return await engine.access.sign_in(issued.token)


async def test_a_ticket_is_for_whoever_asked_for_it(engine: Engine, grant: SessionGrant) -> None:
    ticket = await engine.tickets.for_session(grant.secret)

    principal, secret = await engine.tickets.redeem(ticket.ticket)

    assert (principal.name, principal.roles) == ("Mira", ("Analyst",))
    assert (await engine.access.session(secret)).id == principal.id


async def test_a_ticket_works_once_however_many_try(engine: Engine, grant: SessionGrant) -> None:
    ticket = await engine.tickets.for_session(grant.secret)

    tried = await asyncio.gather(
        *(engine.tickets.redeem(ticket.ticket) for _ in range(20)), return_exceptions=True
    )

    assert sum(not isinstance(one, Exception) for one in tried) == 1
    assert sum(isinstance(one, Unauthenticated) for one in tried) == 19


async def test_a_ticket_lapses_after_30_seconds(
    engine: Engine, grant: SessionGrant, clock: FakeClock
) -> None:
    ticket = await engine.tickets.for_session(grant.secret)

    clock.advance(seconds=30)

    with pytest.raises(Unauthenticated):
        await engine.tickets.redeem(ticket.ticket)


async def test_a_ticket_is_no_session_and_no_token(engine: Engine, grant: SessionGrant) -> None:
    ticket = await engine.tickets.for_session(grant.secret)

    with pytest.raises(Unauthenticated):
        await engine.access.session(ticket.ticket)
    with pytest.raises(Unauthenticated):
        await engine.access.authenticate(ticket.ticket)
    with pytest.raises(Unauthenticated):
        await engine.tickets.for_session(ticket.ticket)


async def test_signing_out_ends_the_ticket_and_what_it_opened(
    engine: Engine, grant: SessionGrant, clock: FakeClock
) -> None:
    used = await engine.tickets.for_session(grant.secret)
    unused = await engine.tickets.for_session(grant.secret)
    _, secret = await engine.tickets.redeem(used.ticket)

    await engine.access.sign_out(grant.secret)
    clock.advance(seconds=2)

    with pytest.raises(Unauthenticated):
        await engine.access.session(secret)
    with pytest.raises(Unauthenticated):
        await engine.tickets.redeem(unused.ticket)


async def test_revoking_a_token_ends_what_its_tickets_opened(
    engine: Engine, clock: FakeClock
) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Mira", ("admin",), None)
    used = await engine.tickets.for_token(issued.token)
    unused = await engine.tickets.for_token(issued.token)
    _, secret = await engine.tickets.redeem(used.ticket)

    await engine.access.revoke_token(await engine.access.authenticate(issued.token), issued.row.id)
    clock.advance(seconds=2)

    with pytest.raises(Unauthenticated):
        await engine.access.session(secret)
    with pytest.raises(Unauthenticated):
        await engine.tickets.redeem(unused.ticket)


async def test_what_a_ticket_opened_lasts_no_longer_than_its_token(
    engine: Engine, clock: FakeClock
) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Mira", ("Analyst",), 1)
    _, secret = await engine.tickets.redeem((await engine.tickets.for_token(issued.token)).ticket)

    clock.advance(hours=1)

    with pytest.raises(Unauthenticated):
        await engine.access.session(secret)


async def test_a_service_token_opens_no_session(engine: Engine) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Feed bridge", ("viewer",), None, service=True)

    assert (await engine.access.authenticate(issued.token)).method == "service"
    assert issued.row.service
    with pytest.raises(NotAPerson):
        await engine.access.sign_in(issued.token)


async def test_a_ticket_of_a_service_is_a_services(engine: Engine) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Feed bridge", ("viewer",), None, service=True)

    ticket = await engine.tickets.for_token(issued.token)
    principal, _ = await engine.tickets.redeem(ticket.ticket)

    assert principal.method == "service"


async def test_an_old_session_must_be_renewed_before_signing(
    engine: Engine, grant: SessionGrant, clock: FakeClock
) -> None:
    context = engine.access._context
    context.settings = replace(context.settings, reauth_minutes=10)

    await engine.access.require_fresh(grant.secret)
    clock.advance(minutes=11)

    with pytest.raises(ReauthRequired):
        await engine.access.require_fresh(grant.secret)
