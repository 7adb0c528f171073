"""Review: where the edition stands, sign-offs, and the human stop."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from engine.desk.review import SignRequest
from engine.model import Id, Record, ReviewStatus, Role
from server import auth, keys
from server.http import cached, envelope, reading, writing

TOPICS = ("brief", "review", "config", "edition", "export")

Reason = Annotated[str, Meta(min_length=1, max_length=2_000)]


class Withdrawal(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    brief_id: Id
    role: Role


class Clearing(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    brief_id: Id
    role: Role
    reason: Reason


class Stop(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Reason


async def status(request: web.Request) -> web.Response:
    """The edition as reviewers see it, with the digest to sign."""

    engine = request.app[keys.ENGINE]

    async def read() -> ReviewStatus:
        return await engine.review.status()

    asked = reading.query(request, reading.Nothing)
    return await cached.respond(request, asked, TOPICS, read)


async def inbox(request: web.Request) -> web.Response:
    """What awaits whoever asks: to sign, to clear, to adopt, to sign again, to confirm."""
    reading.query(request, reading.Nothing)
    found = await request.app[keys.ENGINE].review.inbox(request[keys.PRINCIPAL])
    return envelope.success(envelope.wrap(found))


async def sign(request: web.Request) -> web.Response:
    """Approve or decline one brief, or the whole edition."""
    asked, raw = await reading.sent(request, SignRequest)
    await _require_fresh(request)
    review, by = request.app[keys.ENGINE].review, request[keys.PRINCIPAL]
    return await writing.write(request, raw, lambda: review.sign(by, asked))


async def _require_fresh(request: web.Request) -> None:
    access, with_it = request.app[keys.ENGINE].access, auth.carried(request)
    if not with_it.is_session:
        await access.require_fresh_token(with_it.secret)
    elif with_it.secret:
        await access.require_fresh(with_it.secret)


async def withdraw(request: web.Request) -> web.Response:
    """Take one's own approval back."""
    asked, raw = await reading.sent(request, Withdrawal)
    review, by = request.app[keys.ENGINE].review, request[keys.PRINCIPAL]
    return await writing.write(
        request, raw, lambda: review.withdraw(by, asked.brief_id, asked.role)
    )


async def clear(request: web.Request) -> web.Response:
    """Take a role's decline back, with a reason."""
    asked, raw = await reading.sent(request, Clearing)
    review, by = request.app[keys.ENGINE].review, request[keys.PRINCIPAL]
    return await writing.write(
        request, raw, lambda: review.clear_decline(by, asked.brief_id, asked.role, asked.reason)
    )


async def interrupt(request: web.Request) -> web.Response:
    """Hold all: nothing is exported until it is resumed."""
    asked, raw = await reading.sent(request, Stop)
    review, by = request.app[keys.ENGINE].review, request[keys.PRINCIPAL]
    return await writing.write(request, raw, lambda: review.interrupt(by, asked.reason))


async def resume(request: web.Request) -> web.Response:
    """End the interrupt."""
    _, raw = await reading.sent(request, reading.Nothing)
    review, by = request.app[keys.ENGINE].review, request[keys.PRINCIPAL]
    return await writing.write(request, raw, lambda: review.resume(by))
