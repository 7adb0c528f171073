"""Who is asking: secrets are shown once, stored hashed, and end when they should."""

import asyncio

import pytest
from sqlalchemy import Engine as SqlEngine
from sqlalchemy import event

from engine.desk.belief import Holder, Key
from engine.desk.credential import digest
from engine.engine import Engine
from engine.errors import Invalid, NotAllowed, NotFound, Unauthenticated
from engine.model import SYSTEM
from tests.engine.clock import FakeClock
from tests.engine.desk.conftest import Mirror
from tests.engine.desk.day import ADA, ANA


async def test_a_token_says_who_holds_it(engine: Engine, mirror: Mirror) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Mira", ("Analyst",), None)

    principal = await engine.access.authenticate(issued.token)

    assert (principal.name, principal.roles, principal.method) == ("Mira", ("Analyst",), "token")


async def test_a_token_that_was_looked_up_ahead_is_recalled(engine: Engine, mirror: Mirror) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Mira", ("Analyst",), None)
    before = engine.access.recall_token(issued.token)

    await engine.access.look_ahead(issued.token)

    found = engine.access.recall_token(issued.token)
    assert before is None
    assert found is not None
    assert found.name == "Mira"


async def test_a_refusal_ahead_is_on_nobodys_record(engine: Engine, mirror: Mirror) -> None:
    head = engine.log.head

    for token in ("forged", "x" * 100_000):
        with pytest.raises(Unauthenticated):
            await engine.access.look_ahead(token)

    assert engine.log.head == head
    assert engine.access.recall_token("forged") is None


async def test_two_tokens_of_one_name_are_one_person(engine: Engine, mirror: Mirror) -> None:
    first = await engine.access.issue_token(SYSTEM, "Mira", ("Analyst",), None)
    second = await engine.access.issue_token(SYSTEM, "Mira", ("Strategy Head",), None)

    one = await engine.access.authenticate(first.token)
    other = await engine.access.authenticate(second.token)

    assert one.id == other.id
    assert other.roles == ("Analyst", "Strategy Head")


async def test_the_secret_is_in_no_row_and_no_event(engine: Engine, mirror: Mirror) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Mira", ("Analyst",), None)
    listed = await engine.access.tokens(ADA)

    assert issued.token not in str(listed)
    assert issued.token not in str(mirror.lines)
    assert digest(issued.token).hex() not in str(mirror.lines)


async def test_an_expired_token_is_nobodys(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Mira", ("Analyst",), 2)

    clock.advance(hours=2)

    with pytest.raises(Unauthenticated):
        await engine.access.authenticate(issued.token)


async def test_revoking_ends_the_token_and_its_sessions_at_once(
    engine: Engine, mirror: Mirror
) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Mira", ("Analyst",), None)
    grant = await engine.access.sign_in(issued.token)
    assert (await engine.access.session(grant.secret)).method == "session"
    assert await engine.access.authenticate(issued.token)

    row = await engine.access.revoke_token(ADA, issued.row.id)

    assert row.revoked
    with pytest.raises(Unauthenticated):
        await engine.access.authenticate(issued.token)
    with pytest.raises(Unauthenticated):
        await engine.access.session(grant.secret)


async def test_signing_out_ends_the_session(engine: Engine, mirror: Mirror) -> None:
    grant = await engine.access.sign_in_as("Demo Analyst")
    await engine.access.session(grant.secret)

    await engine.access.sign_out(grant.secret)
    await engine.access.sign_out(grant.secret)

    with pytest.raises(Unauthenticated):
        await engine.access.session(grant.secret)
    assert mirror.types == ["access.signed_in", "access.signed_out"]


async def test_a_session_ends_by_itself(engine: Engine, mirror: Mirror, clock: FakeClock) -> None:
    grant = await engine.access.sign_in_as("Demo Analyst")

    clock.advance(hours=12)

    with pytest.raises(Unauthenticated):
        await engine.access.session(grant.secret)


async def test_nobody_continues_as_a_stranger(engine: Engine) -> None:
    with pytest.raises(NotAllowed):
        await engine.access.sign_in_as("The Minister")
    with pytest.raises(Unauthenticated):
        await engine.access.sign_in("wr_guess")


async def test_only_an_admin_handles_tokens(engine: Engine) -> None:
    with pytest.raises(NotAllowed):
        await engine.access.issue_token(ANA, "Mira", ("Analyst",), None)
    with pytest.raises(NotAllowed):
        await engine.access.tokens(ANA)
    with pytest.raises(NotAllowed):
        await engine.access.revoke_token(ANA, "tok-1")
    with pytest.raises(NotFound):
        await engine.access.revoke_token(ADA, "tok-1")


async def test_names_and_roles_are_checked(engine: Engine) -> None:
    with pytest.raises(Invalid):
        await engine.access.issue_token(SYSTEM, "\x07", ("Analyst",), None)
    with pytest.raises(Invalid, match="Astrologer"):
        await engine.access.issue_token(SYSTEM, "Mira", ("Astrologer",), None)


async def test_last_used_is_noted_once_a_minute(
    engine: Engine, mirror: Mirror, clock: FakeClock
) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Mira", ("Analyst",), None)
    await engine.access.authenticate(issued.token)
    first = clock.now

    clock.advance(seconds=30)
    await engine.access.authenticate(issued.token)

    row = next(row for row in await engine.access.tokens(ADA) if row.name == "Mira")
    assert row.last_used == first


async def test_no_secret_is_compared_with_another_only_their_hashes_are(
    engine: Engine, mirror: Mirror
) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Mira", ("Analyst",), None)
    guess = issued.token[:-1] + ("a" if issued.token[-1] != "a" else "b")
    asked: list[object] = []
    access = engine.access

    def listen(_conn: object, _cursor: object, _sql: object, values: object, *_: object) -> None:
        if isinstance(values, tuple):
            asked.extend(bytes(v) if isinstance(v, memoryview) else v for v in values)

    event.listen(SqlEngine, "before_cursor_execute", listen)
    try:
        for ask in (access.authenticate, access.session, access.sign_in, engine.tickets.redeem):
            with pytest.raises(Unauthenticated):
                await ask(guess)
    finally:
        event.remove(SqlEngine, "before_cursor_execute", listen)

    assert asked.count(digest(guess)) >= 4
    assert not [value for value in asked if guess in str(value)]


async def test_a_session_that_is_looked_up_while_it_is_signed_out_is_not_believed_afterwards(
    engine: Engine, mirror: Mirror
) -> None:
    grant = await engine.access.sign_in_as("Demo Analyst")
    asking = asyncio.create_task(engine.access.session(grant.secret))

    await engine.access.sign_out(grant.secret)
    await asyncio.gather(asking, return_exceptions=True)

    assert engine.access.recall_session(grant.secret) is None


async def test_a_desk_closes_after_what_it_looks_up_ahead(
    engine: Engine, mirror: Mirror, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = await engine.access.sign_in_as("Demo Analyst")
    who = await engine.access.session(grant.secret)
    lets = asyncio.Event()
    log: list[str] = []

    async def slowly(_key: Key) -> Holder:
        await lets.wait()
        log.append("looked up")
        return Holder(who)

    monkeypatch.setattr(engine.access._beliefs, "_look", slowly)
    clock.advance(seconds=0.6)
    engine.access.recall_session(grant.secret)
    asyncio.get_running_loop().call_later(0.2, lets.set)
    await engine.close()

    assert log == ["looked up"]
