"""What happens while things come in."""

from engine.events.event import Event
from engine.model import Progress, RunRow, SourceRow


class IngestStarted(Event, frozen=True, kw_only=True):
    run: RunRow


class IngestFinished(Event, frozen=True, kw_only=True):
    """``sources`` are the rows of every source the run read."""

    run: RunRow
    sources: tuple[SourceRow, ...] = ()


class IngestSourceFailed(Event, frozen=True, kw_only=True):
    source: SourceRow


class IngestSourceRecovered(Event, frozen=True, kw_only=True):
    source: SourceRow


class IngestSourceAdded(Event, frozen=True, kw_only=True):
    source: SourceRow


class IngestSourceRemoved(Event, frozen=True, kw_only=True):
    source_id: str


class IngestProgress(Event, frozen=True, kw_only=True):
    progress: Progress
