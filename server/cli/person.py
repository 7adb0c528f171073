"""``wireroom person``: who is there, their roles, who stands in for whom."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated

import typer

from engine.errors import NotFound
from engine.model import Change, Person, StandIn
from server.cli import at
from server.cli.change import line as change_line
from server.cli.desk import Desk, Where, open_desk
from server.cli.terminal import plain

app = typer.Typer(help="List people, grant roles and take them away.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `person list` shows it, or the id.")]
Role = Annotated[str, typer.Argument(metavar="ROLE")]
MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
From = Annotated[datetime, typer.Option("--from", help="In UTC.", formats=MOMENTS)]
Until = Annotated[datetime, typer.Option("--until", help="In UTC.", formats=MOMENTS)]


@app.command("list")
@at.desk
def listed(where: Where) -> None:
    """List people with their roles."""
    for person in asyncio.run(_people(where)):
        print(_line(person))


@app.command("grant")
@at.desk
def grant(where: Where, name: Name, role: Role) -> None:
    """Give a role. On a running desk, sign-off roles and admin wait for a second admin."""
    _do(where, name, lambda desk, person: desk.grant(person.id, role))


@app.command("take")
@at.desk
def take(where: Where, name: Name, role: Role) -> None:
    """Take a role away, at once, with every sign-off given in it."""
    _do(where, name, lambda desk, person: desk.take(person.id, role))


@app.command("deputise")
@at.desk
def deputise(where: Where, name: Name, role: Role, start: From, until: Until) -> None:
    """Name somebody to stand in for a sign-off role between two moments."""
    term = StandIn(role=role, start=start.replace(tzinfo=UTC), until=until.replace(tzinfo=UTC))
    _do(where, name, lambda desk, person: desk.deputise(person.id, term))


@app.command("end-deputy")
@at.desk
def end_deputy(where: Where, name: Name, role: Role) -> None:
    """End a deputyship before its time, with every sign-off given in it."""
    _do(where, name, lambda desk, person: desk.end_deputy(person.id, role))


async def _people(where: Where) -> tuple[Person, ...]:
    async with open_desk(where) as desk:
        return await desk.people()


def _do(
    where: Where, name: str, action: Callable[[Desk, Person], Awaitable[Person | Change]]
) -> None:
    async def run() -> Person | Change:
        async with open_desk(where) as desk:
            return await action(desk, _named(name, await desk.people()))

    done = asyncio.run(run())
    print(_line(done) if isinstance(done, Person) else change_line(done))


def _named(name: str, people: tuple[Person, ...]) -> Person:
    for person in people:
        if name in (person.name, person.id):
            return person
    raise NotFound(f"There is nobody named {name!r}: `wireroom token issue` makes somebody known.")


def _line(person: Person) -> str:
    since = f"since {person.since:%Y-%m-%d}" if person.since else ""
    deputy = "; ".join(
        f"deputy of {one.role} {one.start:%Y-%m-%d %H:%M} to {one.until:%Y-%m-%d %H:%M} UTC"
        for one in person.deputy_of
    )
    parts = (person.id, person.name, ", ".join(person.roles), since, deputy)
    return plain("  ".join(part for part in parts if part))
