"""Signed heads of the log and the public keys they are checked with."""

from sqlalchemy import Connection, delete, func, insert, select

from engine.model import SignedHead, SigningKey
from engine.store.tables import signed_heads, signing_keys


def add(connection: Connection, head: SignedHead) -> None:
    row = {name: getattr(head, name) for name in SignedHead.__struct_fields__}
    connection.execute(insert(signed_heads).values(row))


def newest(connection: Connection) -> SignedHead | None:
    """The one signed last."""
    query = select(signed_heads).order_by(signed_heads.c.n.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _head(row)


def every(connection: Connection) -> tuple[SignedHead, ...]:
    """All that are kept, in the order they were signed."""
    query = select(signed_heads).order_by(signed_heads.c.n)
    return tuple(_head(row) for row in connection.execute(query))


def after(connection: Connection, n: int, limit: int) -> tuple[int, tuple[SignedHead, ...]]:
    """The next heads behind position ``n``, and the position behind them."""
    query = select(signed_heads).where(signed_heads.c.n > n).order_by(signed_heads.c.n)
    rows = connection.execute(query.limit(limit)).all()
    return (rows[-1].n if rows else n), tuple(_head(row) for row in rows)


def count_after(connection: Connection, n: int) -> int:
    query = select(func.count()).select_from(signed_heads).where(signed_heads.c.n > n)
    return connection.execute(query).scalar_one()


def up_to(connection: Connection, seq: int) -> tuple[SignedHead, ...]:
    """Heads of events up to ``seq``, which leave with them."""
    query = select(signed_heads).where(signed_heads.c.seq <= seq).order_by(signed_heads.c.n)
    return tuple(_head(row) for row in connection.execute(query))


def drop_before(connection: Connection, seq: int) -> None:
    """Forget the heads before ``seq``; the one at it is the boundary and stays."""
    connection.execute(delete(signed_heads).where(signed_heads.c.seq < seq))


def at(connection: Connection, seq: int) -> SignedHead | None:
    query = select(signed_heads).where(signed_heads.c.seq == seq).order_by(signed_heads.c.n)
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else _head(row)


def add_key(connection: Connection, key: SigningKey) -> None:
    row = {name: getattr(key, name) for name in SigningKey.__struct_fields__}
    connection.execute(insert(signing_keys).values(row))


def keys(connection: Connection) -> tuple[SigningKey, ...]:
    """Every public key, oldest first: old ones are kept for good."""
    rows = connection.execute(select(signing_keys).order_by(signing_keys.c.n))
    return tuple(
        SigningKey(
            id=row.id,
            public=row.public,
            endorsed_by=row.endorsed_by,
            endorsement=row.endorsement,
        )
        for row in rows
    )


def _head(row: object) -> SignedHead:
    return SignedHead(**{name: getattr(row, name) for name in SignedHead.__struct_fields__})
