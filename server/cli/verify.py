"""``wireroom verify``: check an export package, offline."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import PackageInvalid
from server.cli.terminal import out, styled

if TYPE_CHECKING:
    from engine.export.package import Manifest

WHEN = "%Y-%m-%d %H:%M %Z"


def verify(
    package: Annotated[Path, typer.Argument(metavar="FILE", help="A package (.zip).")],
) -> None:
    """Check that a package is complete, unchanged and signed off. Needs no desk.

    Exits with 1 when anything is wrong, and says what.
    """
    from engine.export.verify import verify as examine

    verdict = examine(package.read_bytes())
    console = out()
    for problem in verdict.problems:
        console.print(styled(f"✗ {problem}", "red"))
    if not verdict.ok:
        raise PackageInvalid(f"{package} is not to be relied on.")
    if verdict.manifest is not None:
        _describe(verdict.manifest)
    console.print(styled(f"  sha256 {verdict.sha256}"))
    for limit in verdict.limits:
        console.print(styled(f"  {limit}", "dim"))


def _describe(manifest: "Manifest") -> None:
    console = out()
    revision = f"{manifest.brief_id}, revision {manifest.revision}, as of {manifest.as_of:{WHEN}}"
    console.print(styled(f"✓ {manifest.title}", "bold green"))
    single = ", single-signed" if manifest.single_signed else ""
    console.print(styled(f"  {revision}{single}"))
    for signoff in manifest.signoffs:
        console.print(
            styled(f"  {signoff.meaning} by {signoff.name} as {signoff.role}, {signoff.at:{WHEN}}")
        )
