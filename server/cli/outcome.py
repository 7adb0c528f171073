"""How a run ended, as a command tells it. Pure."""

from collections.abc import Sequence

from msgspec.structs import replace

from engine.errors import WireroomError
from engine.model import IngestStatus, RunRow, SourceRow
from server.cli.counts import amount


class RunStopped(WireroomError):
    """The desk had to give a run up, as on a full disk."""

    code = "run_stopped"


def check_whole(run: RunRow, status: IngestStatus) -> None:
    """Raises RunStopped when the desk gave this run up: that is a failure, not an answer."""
    for stopped in status.stopped:
        if stopped.run.id == run.id:
            read = amount(stopped.run.read, "entry, which stays", "entries, which stay")
            raise RunStopped(
                f"The run stopped after {read}: {stopped.error} "
                "It goes on when the desk is opened again."
            )


def with_titles(run: RunRow, sources: Sequence[SourceRow]) -> RunRow:
    """The run with its errors under the titles of the sources, which people know."""
    titles = {row.source.id: row.source.title for row in sources}
    errors = {titles.get(source_id, source_id): why for source_id, why in run.errors.items()}
    titled: RunRow = replace(run, errors=errors)
    return titled
