"""Signing in and out: the session behind the cookie."""

from datetime import datetime

from aiohttp import web

from engine.errors import Invalid, Unauthenticated
from engine.model import Principal, Record, SessionGrant
from server import auth, keys
from server.budgets import spending
from server.http import envelope, reading, writing


class SignIn(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token, or in mock mode the name of a demo reviewer."""

    token: str | None = None
    name: str | None = None


class Session(Record, frozen=True, kw_only=True):
    """Who asks (null for nobody) and, in mock mode, whom one may continue as."""

    principal: Principal | None
    demo_names: tuple[str, ...] = ()


class SignedIn(Record, frozen=True, kw_only=True):
    principal: Principal
    expires: datetime


async def who(request: web.Request) -> web.Response:
    """Who is asking."""
    reading.query(request, reading.Nothing)
    demo = request.app[keys.ENGINE].access.demo_names
    session = Session(principal=request.get(keys.PRINCIPAL), demo_names=demo)
    response = envelope.success(envelope.wrap(session))
    response.headers["Cache-Control"] = "no-store"
    return response


async def sign_in(request: web.Request) -> web.Response:
    """Open a session; its secret leaves only in the cookie."""
    auth.refuse_cross_site(request, request.app[keys.SETTINGS])
    asked = await reading.body(request, SignIn)
    grant = await writing.finish(request, _grant(request, asked))
    signed_in = SignedIn(principal=grant.principal, expires=grant.expires)
    response = envelope.success(envelope.wrap(signed_in), 201)
    auth.give_cookie(request, response, grant)
    return response


async def sign_out(request: web.Request) -> web.Response:
    """End the session; without one there is nothing to do."""
    secret = request.cookies.get(auth.COOKIE)
    if secret:
        await writing.finish(request, request.app[keys.ENGINE].access.sign_out(secret))
    response = envelope.success(envelope.wrap(None))
    auth.take_cookie(request, response)
    return response


async def ticket(request: web.Request) -> web.Response:
    """A ticket for one stream, good for 30 seconds and once."""
    await reading.body(request, reading.Nothing)
    if not request.get(keys.PRINCIPAL, auth.ANONYMOUS).id:
        raise Unauthenticated("Sign in first: a ticket is made from a session or a token.")
    tickets, carried = request.app[keys.ENGINE].tickets, auth.carried(request)
    made = tickets.for_session if carried.is_session else tickets.for_token
    given = await made(carried.secret)
    request.app[keys.BUDGETS].remember(given.ticket)
    response = envelope.success(envelope.wrap(given), 201)
    response.headers["Cache-Control"] = "no-store"
    return response


async def _grant(request: web.Request, asked: SignIn) -> SessionGrant:
    access, budgets = request.app[keys.ENGINE].access, request.app[keys.BUDGETS]
    address = spending.address(request)
    budgets.spend_sign_in(address, asked.token)
    if asked.token is not None and asked.name is None:
        return await budgets.trying(address, asked.token, access.sign_in)
    if asked.name is not None and asked.token is None:
        return await access.sign_in_as(asked.name)
    raise Invalid("Give either a token or, in mock mode, the name of a demo reviewer.")
