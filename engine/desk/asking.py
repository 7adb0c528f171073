"""What waits for a second admin: asked for, closed, lapsed. In the caller's transaction."""

import secrets

from msgspec.structs import replace

from engine.events.access import AccessChangeAsked, AccessChangeClosed
from engine.model import Change, Principal, Wanted
from engine.review.two_people import WAITS_FOR, check_two_people
from engine.store import people
from engine.store.writer import Tx


def ask(tx: Tx, by: Principal, what: Wanted) -> Change:
    """Set it down for another admin to confirm. What already waits is not set down twice."""
    check_two_people(by)
    for known in people.waiting(tx.connection):
        if known.what == what and tx.now < known.lapses_at:
            return known
    change = Change(
        id=f"chg-{secrets.token_hex(6)}",
        what=what,
        asked_by=by.name,
        asked_by_id=by.id,
        asked_at=tx.now,
        lapses_at=tx.now + WAITS_FOR,
    )
    people.add_change(tx.connection, change)
    tx.record(AccessChangeAsked(change=change))
    return change


def close(tx: Tx, change: Change, state: str, by: str) -> Change:
    """It no longer waits: confirmed, refused or lapsed."""
    closed: Change = replace(change, state=state, closed_by=by)
    people.remove_change(tx.connection, change.id)
    tx.record(AccessChangeClosed(change=closed))
    return closed


def lapse(tx: Tx) -> None:
    """Close what nobody confirmed in time."""
    for change in people.waiting(tx.connection):
        if change.lapses_at <= tx.now:
            close(tx, change, "lapsed", "system")
