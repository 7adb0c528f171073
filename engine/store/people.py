"""People, for whom they stand in, and what waits for a second admin."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Row, bindparam, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from engine.model import Change, Person, Principal, StandIn
from engine.store.access import is_erased
from engine.store.tables import changes, deputies, principals

CLAIMED = frozenset({"jwt", "jwt-service", "oidc"})
"""Methods by which roles come with the credential and hold as long as it does: a signed token, a
program's, and a session that was opened with one."""

_WITH_DEPUTIES = select(principals, deputies.c.role, deputies.c.start, deputies.c.until).join(
    deputies, deputies.c.principal_id == principals.c.id, isouter=True
)
# Built once: every sign-off asks.
_GET = _WITH_DEPUTIES.where(principals.c.id == bindparam("person_id")).order_by(deputies.c.role)


def every(connection: Connection) -> tuple[Person, ...]:
    """Everybody, by name."""
    rows = connection.execute(_WITH_DEPUTIES.order_by(principals.c.name, deputies.c.role))
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row)
    return tuple(_person(of_one) for of_one in found.values())


def get(connection: Connection, person_id: str) -> Person | None:
    rows = connection.execute(_GET, {"person_id": person_id}).all()
    return _person(rows) if rows else None


def as_now(connection: Connection, by: Principal, now: datetime) -> Principal:
    """Who is asking, with the roles of this moment instead of those at signing in, and with the
    stand-ins in force at ``now``."""
    person = get(connection, by.id)
    if person is None:
        return by
    holds_claims = by.method in CLAIMED and not is_erased(connection, by.id)
    roles = by.roles if holds_claims else person.roles
    in_force = tuple(one for one in person.deputy_of if one.start <= now < one.until)
    current: Principal = replace(by, roles=roles, deputy_of=in_force)
    return current


def put_stand_in(connection: Connection, person_id: str, stand_in: StandIn) -> None:
    """A person stands in for a role once: a new term takes the place of the old one."""
    term = {"start": stand_in.start, "until": stand_in.until}
    statement = upsert(deputies).values(principal_id=person_id, role=stand_in.role, **term)
    key = [deputies.c.principal_id, deputies.c.role]
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=term))


def remove_stand_in(connection: Connection, person_id: str, role: str) -> None:
    mine = (deputies.c.principal_id == person_id) & (deputies.c.role == role)
    connection.execute(delete(deputies).where(mine))


# -- what waits ----------------------------------------------------------------------------------


def add_change(connection: Connection, change: Change) -> None:
    row = {"id": change.id, "lapses_at": change.lapses_at, "change": change}
    connection.execute(insert(changes).values(row))


def change(connection: Connection, change_id: str) -> Change | None:
    query = select(changes.c.change).where(changes.c.id == change_id)
    found: Change | None = connection.execute(query).scalar()
    return found


def remove_change(connection: Connection, change_id: str) -> None:
    connection.execute(delete(changes).where(changes.c.id == change_id))


def waiting(connection: Connection) -> tuple[Change, ...]:
    """Everything that waits for a second admin, by id."""
    return tuple(connection.execute(select(changes.c.change).order_by(changes.c.id)).scalars())


def next_lapse(connection: Connection) -> datetime | None:
    query = select(changes.c.lapses_at).order_by(changes.c.lapses_at).limit(1)
    found: datetime | None = connection.execute(query).scalar()
    return found


def _person(rows: Iterable[Row[Any]]) -> Person:
    """One person from their rows: one for each role they stand in for, at least one."""
    first, *_ = of_one = list(rows)
    stand_ins = (
        StandIn(role=row.role, start=row.start, until=row.until) for row in of_one if row.role
    )
    return Person(
        id=first.id,
        name=first.name,
        roles=first.roles,
        since=first.since,
        deputy_of=tuple(stand_ins),
    )
