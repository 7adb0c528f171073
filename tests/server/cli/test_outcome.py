"""What a command makes of a run that ended before its end."""

from datetime import UTC, datetime

import pytest

from engine.model import IngestStatus, RunRow, StoppedRun
from server.cli.outcome import RunStopped, check_whole

AT = datetime(2026, 3, 2, 7, tzinfo=UTC)


def row(run_id: str) -> RunRow:
    return RunRow(id=run_id, started=AT, source_ids=(), read=500)


def status(*stopped: StoppedRun) -> IngestStatus:
    return IngestStatus(
        count=0, sources=(), last_run=None, running=(), progress=(), stopped=stopped
    )


def test_a_run_that_was_given_up_says_how_far_it_came_and_why() -> None:
    given_up = StoppedRun(run=row("run-1"), error="The disk is full.")

    with pytest.raises(RunStopped, match="after 500 entries, which stay: The disk is full"):
        check_whole(row("run-1"), status(given_up))


def test_a_run_that_came_to_its_end_is_not_blamed_for_another() -> None:
    check_whole(row("run-2"), status(StoppedRun(run=row("run-1"), error="The disk is full.")))
