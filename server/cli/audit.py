"""``wireroom audit``: check the desk's log."""

import asyncio

import typer

from engine.errors import StoreFailed
from engine.log.verify import AuditResult
from server.cli import options
from server.cli.desk import Where, open_desk
from server.cli.terminal import out, styled

app = typer.Typer(help="Check the desk's log.", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """Check the desk's log."""


@app.command("verify")
def verify(
    url: options.Url = None,
    data_dir: options.DataDir = None,
    config: options.ConfigFile = None,
    token_file: options.TokenFile = None,
) -> None:
    """Walk the hash chain of the whole log. Exits with 1 at the first line that does not fit."""
    where = Where(url=url, data_dir=data_dir, config=config, token_file=token_file)
    result = asyncio.run(_verify(where))
    if not result.ok:
        raise StoreFailed(result.problem)
    out().print(styled(f"✓ {result.checked:,} events up to {result.head} are as recorded."))


async def _verify(where: Where) -> AuditResult:
    async with open_desk(where) as desk:
        return await desk.verify_audit()
