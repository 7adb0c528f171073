"""Legal holds, by subject."""

from sqlalchemy import Connection, delete, insert, select

from engine.model import Hold
from engine.store.tables import holds


def add(connection: Connection, hold: Hold) -> None:
    connection.execute(insert(holds).values(subject=hold.subject, hold=hold))


def get(connection: Connection, subject: str) -> Hold | None:
    found: Hold | None = connection.execute(
        select(holds.c.hold).where(holds.c.subject == subject)
    ).scalar()
    return found


def remove(connection: Connection, subject: str) -> None:
    connection.execute(delete(holds).where(holds.c.subject == subject))


def every(connection: Connection) -> tuple[Hold, ...]:
    return tuple(connection.execute(select(holds.c.hold).order_by(holds.c.subject)).scalars())


def subjects(connection: Connection) -> frozenset[str]:
    return frozenset(connection.execute(select(holds.c.subject)).scalars())
