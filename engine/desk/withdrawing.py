"""A publisher took an item back: what is committed."""

from collections.abc import Mapping

from msgspec.structs import replace
from sqlalchemy import Connection

from engine.analysis.readings import IssueReading
from engine.desk import unsettled, whereabouts
from engine.desk.merging import facets, grouped_by, newest_edition
from engine.desk.placing import Regrouping, advance, as_issue
from engine.errors import Conflict, NotFound
from engine.events.issue import IssueUpdated
from engine.events.item import ItemWithdrawn
from engine.model import Issue, Item, Principal, WithdrawnItem
from engine.store import desk, issues, items
from engine.store.writer import Tx


def wanted(connection: Connection, item_id: str) -> Regrouping:
    """Raises NotFound, Conflict for an item that was withdrawn before."""
    return without(connection, *_item(connection, item_id))


def without(connection: Connection, item: Item, issue_id: str, *instead: Item) -> Regrouping:
    """Its issue without the item, and with what has come ``instead``."""
    found = items.of_issues(connection, [issue_id])
    left = (*(one for one in found if one.id != item.id), *instead)
    said = issues.correction(connection, issue_id)
    return Regrouping(
        seen=desk.analysis_position(connection),
        disbanded=(issue_id,),
        items=left,
        read=(issue_id,) if left else (),
        corrections=((issue_id, said),) if left and said else (),
    )


def commit(
    tx: Tx,
    by: Principal,
    item_id: str,
    reason: str,
    readings: Mapping[str, IssueReading],
    position: int,
) -> WithdrawnItem:
    """Raises Overtaken."""
    item, _ = _item(tx.connection, item_id)
    why = f"{item.publisher or 'Its publisher'} took back {item.title!r}"
    return take_out(tx, by, replace(item, withdrawn=reason), why, readings, position)


def take_out(
    tx: Tx,
    by: Principal,
    item: Item,
    why: str,
    readings: Mapping[str, IssueReading],
    position: int,
) -> WithdrawnItem:
    """Store the item as withdrawn; its issue and briefs go on without it. Raises Overtaken."""
    advance(tx, position)
    issue_id = item.issue_id or ""
    items.withdraw(tx.connection, item)
    row = WithdrawnItem(
        id=item.id,
        title=item.title,
        url=item.url,
        publisher=item.publisher,
        issue_id=issue_id,
        reason=item.withdrawn,
        by=by.name,
        at=tx.now,
        superseded_by=item.superseded_by,
    )
    tx.record(ItemWithdrawn(item=row))
    _reread(tx, issue_id, readings, by)
    for brief_id in (issue_id, *item.was_in):
        unsettled.without(tx, brief_id, item, by, why)
    return row


def _item(connection: Connection, item_id: str) -> tuple[Item, str]:
    """The item and the issue it is in; an erased one is in none."""
    item = items.by_ids(connection, [item_id]).get(item_id)
    if item is None or item.issue_id is None:
        raise NotFound(f"There is no item {item_id[:64]!r}.")
    if item.withdrawn:
        raise Conflict(f"Item {item_id!r} was withdrawn before.")
    return item, item.issue_id


def _reread(tx: Tx, issue_id: str, readings: Mapping[str, IssueReading], by: Principal) -> None:
    """An issue whose last item was withdrawn is in no edition any more."""
    before = whereabouts.issue(tx.connection, issue_id)
    left = items.of_issue(tx.connection, issue_id)
    after: Issue = replace(before, edition="", item_count=0, source_count=0, duplicate_count=0)
    if left:
        after = as_issue(readings[issue_id], newest_edition(left), before)
    after = replace(after, grouped_by=grouped_by(by, before))
    issues.put(tx.connection, [after])
    tx.record(IssueUpdated(issue=after, was=facets(before)))
