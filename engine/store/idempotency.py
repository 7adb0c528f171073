"""Answers already given, by principal and Idempotency-Key."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, LargeBinary, delete, func, insert, literal, select, update

from engine.model import Record
from engine.store.tables import idempotency


class Answered(Record, frozen=True, kw_only=True):
    """``answer`` is None while the first request is still being worked on."""

    request: bytes
    answer: bytes | None
    at: datetime


def get(connection: Connection, principal_id: str, key: str) -> Answered | None:
    query = select(idempotency).where(
        idempotency.c.principal_id == principal_id, idempotency.c.key == key
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Answered(request=row.request, answer=row.answer, at=row.at)


def claim(
    connection: Connection, principal_id: str, key: str, request: bytes, now: datetime
) -> None:
    """Also in place of an earlier claim."""
    release(connection, principal_id, key)
    row = {"principal_id": principal_id, "key": key, "request": request, "at": now}
    connection.execute(insert(idempotency).values(row))


def answer(connection: Connection, principal_id: str, key: str, body: bytes) -> None:
    statement = update(idempotency).where(
        idempotency.c.principal_id == principal_id, idempotency.c.key == key
    )
    connection.execute(statement.values(answer=body))


def release(connection: Connection, principal_id: str, key: str) -> None:
    """Forget a claim whose request failed: the caller may try again."""
    connection.execute(
        delete(idempotency).where(
            idempotency.c.principal_id == principal_id, idempotency.c.key == key
        )
    )


def forget_before(connection: Connection, moment: datetime) -> None:
    connection.execute(delete(idempotency).where(idempotency.c.at < moment))


def forget_holding(connection: Connection, needle: bytes) -> None:
    """Forget the answers that hold ``needle``."""
    held = func.instr(idempotency.c.answer, literal(needle, LargeBinary)) > 0
    connection.execute(delete(idempotency).where(held))


def forget_all(connection: Connection) -> None:
    connection.execute(delete(idempotency))


def forget_unanswered(connection: Connection, but: Collection[tuple[str, str]]) -> None:
    """Forget the claims, ``but`` these, that a crash left open."""
    query = select(idempotency.c.principal_id, idempotency.c.key)
    for row in connection.execute(query.where(idempotency.c.answer.is_(None))).all():
        if tuple(row) not in but:
            release(connection, *row)
