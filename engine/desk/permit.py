"""Whether somebody may do this as they stand now, asked where it is committed.

A credential is believed for a second and a request may take longer than that: roles that were taken
away since, and terms of deputies that are over, count for nothing here.
"""

from datetime import datetime

from sqlalchemy import Connection

from engine.desk.rights import Action, require
from engine.model import Principal
from engine.store import desk, people
from engine.store.writer import Tx


def permit(tx: Tx, by: Principal, action: Action) -> Principal:
    """Who asks, with the roles of this moment. Raises Unauthenticated, NotAllowed."""
    return permitted(tx.connection, by, action, tx.now)


def permitted(connection: Connection, by: Principal, action: Action, now: datetime) -> Principal:
    """As ``permit``, for a look ahead of the transaction."""
    current = people.as_now(connection, by, now)
    require(current, action, desk.config(connection))
    return current
