"""Briefs whose items were put elsewhere: what was signed is void, and the scribe follows later."""

from collections.abc import Sequence

from msgspec.structs import replace

from engine.desk import standing
from engine.desk.standing import Standing
from engine.events.brief import BriefUnsettled
from engine.model import Decline, Item, Principal
from engine.review import item_withdrawn, merged_away, regrouped
from engine.review.transitions import Voided
from engine.store import briefs
from engine.store.writer import Tx


def went_into(tx: Tx, brief_id: str, into: str, by: Principal) -> tuple[Decline, ...]:
    """The brief goes with its issue into another; the declines that are still open on it."""
    found = standing.find(tx, brief_id)
    if found is None:
        return ()
    why = f"{by.name} merged the issue into {into}"
    _unsettle(tx, found, merged_away(found.review, into, why), by, why)
    return found.review.declines


def gained(tx: Tx, brief_id: str, other: str, by: Principal, declines: Sequence[Decline]) -> None:
    """The items of another issue came in, and the open declines with them."""
    found = standing.find(tx, brief_id)
    if found is not None:
        why = f"{by.name} merged {other} into the issue"
        _unsettle(tx, found, regrouped(found.review, by, why, tuple(declines)), by, why)


def lost(tx: Tx, brief_id: str, left: Sequence[Item], by: Principal) -> None:
    """Some items went to another issue."""
    found = standing.find(tx, brief_id)
    if found is not None:
        why = f"{by.name} split the issue"
        _forget(tx, found, left)
        _unsettle(tx, found, regrouped(found.review, by, why), by, why)


def without(tx: Tx, brief_id: str, item: Item, by: Principal, why: str) -> None:
    """The item was withdrawn. Only what cites it is void; where it belonged, what was proposed
    may rest on it."""
    found = standing.find(tx, brief_id)
    if found is None or found.review.merged_into:
        return
    is_cited = any(each.item_id == item.id for each in found.revision.content.evidence)
    belongs = brief_id == item.issue_id
    if belongs:
        _forget(tx, found, [item])
    if is_cited:
        _unsettle(tx, found, item_withdrawn(found.review, item.id, by, why), by, why)
    elif belongs:
        _unsettle(tx, found, (found.review, ()), by, why)


def _unsettle(tx: Tx, found: Standing, after: Voided, by: Principal, why: str) -> None:
    """What was proposed was written from other items: the scribe proposes anew."""
    review, voided = after
    row = standing.save(tx, replace(found, review=review, proposal=None))
    tx.record(BriefUnsettled(brief=row, by=by.name, why=why))
    standing.announce_voided(tx, row, voided, why)


def _forget(tx: Tx, found: Standing, left: Sequence[Item]) -> None:
    """The revision takes into account only what is still there of the items it was made from."""
    revision = found.revision
    known = sum(item.arrived <= revision.as_of for item in left)
    briefs.put_revision(tx.connection, replace(revision, items=max(0, revision.items - known)))
