"""The event log's rows: head, ranges, audit pages. Appending is the writer's."""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    LargeBinary,
    Row,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import DatabaseError

from engine.errors import StoreFailed
from engine.events.recorded import Recorded
from engine.record import GENESIS, TOMBSTONE, Head, restore
from engine.store.tables import events, log_head


def head(connection: Connection) -> Head:
    """Where the log ends. A new store gets its epoch here."""
    row = connection.execute(select(log_head)).one_or_none()
    if row is None:
        return _begin(connection)
    return _head(row)


def _head(row: Row[Any]) -> Head:
    return Head(epoch=row.epoch, seq=row.seq, hash=row.hash)


def _begin(connection: Connection) -> Head:
    fresh = Head(epoch=secrets.token_hex(4), seq=0, hash=GENESIS)
    row = {"id": 1, "epoch": fresh.epoch, "seq": 0, "hash": GENESIS}
    connection.execute(insert(log_head).values(row))
    return fresh


def end(connection: Connection) -> Head:
    """As ``head``, of a store that is only looked at."""
    row = connection.execute(select(log_head)).one_or_none()
    return Head(epoch="", seq=0, hash=GENESIS) if row is None else _head(row)


def after(connection: Connection, seq: int, limit: int) -> list[Recorded]:
    """Events with a higher number than ``seq``, ascending."""
    epoch = head(connection).epoch
    query = select(events).where(events.c.seq > seq).order_by(events.c.seq).limit(limit)
    return [_restored(epoch, row) for row in connection.execute(query)]


def floor(connection: Connection) -> int:
    """The lowest cursor that can still be served whole."""
    first = connection.execute(select(func.min(events.c.seq))).scalar()
    return end(connection).seq if first is None else int(first) - 1


def page(
    connection: Connection,
    *,
    subject: str | None = None,
    type_: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after_seq: int = 0,
    without: tuple[str, ...] = (),
    limit: int,
) -> list[Recorded]:
    """Events that match every given condition, ascending.

    ``until`` is exclusive; ``without`` names topics to leave out.
    """
    query = select(events).where(events.c.seq > after_seq)
    if subject is not None:
        query = query.where(events.c.subject == subject)
    if type_ is not None:
        query = query.where(events.c.type == type_)
    for topic in without:
        query = query.where(events.c.type.not_like(f"{topic}.%"))
    if since is not None:
        query = query.where(events.c.time >= since)
    if until is not None:
        query = query.where(events.c.time < until)
    epoch = head(connection).epoch
    rows = connection.execute(query.order_by(events.c.seq).limit(limit))
    return [_restored(epoch, row) for row in rows]


def of_brief(connection: Connection, brief_id: str, limit: int) -> list[Recorded]:
    """The newest ``limit`` events about a brief (not its issue's), oldest first."""
    query = select(events).where(events.c.subject == brief_id, events.c.type.not_like("issue.%"))
    epoch = head(connection).epoch
    rows = connection.execute(query.order_by(events.c.seq.desc()).limit(limit))
    return [_restored(epoch, row) for row in rows][::-1]


def every(connection: Connection, batch: int = 500) -> Iterator[Recorded]:
    """The whole log, in order, without holding it in memory."""
    at = 0
    while lines := after(connection, at, batch):
        yield from lines
        at = lines[-1].seq


def blank(connection: Connection, seqs: Sequence[int]) -> None:
    """Put a tombstone in place of the data of these events, and keep the digest that the chain
    needs. Deleted bytes are overwritten in the file."""
    connection.exec_driver_sql("PRAGMA secure_delete=ON")
    query = select(events.c.seq, events.c.data).where(
        events.c.seq.in_(seqs), events.c.digest.is_(None)
    )
    for seq, data in connection.execute(query).all():
        digest = hashlib.sha256(data).digest()
        row = update(events).where(events.c.seq == seq)
        connection.execute(row.values(data=TOMBSTONE, digest=digest))


def drop_up_to(connection: Connection, seq: int) -> None:
    """Let go of the events up to ``seq``, which the archive holds by now."""
    connection.execute(delete(events).where(events.c.seq <= seq))


class Mention(NamedTuple):
    seq: int
    type: str
    subject: str
    data: bytes


def mentioning(
    connection: Connection,
    needles: Sequence[bytes],
    subjects: Sequence[str] | None,
    *,
    after: int,
    up_to: int,
    limit: int,
) -> list[Mention]:
    """Events, about one of ``subjects`` if given, whose data holds one of ``needles``; without
    those that were erased."""
    holds = (func.instr(events.c.data, literal(needle, LargeBinary)) > 0 for needle in needles)
    query = select(events.c.seq, events.c.type, events.c.subject, events.c.data).where(
        events.c.seq > after, events.c.seq <= up_to, events.c.digest.is_(None), or_(*holds)
    )
    if subjects is not None:
        query = query.where(events.c.subject.in_(subjects))
    rows = connection.execute(query.order_by(events.c.seq).limit(limit))
    return [Mention(*row) for row in rows]


_STORED = text(
    "SELECT seq, CAST(type AS BLOB), CAST(subject AS BLOB), CAST(time AS BLOB), data, hash, digest,"
    " typeof(seq), typeof(type), typeof(subject), typeof(time), typeof(data), typeof(hash),"
    " typeof(digest) FROM events NOT INDEXED ORDER BY seq LIMIT :limit"
)


def stored(connection: Connection, limit: int = -1) -> Iterator[tuple[Any, ...]]:
    """The rows as SQLite keeps them, in order: seven columns, then the kind of each.

    Texts come as bytes, so that no damage is read as something else. Raises StoreFailed where the
    pages themselves are damaged.
    """
    try:
        for row in connection.execute(
            _STORED, {"limit": limit}, execution_options={"yield_per": 500}
        ):
            yield tuple(row)
    except DatabaseError as error:
        raise StoreFailed(f"the database is damaged: {error.orig}.") from None


def index_problems(connection: Connection) -> list[str]:
    """What SQLite itself finds wrong with the pages and indexes of the log."""
    found = connection.exec_driver_sql("PRAGMA integrity_check('events')").scalars().all()
    return [] if found == ["ok"] else [str(each) for each in found]


def _restored(epoch: str, row: Row[tuple[object, ...]]) -> Recorded:
    return restore(epoch, row.seq, row.type, row.subject, row.time, row.data, row.hash)
