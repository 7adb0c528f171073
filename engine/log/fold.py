"""Applying an event to a snapshot: what a follower must do to stay right. Pure.

Holds the promise of "snapshot, then follow": for every event, the fold of an old snapshot equals
a fresh one. Clients in other languages can be checked against it.
"""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from engine.events.access import AccessChangeAsked, AccessChangeClosed
from engine.events.desk import ConfigChanged, EditionOpened
from engine.events.event import Event
from engine.events.export import ExportCreated, ExportRedacted
from engine.events.ingest import IngestFinished, IngestSourceRemoved
from engine.events.recorded import Recorded
from engine.events.review import ReviewInterrupted, ReviewResumed
from engine.events.table import BY_TYPE
from engine.model import BriefRow, Change, ExportRow, Issue, Snapshot, SourceRow
from engine.record import TOMBSTONE

ISSUES = ("issue", "merged", "other")
"""Fields in which events carry rows of issues."""

Row = TypeVar("Row", Issue, BriefRow, ExportRow)


def apply(snapshot: Snapshot, line: Recorded) -> Snapshot:
    """The snapshot after one more event; one that was erased moves only the position."""
    if line.data == TOMBSTONE:
        return msgspec.structs.replace(snapshot, at=line.cursor)
    event = msgspec.json.decode(line.data, type=BY_TYPE[line.type].of)
    changed = _apply(snapshot, event)
    return msgspec.structs.replace(changed, at=line.cursor)


def _apply(snapshot: Snapshot, event: Event) -> Snapshot:
    snapshot = _with_rows(snapshot, event)
    change = msgspec.structs.replace
    match event:
        case EditionOpened(edition=edition):
            return _rolled_over(snapshot, edition.id, change(snapshot, edition=edition))
        case ConfigChanged(config=config) if snapshot.config is not None:
            return change(snapshot, config=config)
        case ReviewInterrupted(interrupt=interrupt) | ReviewResumed(interrupt=interrupt):
            return _if_asked(snapshot, "interrupt", interrupt)
        case AccessChangeAsked(change=asked) | AccessChangeClosed(change=asked):
            return _if_asked(snapshot, "changes", _waiting(snapshot.changes or (), asked))
        case IngestFinished(run=run, sources=sources) if snapshot.sources is not None:
            for source in sources:
                snapshot = change(snapshot, sources=_put_source(snapshot.sources or (), source))
            return change(snapshot, last_run=run)
        case IngestSourceRemoved(source_id=source_id) if snapshot.sources is not None:
            kept = tuple(row for row in snapshot.sources if row.source.id != source_id)
            return change(snapshot, sources=kept)
    return snapshot


def _if_asked(snapshot: Snapshot, field: str, value: object) -> Snapshot:
    if getattr(snapshot, field) is None:
        return snapshot
    return msgspec.structs.replace(snapshot, **{field: value})


def _with_rows(snapshot: Snapshot, event: Event) -> Snapshot:
    """Take over every row the event carries."""
    edition = snapshot.edition.id
    change = msgspec.structs.replace
    for name in ISSUES:
        issue: Issue | None = getattr(event, name, None)
        if issue is not None and snapshot.issues is not None:
            listed = [row for row in _put(snapshot.issues, issue) if row.edition == edition]
            snapshot = change(snapshot, issues=sorted_issues(listed))
    brief: BriefRow | None = getattr(event, "brief", None)
    if brief is not None and snapshot.briefs is not None:
        kept = [row for row in _put(snapshot.briefs, brief) if belongs(row, edition)]
        snapshot = change(snapshot, briefs=sorted_briefs(kept))
    source: SourceRow | None = getattr(event, "source", None)
    if source is not None and snapshot.sources is not None:
        snapshot = change(snapshot, sources=_put_source(snapshot.sources, source))
    if isinstance(event, ExportRedacted) and snapshot.exports is not None:
        known = event.export
        exports = (known if row.id == known.id else row for row in snapshot.exports)
        snapshot = change(snapshot, exports=tuple(exports))
    if isinstance(event, ExportCreated) and snapshot.exports is not None:
        snapshot = change(snapshot, exports=(*snapshot.exports, event.export))
    return snapshot


def belongs(row: BriefRow, edition: str) -> bool:
    """A brief shows while its edition lasts, and for as long as people work on it."""
    return row.edition == edition or row.state == "in_review"


def sorted_issues(rows: Iterable[Issue]) -> tuple[Issue, ...]:
    """Highest score first; equal scores by id, so that the order is the same everywhere."""
    return tuple(sorted(rows, key=lambda row: (-row.score, row.id)))


def sorted_briefs(rows: Iterable[BriefRow]) -> tuple[BriefRow, ...]:
    return tuple(sorted(rows, key=lambda row: row.id))


def _rolled_over(snapshot: Snapshot, edition: str, opened: Snapshot) -> Snapshot:
    if edition == snapshot.edition.id:  # it only lasts longer
        return opened
    return msgspec.structs.replace(
        opened,
        issues=None if snapshot.issues is None else (),
        briefs=None
        if snapshot.briefs is None
        else tuple(row for row in snapshot.briefs if belongs(row, edition)),
        exports=None if snapshot.exports is None else (),
    )


def _put(rows: Iterable[Row], row: Row) -> list[Row]:
    kept = [other for other in rows if other.id != row.id]
    kept.append(row)
    return kept


def _put_source(rows: Iterable[SourceRow], row: SourceRow) -> tuple[SourceRow, ...]:
    others = [other for other in rows if other.source.id != row.source.id]
    return tuple(sorted([*others, row], key=lambda one: one.source.id))


def _waiting(changes: Iterable[Change], change: Change) -> tuple[Change, ...]:
    """Those that still wait for a second admin, by id."""
    kept = [other for other in changes if other.id != change.id]
    if change.state == "waiting":
        kept.append(change)
    return tuple(sorted(kept, key=lambda one: one.id))
