"""Some items of an issue become one of their own: which, and what is committed."""

from collections.abc import Collection, Mapping
from itertools import count

from msgspec.structs import replace
from sqlalchemy import Connection

from engine.analysis.readings import IssueReading
from engine.desk import unsettled, whereabouts
from engine.desk.holds import refuse_held
from engine.desk.merging import facets, grouped_by, newest_edition
from engine.desk.placing import Overtaken, Regrouping, advance, as_issue
from engine.errors import Declined, Invalid
from engine.events.issue import IssueSplit
from engine.model import Issue, Principal, SplitIssue
from engine.store import briefs, desk, issues, items
from engine.store.writer import Tx

ID_LENGTH = 58
"""What of an id is kept, so that a number fits behind it."""


def wanted(connection: Connection, issue_id: str, leaving: Collection[str]) -> Regrouping:
    """The first of ``read`` is the issue, the second the new one. Raises NotFound, Merged, Invalid,
    OnHold, Declined."""
    _whole(connection, issue_id)
    found = items.of_issues(connection, [issue_id])
    leaving = frozenset(leaving)  # thousands are looked up in thousands
    _check(issue_id, {item.id for item in found}, leaving)
    new_id = _free_id(connection, issue_id)
    said = issues.correction(connection, issue_id)
    return Regrouping(
        seen=desk.analysis_position(connection),
        disbanded=(issue_id,),
        items=tuple(items.elsewhere(i, new_id) if i.id in leaving else i for i in found),
        read=(issue_id, new_id),
        corrections=((issue_id, said),) if said else (),
    )


def commit(
    tx: Tx,
    by: Principal,
    split: Regrouping,
    title: str | None,
    readings: Mapping[str, IssueReading],
    position: int,
) -> SplitIssue:
    """Both issues as they are now. Raises Overtaken, and as ``wanted`` what has come up since."""
    advance(tx, position)
    issue_id, new_id = split.read
    if issues.get(tx.connection, new_id) is not None:
        raise Overtaken
    before = _whole(tx.connection, issue_id)
    leaving = [item for item in split.items if item.issue_id == new_id]
    items.move(tx.connection, [item.id for item in leaving], new_id)
    left = newest_edition(items.of_issue(tx.connection, issue_id))
    chosen_by = grouped_by(by, before)
    after: Issue = replace(as_issue(readings[issue_id], left, before), grouped_by=chosen_by)
    made = as_issue(readings[new_id], newest_edition(leaving), None)
    other: Issue = replace(made, grouped_by=chosen_by)
    if title is not None:
        other = replace(other, title=title, titled_by=by.name)
    issues.put(tx.connection, [after, other])
    tx.record(IssueSplit(issue=after, other=other, was=facets(before), by=by.name))
    unsettled.lost(tx, issue_id, leaving, by)
    return SplitIssue(issue=after, other=other)


def _whole(connection: Connection, issue_id: str) -> Issue:
    """An issue that may be split. What is split off begins without declines, so it must not take
    items along that somebody has objected to."""
    issue = whereabouts.issue(connection, issue_id)
    refuse_held(connection, issue_id)
    stored = briefs.get(connection, issue_id)
    if stored is not None and stored.row.declines:
        roles = " and ".join(dict.fromkeys(each.role for each in stored.row.declines))
        raise Declined(
            f"The brief is declined by {roles}: clear that before you split the issue, "
            "or its items would leave without the objection."
        )
    return issue


def _check(issue_id: str, there: set[str], leaving: frozenset[str]) -> None:
    strangers = sorted(leaving - there)
    if strangers:
        raise Invalid(f"{issue_id!r} has no item {strangers[0]!r}.", field="items")
    if not leaving:
        raise Invalid("Say which items leave.", field="items")
    if leaving == there:
        raise Invalid("Some item must stay: an issue is not split off whole.", field="items")


def _free_id(connection: Connection, issue_id: str) -> str:
    """An id of its own; what was merged away keeps its id."""
    stem = issue_id[:ID_LENGTH].rstrip("-")
    tries = (f"{stem}-{n}" for n in count(2))
    return next(one for one in tries if issues.get(connection, one) is None)
