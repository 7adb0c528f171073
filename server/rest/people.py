"""People: who is there, their roles, and who stands in for whom."""

from aiohttp import web

from engine.errors import Invalid
from engine.model import Record, Role, StandIn
from server import keys
from server.http import envelope, reading, writing


class Granting(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    role: Role


async def listed(request: web.Request) -> web.Response:
    """Everybody the desk knows, by name."""
    reading.query(request, reading.Nothing)
    people = await request.app[keys.ENGINE].people.listed(request[keys.PRINCIPAL])
    return envelope.success(envelope.wrap(people))


async def grant(request: web.Request) -> web.Response:
    """Give somebody a role; a sign-off role, and admin, wait for a second admin."""
    person_id = reading.path_id(request, "person")
    asked, raw = await reading.sent(request, Granting)
    role = asked.role
    people, by = request.app[keys.ENGINE].people, request[keys.PRINCIPAL]
    return await writing.write_or_ask(request, raw, lambda: people.grant(by, person_id, role))


async def take(request: web.Request) -> web.Response:
    """Take a role away, at once, with every sign-off given in it."""
    person_id, role = reading.path_id(request, "person"), _role(request)
    people, by = request.app[keys.ENGINE].people, request[keys.PRINCIPAL]
    return await writing.write(request, b"", lambda: people.take(by, person_id, role))


async def deputise(request: web.Request) -> web.Response:
    """Name somebody's deputyship, from and until; it waits for a second admin."""
    person_id = reading.path_id(request, "person")
    stand_in, raw = await reading.sent(request, StandIn)
    people, by = request.app[keys.ENGINE].people, request[keys.PRINCIPAL]
    return await writing.write_or_ask(
        request, raw, lambda: people.deputise(by, person_id, stand_in)
    )


async def end_deputy(request: web.Request) -> web.Response:
    """End a deputyship before its time, with every sign-off given in it."""
    person_id, role = reading.path_id(request, "person"), _role(request)
    people, by = request.app[keys.ENGINE].people, request[keys.PRINCIPAL]
    return await writing.write(request, b"", lambda: people.end_deputy(by, person_id, role))


def _role(request: web.Request) -> str:
    role = request.match_info["role"]
    if len(role) > 50 or not role.isprintable():
        raise Invalid("A role has 1 to 50 printable characters.")
    return role
