"""The log as auditors and new followers see it. Pure data."""

from datetime import datetime

from engine.model.desk import Config, Edition
from engine.model.export import ExportRow
from engine.model.ground import Record
from engine.model.issues import Issue
from engine.model.news import RunRow, SourceRow
from engine.model.people import Change
from engine.model.review import BriefRow, Interrupt


class AuditRow(Record, frozen=True, kw_only=True):
    cursor: str
    type: str
    subject: str
    time: datetime
    hash: str
    data: dict[str, object] | None


class Snapshot(Record, frozen=True, kw_only=True):
    """The desk at one position of the log. A topic that was not asked for is None."""

    at: str
    edition: Edition
    issues: tuple[Issue, ...] | None = None
    briefs: tuple[BriefRow, ...] | None = None
    interrupt: Interrupt | None = None
    config: Config | None = None
    exports: tuple[ExportRow, ...] | None = None
    sources: tuple[SourceRow, ...] | None = None
    last_run: RunRow | None = None
    changes: tuple[Change, ...] | None = None
