"""Progress bars of an ingest, one per source, on stderr."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from engine.model import Progress
from server.cli.terminal import plain

COUNTS = (
    "{task.fields[new]} new, {task.fields[duplicates]} copies, {task.fields[rejected]} rejected"
)


class Bars:
    """What ``ingest.progress`` says, as bars; a source seen for the first time gets its own."""

    def __init__(self, drawn: RichProgress) -> None:
        self._drawn = drawn
        self._rows: dict[tuple[str, str], TaskID] = {}

    def show(self, progress: Progress) -> None:
        key = (progress.run_id, progress.source_id)
        if key not in self._rows:
            self._rows[key] = self._drawn.add_task(
                plain(progress.source_id), total=None, new=0, duplicates=0, rejected=0
            )
        self._drawn.update(
            self._rows[key],
            completed=progress.read,
            total=progress.read if progress.done else progress.total,
            new=progress.new,
            duplicates=progress.duplicates,
            rejected=progress.rejected,
        )


@contextmanager
def bars(console: Console) -> Iterator[Bars]:
    """Bars on ``console`` until the block ends; nothing is drawn where nobody watches."""
    drawn = RichProgress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn(COUNTS),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with drawn:
        yield Bars(drawn)
