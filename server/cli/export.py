"""``wireroom export``: the package of a brief whose gate is open."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import Invalid
from server.cli import options
from server.cli.desk import Where, open_desk
from server.cli.terminal import out, styled


def export(
    brief_id: Annotated[str, typer.Argument(metavar="ID", help="The brief.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Where to write it.", show_default="its own name, here"
        ),
    ] = None,
    url: options.Url = None,
    data_dir: options.DataDir = None,
    config: options.ConfigFile = None,
    token_file: options.TokenFile = None,
) -> None:
    """Write the package of a brief. Refused while a sign-off is missing."""
    if output is not None:
        check(output)  # before the desk is asked: what it gives out stands in its log
    where = Where(url=url, data_dir=data_dir, config=config, token_file=token_file)
    name, package = asyncio.run(_export(where, brief_id))
    target = output or Path(name)
    write(target, package)
    out().print(styled(str(target)))


async def _export(where: Where, brief_id: str) -> tuple[str, bytes]:
    async with open_desk(where) as desk:
        return await desk.export(brief_id)


def check(target: Path) -> None:
    """Raise Invalid when no file can have this name."""
    if not target.parent.is_dir():
        raise Invalid(f"There is no folder {target.parent} to write {target.name} into.")
    if target.is_dir():
        raise Invalid(f"{target} is a folder: name a file in it.")


def write(target: Path, package: bytes) -> None:
    """Whole or not at all: a full disk must not leave half a package under its name."""
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        partial.write_bytes(package)
        partial.replace(target)
    except OSError as error:
        raise Invalid(f"{target} cannot be written: {error.strerror}.") from None
    finally:
        partial.unlink(missing_ok=True)
