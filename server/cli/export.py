"""``wireroom export``: the package of a brief whose gate is open."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from server.cli import options
from server.cli.desk import Where, open_desk
from server.cli.terminal import out, styled


def export(
    brief_id: Annotated[str, typer.Argument(metavar="ID", help="The brief.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write it. [default: its name]")
    ] = None,
    url: options.Url = None,
    data_dir: options.DataDir = None,
    config: options.ConfigFile = None,
    token_file: options.TokenFile = None,
) -> None:
    """Write the package of a brief. Refused while a sign-off is missing."""
    where = Where(url=url, data_dir=data_dir, config=config, token_file=token_file)
    name, package = asyncio.run(_export(where, brief_id))
    target = output or Path(name)
    write(target, package)
    out().print(styled(str(target)))


async def _export(where: Where, brief_id: str) -> tuple[str, bytes]:
    async with open_desk(where) as desk:
        return await desk.export(brief_id)


def write(target: Path, package: bytes) -> None:
    """Whole or not at all: a full disk must not leave half a package under its name."""
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        partial.write_bytes(package)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
