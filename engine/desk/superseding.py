"""A publisher has changed words that a brief cites: the item makes room for a new version.

The old version stays in the store as a withdrawn item does, so that what was cited can still be
read; the new one takes its place in the issue, under an id of its own. Changes that touch nothing
cited are let be: feeds change a word here and there all day.
"""

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from engine.analysis.readings import IssueReading
from engine.desk import editions, withdrawing
from engine.desk.placing import Regrouping
from engine.errors import Conflict
from engine.ingest.dedupe import keyed
from engine.model import Evidence, Item, Keyed, Principal, WithdrawnItem
from engine.review.state import ReviewState
from engine.store import briefs, items
from engine.store.writer import Tx

REASON = "Its publisher changed the words that were cited."


def changed(connection: Connection, batch: Sequence[Keyed]) -> tuple[Keyed, ...]:
    """Those of the batch that the desk holds with other words, of which a brief cites some that
    are gone."""
    again = items.reworded(connection, batch)
    return tuple(
        one for one in batch if one.item.id in again and _superseded(connection, one) is not None
    )


def wanted(connection: Connection, new: Keyed) -> Regrouping:
    """Raises Conflict when it is not, or no longer, a change of cited words."""
    old = _superseded(connection, new)
    if old is None or old.issue_id is None:
        raise Conflict(f"Item {new.item.id!r} has been changed or taken back already.")
    return withdrawing.without(connection, old, old.issue_id, _version(new, old))


def commit(
    tx: Tx, by: Principal, new: Keyed, readings: Mapping[str, IssueReading], position: int
) -> WithdrawnItem:
    """Raises Overtaken, Conflict."""
    old = _superseded(tx.connection, new)
    if old is None:
        raise Conflict(f"Item {new.item.id!r} has been changed or taken back already.")
    version = replace(_version(new, old), edition=editions.current(tx).id)
    items.add(tx.connection, [keyed(version)])
    gone: Item = replace(old, withdrawn=REASON, superseded_by=version.id)
    why = f"{old.publisher or 'Its publisher'} changed what {old.title!r} says"
    return withdrawing.take_out(tx, by, gone, why, readings, position)


def _superseded(connection: Connection, new: Keyed) -> Item | None:
    """The version that stands, if a brief cites words of it that the new one does not have."""
    item = _standing(connection, new.item.id)
    if item is None or item.withdrawn or not item.issue_id:
        return None
    for cited in _citations(connection, item):
        if cited.quote not in (new.item.title if cited.field == "title" else new.item.text):
            return item
    return None


def _standing(connection: Connection, item_id: str) -> Item | None:
    """The newest version of an item."""
    item = items.by_ids(connection, [item_id]).get(item_id)
    while item is not None and item.superseded_by:
        item = items.by_ids(connection, [item.superseded_by]).get(item.superseded_by)
    return item


def _citations(connection: Connection, item: Item) -> list[Evidence]:
    """What briefs quote of it, as they stand and as proposed."""
    found: list[Evidence] = []
    for brief_id in (item.issue_id or "", *item.was_in):
        stored = briefs.get(connection, brief_id)
        if stored is None:
            continue
        number = msgspec.json.decode(stored.review, type=ReviewState).revision
        for one in (briefs.revision(connection, brief_id, number), stored.proposal):
            found += one.content.evidence if one else ()
    return [one for one in found if one.item_id == item.id]


def _version(new: Keyed, old: Item) -> Item:
    """The new words in the place of the old ones."""
    digest = hashlib.sha256(f"{old.id}\0{new.content_key}".encode())
    version: Item = replace(
        new.item,
        id=f"itm-{digest.hexdigest()[:20]}",
        issue_id=old.issue_id,
        duplicate_of=old.duplicate_of,
        was_in=old.was_in,
    )
    return version
