"""A run that ended before its end is a failure of the command, not an answer. Pure."""

from engine.errors import WireroomError
from engine.model import IngestStatus, RunRow


class RunStopped(WireroomError):
    """The desk had to give a run up, as on a full disk."""

    code = "run_stopped"


def check_whole(run: RunRow, status: IngestStatus) -> None:
    """Raises RunStopped when the desk gave this run up."""
    for stopped in status.stopped:
        if stopped.run.id == run.id:
            raise RunStopped(
                f"The run stopped after {stopped.run.read:,} entries, which stay: {stopped.error} "
                "It goes on when the desk is opened again."
            )
