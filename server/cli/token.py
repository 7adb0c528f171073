"""``wireroom token``: issue, list and revoke tokens."""

import asyncio
from typing import Annotated

import typer

from engine.model import IssuedToken, TokenRow
from server.cli import at
from server.cli.desk import Where, open_desk
from server.cli.terminal import err, plain, styled

app = typer.Typer(help="Issue, list and revoke tokens.", no_args_is_help=True)


@app.command("issue")
@at.desk
def issue(
    where: Where,
    name: Annotated[str, typer.Option(help="Who it is for.")],
    role: Annotated[
        list[str],
        typer.Option(help="A sign-off role, viewer, auditor or admin; repeat for several."),
    ],
    ttl: Annotated[
        int | None,
        typer.Option(min=1, help="Hours until it expires.", show_default="it does not"),
    ] = None,
    service: Annotated[
        bool, typer.Option("--service", help="For a program: it never signs.")
    ] = False,
) -> None:
    """Issue a token. It is printed once, on stdout, and kept nowhere."""
    issued = asyncio.run(_issue(where, name, tuple(role), ttl, service))
    err().print(styled(f"{issued.row.id} for {issued.row.name}: {', '.join(issued.row.roles)}"))
    print(issued.token)


@app.command("list")
@at.desk
def listed(where: Where) -> None:
    """List tokens, without their secrets."""
    for row in asyncio.run(_listed(where)):
        print(_line(row))


@app.command("revoke")
@at.desk
def revoke(
    where: Where,
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `token list` shows it.")],
) -> None:
    """Revoke a token and end its sessions, at once."""
    print(_line(asyncio.run(_revoke(where, token_id))))


async def _issue(
    where: Where, name: str, roles: tuple[str, ...], ttl_hours: int | None, service: bool
) -> IssuedToken:
    async with open_desk(where) as desk:
        return await desk.issue_token(name, roles, ttl_hours, service)


async def _listed(where: Where) -> tuple[TokenRow, ...]:
    async with open_desk(where) as desk:
        return await desk.tokens()


async def _revoke(where: Where, token_id: str) -> TokenRow:
    async with open_desk(where) as desk:
        return await desk.revoke_token(token_id)


def _line(row: TokenRow) -> str:
    expires = f"until {row.expires:%Y-%m-%d %H:%M} UTC" if row.expires else "does not expire"
    used = f"used {row.last_used:%Y-%m-%d %H:%M} UTC" if row.last_used else "never used"
    state = "revoked" if row.revoked else f"{expires}  {used}"
    kind = "service  " if row.service else ""
    return plain(f"{row.id}  {row.name}  {', '.join(row.roles)}  {kind}{state}")
