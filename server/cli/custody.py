"""``wireroom hold`` and ``wireroom erase``: care of what the desk keeps."""

import asyncio
from typing import Annotated

import typer

from engine.errors import Invalid
from engine.model import ErasedReply, Hold
from server.cli import at
from server.cli.counts import amount
from server.cli.desk import Where, open_desk
from server.cli.terminal import out, plain, styled

app = typer.Typer(help="Put subjects under legal hold.", no_args_is_help=True)

Subject = Annotated[
    str,
    typer.Argument(
        metavar="SUBJECT", help="Id of an issue, brief or item, or a person's id or name."
    ),
]
Why = Annotated[str, typer.Option(help="The reason; it goes into the log.")]


@app.command("add")
@at.desk
def add(where: Where, subject: Subject, why: Why) -> None:
    """Hold a subject: nothing about it is trimmed or erased."""
    print(_line(asyncio.run(_add(where, subject, why))))


@app.command("list")
@at.desk
def listed(where: Where) -> None:
    """List what is under hold, since when, by whom and why."""
    for hold in asyncio.run(_listed(where)):
        print(_line(hold))


@app.command("remove")
@at.desk
def remove(where: Where, subject: Subject) -> None:
    """End a hold."""
    asyncio.run(_remove(where, subject))


@at.desk
def erase(
    where: Where,
    why: Why,
    person: Annotated[str | None, typer.Option(metavar="NAME", help="A person, by name.")] = None,
    item: Annotated[str | None, typer.Option(metavar="ID", help="An item.")] = None,
) -> None:
    """Erase a person or an item from the desk and its log, which still verifies.

    There is no way back. Packages that have left, and backups, are not touched.
    """
    if (person is None) == (item is None):
        raise Invalid("Name either a --person or an --item.")
    reply = asyncio.run(_erase(where, why, person, item))
    events, briefs = amount(reply.events, "event"), amount(reply.briefs, "brief")
    out().print(styled(f"✓ {events} and {briefs} are without it."))
    if reply.held:
        out().print(styled(f"  A legal hold keeps {amount(reply.held, 'event')}."))
    if reply.packages:
        out().print(
            styled(f"  It has left in {amount(reply.packages, 'package')} of these briefs.")
        )


async def _add(where: Where, subject: str, why: str) -> Hold:
    async with open_desk(where) as desk:
        return await desk.hold(subject, why)


async def _listed(where: Where) -> tuple[Hold, ...]:
    async with open_desk(where) as desk:
        return await desk.holds()


async def _remove(where: Where, subject: str) -> Hold:
    async with open_desk(where) as desk:
        return await desk.end_hold(subject)


async def _erase(where: Where, why: str, person: str | None, item: str | None) -> ErasedReply:
    async with open_desk(where) as desk:
        if person is not None:
            return await desk.erase_person(person, why)
        return await desk.erase_item(item or "", why)


def _line(hold: Hold) -> str:
    return plain(f"{hold.subject}  {hold.at:%Y-%m-%d}  {hold.by}  {hold.why}")
