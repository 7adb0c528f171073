"""Which edition it is now, decided inside the transaction that needs to know."""

from engine.events.desk import EditionOpened
from engine.ingest.schedule import edition_at
from engine.model import Edition
from engine.store import desk
from engine.store.writer import Tx


def current(tx: Tx) -> Edition:
    """The edition of this moment; opens the next one when the last has closed.

    A stored edition lasts until its own end, so a change of time zone or cadence applies from
    the next one.
    """
    stored = desk.edition(tx.connection)
    if stored is not None and tx.now < stored.closes_at:
        return stored
    opened = edition_at(desk.config(tx.connection), tx.now)
    if stored is not None and opened.id <= stored.id:
        # West over the date line the same day comes again: the edition lasts on, ids never repeat.
        opened = Edition(id=stored.id, opens_at=stored.opens_at, closes_at=opened.closes_at)
    elif stored is not None and opened.opens_at < stored.closes_at:
        # The new zone's day began before the old edition closed: no moment belongs to two.
        opened = Edition(id=opened.id, opens_at=stored.closes_at, closes_at=opened.closes_at)
    desk.put_edition(tx.connection, opened)
    tx.record(EditionOpened(edition=opened))
    return opened
