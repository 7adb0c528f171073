"""Tokens: list, issue, revoke. The secret is in the answer that makes it, and nowhere else."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from engine.model import IssuedToken, Record, Role
from server import keys
from server.http import envelope, reading, writing


class NewToken(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token for ``name``; without ``ttl_hours`` it does not expire. A service never signs."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    roles: Annotated[tuple[Role, ...], Meta(max_length=20)] = ()
    ttl_hours: Annotated[int, Meta(ge=1, le=87_600)] | None = None
    service: bool = False


async def listed(request: web.Request) -> web.Response:
    """Every token, newest first, without the secrets."""
    reading.query(request, reading.Nothing)
    rows = await request.app[keys.ENGINE].access.tokens(request[keys.PRINCIPAL])
    return envelope.success(envelope.wrap(rows))


async def issue(request: web.Request) -> web.Response:
    """A new token; this answer alone shows its secret."""
    asked = await reading.body(request, NewToken)
    access, by = request.app[keys.ENGINE].access, request[keys.PRINCIPAL]

    async def issued() -> IssuedToken:
        made = await access.issue_token(by, asked.name, asked.roles, asked.ttl_hours, asked.service)
        request.app[keys.BUDGETS].remember(made.token)
        return made

    response = await writing.write_secret(request, issued, 201)
    response.headers["Cache-Control"] = "no-store"
    return response


async def revoke(request: web.Request) -> web.Response:
    """Revoke a token and end its sessions at once."""
    token_id = reading.path_id(request, "token")
    access, by = request.app[keys.ENGINE].access, request[keys.PRINCIPAL]
    return await writing.write(request, b"", lambda: access.revoke_token(by, token_id))
