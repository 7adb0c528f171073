"""One issue goes into another: which items move, and what is committed."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection

from engine.analysis.readings import IssueReading
from engine.desk import unsettled, whereabouts
from engine.desk.holds import refuse_held
from engine.desk.placing import Regrouping, advance, as_issue
from engine.errors import Conflict, Invalid
from engine.events.event import Facets
from engine.events.issue import IssueMerged, IssueUpdated
from engine.model import Issue, Item, Principal
from engine.store import briefs, desk, issues, items
from engine.store.writer import Tx


def wanted(connection: Connection, gone_id: str, into_id: str) -> Regrouping:
    """Raises NotFound, Merged, Invalid, OnHold, Conflict."""
    _check(connection, gone_id, into_id)
    both = (gone_id, into_id)
    found = items.of_issues(connection, both)
    if not found:
        raise Conflict("No item of the two issues is kept any more.")
    said = issues.correction(connection, into_id)
    return Regrouping(
        seen=desk.analysis_position(connection),
        disbanded=both,
        items=tuple(i if i.issue_id == into_id else items.elsewhere(i, into_id) for i in found),
        read=(into_id,),
        corrections=((into_id, said),) if said else (),
    )


def commit(
    tx: Tx,
    by: Principal,
    gone_id: str,
    into_id: str,
    readings: Mapping[str, IssueReading],
    position: int,
) -> Issue:
    """The issue that is left. Raises Overtaken."""
    advance(tx, position)
    gone, into = _check(tx.connection, gone_id, into_id)
    items.move(tx.connection, [i.id for i in items.of_issue(tx.connection, gone_id)], into_id)
    newest = newest_edition(items.of_issue(tx.connection, into_id))
    read = as_issue(readings[into_id], newest, into)
    after: Issue = replace(read, grouped_by=grouped_by(by, into, gone))
    away: Issue = replace(gone, edition="", merged_into=into_id)
    issues.put(tx.connection, [after, away])
    tx.record(IssueMerged(issue=after, merged=away, was=facets(gone), by=by.name))
    tx.record(IssueUpdated(issue=after, was=facets(into)))
    declines = unsettled.went_into(tx, gone_id, into_id, by)
    unsettled.gained(tx, into_id, gone_id, by, declines)
    return after


def newest_edition(found: Sequence[Item]) -> str:
    """An issue is in the edition in which it last gained an item."""
    return max(item.edition for item in found)


def grouped_by(by: Principal, *before: Issue) -> tuple[str, ...]:
    """``by`` has chosen items, from issues whose items others may have chosen earlier."""
    earlier = (name for issue in before for name in issue.grouped_by)
    return tuple(dict.fromkeys((*earlier, by.name)))


def facets(issue: Issue) -> Facets:
    return Facets(quadrant=issue.quadrant, score=issue.score)


def _check(connection: Connection, gone_id: str, into_id: str) -> tuple[Issue, Issue]:
    """What people have written or declined must not get lost, nor what a hold covers."""
    gone, into = whereabouts.issue(connection, gone_id), whereabouts.issue(connection, into_id)
    if gone_id == into_id:
        raise Invalid("An issue cannot be merged into itself.", field="into")
    refuse_held(connection, gone_id)
    written, other = briefs.get(connection, gone_id), briefs.get(connection, into_id)
    if written is not None and written.row.state != "draft" and other is None:
        raise Conflict(
            f"People work on the brief of {gone_id!r}, and {into_id!r} has none: "
            "merge them the other way round."
        )
    return gone, into
