"""``wireroom backup`` and ``wireroom restore``: everything a desk knows, in one file, and back."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli import options
from server.cli.counts import amount
from server.cli.terminal import err, out, styled

if TYPE_CHECKING:
    from engine.desk.restoring import Restored


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="Where to write it.")],
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Put the private signing key into it, too.")
    ] = False,
    data_dir: options.DataDir = None,
    config: options.ConfigFile = None,
) -> None:
    """Back up a desk, whether it runs or not. The file has mode 0600, and so should its place."""
    from engine.desk.backup import back_up
    from engine.settings import load
    from server.cli.export import check

    if not target.is_dir():
        check(target)
    folder = load(os.environ, config, data_dir=data_dir).data_dir
    file, manifest = back_up(folder, target, datetime.now(UTC), with_key=with_key)
    out().print(styled(str(file)))
    err().print(styled(f"It holds {amount(manifest.seq, 'event')}, up to {manifest.cursor}."))


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    into: Annotated[Path, typer.Option(help="The folder for the desk: empty, or not there yet.")],
    anchor: Annotated[
        Path | None, typer.Option(help="Signed heads from the second place, to compare with.")
    ] = None,
) -> None:
    """Make a desk from a backup. Everybody signs in again, and every sign-off is void."""
    from engine.desk.proof import NO_ANCHOR
    from engine.desk.restoring import restore as run
    from engine.log.anchor import read

    restored = run(file, into, datetime.now(UTC), read(anchor) if anchor else NO_ANCHOR)
    _tell(restored, into)


def _tell(restored: "Restored", into: Path) -> None:
    manifest = restored.manifest
    out().print(
        styled(f"✓ {into} holds the desk of {manifest.made:%Y-%m-%d %H:%M} UTC, {manifest.cursor}.")
    )
    for sentence in restored.missing:
        out().print(styled(f"  It is older than the anchor: {sentence}"))
    out().print(styled(f"  {restored.voided} sign-offs are void, and nobody is signed in."))
    out().print(
        styled("  Tokens revoked since the backup are good again: see `wireroom token list`.")
    )
