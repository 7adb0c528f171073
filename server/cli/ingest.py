"""``wireroom ingest``: read files, folders and feeds into the desk."""

import asyncio
import time
from typing import Annotated

import typer
from msgspec.structs import asdict

from engine.errors import Invalid, SourceFailed
from engine.ingest.sources import NewSource
from engine.model import RunRow
from server.cli import counts, options
from server.cli.desk import Where, open_desk
from server.cli.places import ReadKind, source_at
from server.cli.terminal import complain, err, out, styled
from server.http.columns import columns_of

REJECTS_SHOWN = 5
INTERRUPTED = "Interrupted. What was committed stays; run it again to complete."


def ingest(
    places: Annotated[list[str], typer.Argument(metavar="PATH|URL", help="What to read.")],
    kind: Annotated[
        ReadKind | None, typer.Option(help="What it is.", show_default="by its name")
    ] = None,
    columns: Annotated[
        str,
        typer.Option(help="FIELD:COLUMN,... for csv and jsonl.", show_default="guessed"),
    ] = "",
    title: Annotated[
        str, typer.Option(help="Name of the source.", show_default="the file's or the host's")
    ] = "",
    url: options.Url = None,
    data_dir: options.DataDir = None,
    config: options.ConfigFile = None,
    token_file: options.TokenFile = None,
) -> None:
    """Read files, folders and feeds into the desk; returns when everything is committed.

    Exits with 1 when a source cannot be read, or when everything that was read was rejected.
    """
    mapping = columns_of(columns)
    sources = [source_at(place, kind, title, mapping) for place in places]
    where = Where(url=url, data_dir=data_dir, config=config, token_file=token_file)
    started = time.monotonic()
    try:
        run = asyncio.run(_ingest(where, sources))
    except KeyboardInterrupt:
        complain(INTERRUPTED)
        raise
    _report(run, time.monotonic() - started)
    if run.failed_sources:
        raise SourceFailed(" ".join(f"{name}: {why}" for name, why in run.errors.items()))
    if 0 < run.read == run.rejected:
        raise Invalid("Nothing was taken in: everything that was read was rejected.")


async def _ingest(where: Where, sources: list[NewSource]) -> RunRow:
    from server.cli.bars import bars

    async with open_desk(where, resume=True) as desk:
        with bars(err()) as drawn:
            return await desk.ingest(sources, drawn.show)


def _report(run: RunRow, seconds: float) -> None:
    console = out()
    if not run.read and not run.failed_sources:
        console.print("Nothing was read: it is empty, or has not changed since it was last read.")
        return
    console.print(
        f"{run.read:,} read: {', '.join(counts.told(asdict(run)))}; "
        f"{counts.amount(run.issues_added, 'issue')} added, "
        f"{run.issues_updated:,} updated ({seconds:.1f} s)."
    )
    for row in run.rejects[:REJECTS_SHOWN]:
        console.print(styled(f"  {row.source_id} row {row.position}: {row.reason}", "yellow"))
    if run.rejected > REJECTS_SHOWN:
        console.print(f"  … and {run.rejected - REJECTS_SHOWN:,} more.")
