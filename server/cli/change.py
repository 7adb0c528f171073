"""``wireroom change``: what waits for a second admin."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from engine.model import Change, DeputyGrant, PolicyChange, RoleGrant, Wanted
from server.cli import at
from server.cli.desk import Desk, Where, open_desk
from server.cli.terminal import plain

app = typer.Typer(help="See and confirm what takes two admins.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="As `change list` shows it.")]


@app.command("list")
@at.desk
def listed(where: Where) -> None:
    """List what waits for a second admin."""
    for change in _ask(where, lambda desk: desk.changes()):
        print(line(change))


@app.command("confirm")
@at.desk
def confirm(where: Where, change_id: Id) -> None:
    """Do what another admin asked for."""
    print(line(*_ask(where, lambda desk: _one(desk.confirm(change_id)))))


@app.command("refuse")
@at.desk
def refuse(where: Where, change_id: Id) -> None:
    """Let it be; whoever asked may take it back in this way."""
    print(line(*_ask(where, lambda desk: _one(desk.refuse(change_id)))))


def line(change: Change) -> str:
    """One line: what, asked by whom, and until when it waits or who closed it."""
    until = f"waits until {change.lapses_at:%Y-%m-%d %H:%M} UTC for another admin"
    state = until if change.state == "waiting" else f"{change.state} by {change.closed_by}"
    return plain(f"{change.id}  {_what(change.what)}  asked by {change.asked_by}  {state}")


def _what(what: Wanted) -> str:
    match what:
        case RoleGrant():
            return f"{what.name} becomes {what.role}"
        case DeputyGrant(stand_in=term):
            dates = f"{term.start:%Y-%m-%d %H:%M} to {term.until:%Y-%m-%d %H:%M} UTC"
            return f"{what.name} becomes deputy of {term.role}, {dates}"
        case PolicyChange():
            values = (f"{name} = {getattr(what.after, name)}" for name in what.fields)
            return "; ".join(values)


def _ask(
    where: Where, question: Callable[[Desk], Awaitable[tuple[Change, ...]]]
) -> tuple[Change, ...]:
    async def run() -> tuple[Change, ...]:
        async with open_desk(where) as desk:
            return await question(desk)

    return asyncio.run(run())


async def _one(change: Awaitable[Change]) -> tuple[Change, ...]:
    return (await change,)
