"""``wireroom ingest``: read files, folders and feeds into the desk."""

import asyncio
import time
from typing import Annotated

import typer

from engine.errors import SourceFailed
from engine.ingest.sources import NewSource
from engine.model import RunRow, SourceKind, SourceRow
from server.cli import options
from server.cli.desk import Where, open_desk
from server.cli.places import columns_of, source_at
from server.cli.terminal import err, out, styled

REJECTS_SHOWN = 5


def ingest(
    places: Annotated[list[str], typer.Argument(metavar="PATH|URL...", help="What to read.")],
    kind: Annotated[
        SourceKind | None, typer.Option(help="feed, csv, jsonl or folder. [default: by name]")
    ] = None,
    columns: Annotated[
        str, typer.Option(help="FIELD:COLUMN,... for csv and jsonl. [default: guessed]")
    ] = "",
    title: Annotated[str, typer.Option(help="Name of the source. [default: file name]")] = "",
    url: options.Url = None,
    data_dir: options.DataDir = None,
    config: options.ConfigFile = None,
    token_file: options.TokenFile = None,
) -> None:
    """Read files, folders and feeds into the desk; returns when everything is committed."""
    mapping = columns_of(columns)
    sources = [source_at(place, kind, title, mapping) for place in places]
    where = Where(url=url, data_dir=data_dir, config=config, token_file=token_file)
    started = time.monotonic()
    run, failed = asyncio.run(_ingest(where, sources))
    _report(run, time.monotonic() - started)
    if run.failed_sources:
        known = {row.source.id: f"{row.source.title}: {row.health.error}" for row in failed}
        raise SourceFailed(" ".join(known.get(name, name) for name in run.failed_sources))


async def _ingest(where: Where, sources: list[NewSource]) -> tuple[RunRow, list[SourceRow]]:
    """What was read, and which sources could not be."""
    from server.cli.bars import bars

    async with open_desk(where) as desk:
        with bars(err()) as drawn:
            run = await desk.ingest(sources, drawn.show)
        rows = await desk.sources() if run.failed_sources else ()
    return run, [row for row in rows if row.source.id in run.failed_sources]


def _report(run: RunRow, seconds: float) -> None:
    console = out()
    console.print(
        f"{run.read:,} read in {seconds:.1f} s: {run.new:,} new, {run.known:,} known, "
        f"{run.duplicates:,} duplicate, {run.rejected:,} rejected; "
        f"{run.issues_added:,} issues added, {run.issues_updated:,} updated."
    )
    for row in run.rejects[:REJECTS_SHOWN]:
        console.print(styled(f"  {row.source_id} row {row.position}: {row.reason}", "yellow"))
    if run.rejected > REJECTS_SHOWN:
        console.print(f"  … and {run.rejected - REJECTS_SHOWN:,} more.")
