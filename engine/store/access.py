"""Principals, tokens and sessions. Secrets are stored as SHA-256: they are 256 random bits."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    delete,
    insert,
    or_,
    select,
    update,
)

from engine.model import Principal, Record, TokenRow
from engine.store.tables import deputies, idempotency, principals, sessions, tokens


class OpenSession(Record, frozen=True, kw_only=True):
    """A session as it is stored; ``opened`` is None where nobody knows when its person last proved
    who they are. ``roles`` are those it came with, None for the person's own."""

    principal_id: str
    token_id: str | None
    method: str
    opened: datetime | None
    expires: datetime
    parent: bytes | None
    roles: tuple[str, ...] | None = None


class Holder(Record, frozen=True, kw_only=True):
    """Who a live session is for, and until when."""

    principal: Principal
    until: datetime


def principal_named(connection: Connection, name: str) -> Principal | None:
    row = connection.execute(select(principals).where(principals.c.name == name)).one_or_none()
    return None if row is None else Principal(id=row.id, name=row.name, roles=row.roles)


def add_principal(connection: Connection, principal: Principal, since: datetime) -> None:
    row = {
        "id": principal.id,
        "name": principal.name,
        "roles": principal.roles,
        "since": since,
    }
    connection.execute(insert(principals).values(row))


def is_erased(connection: Connection, principal_id: str) -> bool:
    query = select(principals.c.erased).where(principals.c.id == principal_id)
    return bool(connection.execute(query).scalar())


def put_roles(connection: Connection, principal_id: str, roles: tuple[str, ...]) -> None:
    statement = update(principals).where(principals.c.id == principal_id)
    connection.execute(statement.values(roles=roles))


def erase_principal(connection: Connection, principal_id: str, pseudonym: str) -> None:
    """Nobody is left behind the id: no name, no roles, no way in."""
    row = {"name": pseudonym, "roles": (), "erased": True}
    connection.execute(update(principals).where(principals.c.id == principal_id).values(row))
    mine = tokens.c.principal_id == principal_id
    connection.execute(update(tokens).where(mine).values(revoked=True))
    connection.execute(delete(sessions).where(sessions.c.principal_id == principal_id))
    connection.execute(delete(idempotency).where(idempotency.c.principal_id == principal_id))
    connection.execute(delete(deputies).where(deputies.c.principal_id == principal_id))


def add_token(
    connection: Connection,
    *,
    token_id: str,
    principal_id: str,
    digest: bytes,
    created: datetime,
    expires: datetime | None,
    service: bool = False,
) -> None:
    row = {
        "id": token_id,
        "principal_id": principal_id,
        "hash": digest,
        "created": created,
        "expires": expires,
        "revoked": False,
        "service": service,
    }
    connection.execute(insert(tokens).values(row))


def every_token(connection: Connection) -> tuple[TokenRow, ...]:
    """All tokens, newest first."""
    query = _with_principal().order_by(tokens.c.created.desc(), tokens.c.id)
    return tuple(_token_row(row) for row in connection.execute(query))


def token(connection: Connection, token_id: str) -> TokenRow | None:
    query = _with_principal().where(tokens.c.id == token_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _token_row(row)


def token_by_digest(connection: Connection, digest: bytes, now: datetime) -> TokenRow | None:
    """The valid token with this hash: neither revoked nor expired."""
    query = _with_principal().where(tokens.c.hash == digest, tokens.c.revoked.is_(False))
    row = connection.execute(query).one_or_none()
    if row is None or (row.expires is not None and row.expires <= now):
        return None
    return _token_row(row)


def touch_token(connection: Connection, token_id: str, now: datetime) -> None:
    connection.execute(update(tokens).where(tokens.c.id == token_id).values(last_used=now))


def revoke_token(connection: Connection, token_id: str) -> None:
    """Revoke the token and end every session it opened."""
    connection.execute(update(tokens).where(tokens.c.id == token_id).values(revoked=True))
    connection.execute(delete(sessions).where(sessions.c.token_id == token_id))


def add_session(
    connection: Connection,
    *,
    digest: bytes,
    principal_id: str,
    token_id: str | None,
    method: str,
    opened: datetime | None,
    expires: datetime,
    parent: bytes | None = None,
    is_ticket: bool = False,
    roles: tuple[str, ...] | None = None,
) -> None:
    """``parent`` is the session that this one ends with. A ticket opens no request, only another
    session, once."""
    row = {
        "hash": digest,
        "principal_id": principal_id,
        "token_id": token_id,
        "method": method,
        "opened": opened,
        "expires": expires,
        "parent": parent,
        "is_ticket": is_ticket,
        "roles": roles,
    }
    connection.execute(insert(sessions).values(row))


def session(connection: Connection, digest: bytes, now: datetime) -> Holder | None:
    brought = sessions.c.roles.label("brought")
    query = (
        select(principals, sessions.c.method, sessions.c.expires, brought)
        .join(sessions, sessions.c.principal_id == principals.c.id)
        .where(sessions.c.hash == digest, sessions.c.expires > now, sessions.c.is_ticket.is_(False))
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    roles = row.roles if row.brought is None else row.brought
    who = Principal(id=row.id, name=row.name, roles=roles, method=row.method)
    return Holder(principal=who, until=row.expires)


def opened_session(connection: Connection, digest: bytes, now: datetime) -> OpenSession | None:
    """A live session as it was opened."""
    return _open_session(connection, (sessions.c.hash == digest) & ~sessions.c.is_ticket, now)


def take_ticket(connection: Connection, digest: bytes, now: datetime) -> OpenSession | None:
    """A live ticket; it is gone then."""
    mine = (sessions.c.hash == digest) & sessions.c.is_ticket
    found = _open_session(connection, mine, now)
    connection.execute(delete(sessions).where(mine))
    return found


def _open_session(
    connection: Connection, which: ColumnElement[bool], now: datetime
) -> OpenSession | None:
    row = connection.execute(select(sessions).where(which, sessions.c.expires > now)).one_or_none()
    if row is None:
        return None
    return OpenSession(
        principal_id=row.principal_id,
        token_id=row.token_id,
        method=row.method,
        opened=row.opened,
        expires=row.expires,
        parent=row.parent,
        roles=row.roles,
    )


def end_session(connection: Connection, digest: bytes) -> None:
    """End the session, and those made from it."""
    mine = or_(sessions.c.hash == digest, sessions.c.parent == digest)
    connection.execute(delete(sessions).where(mine))


def end_every_session(connection: Connection) -> None:
    connection.execute(delete(sessions))


def forget_expired(connection: Connection, now: datetime) -> None:
    connection.execute(delete(sessions).where(sessions.c.expires <= now))


def _with_principal() -> Select[Any]:
    return select(tokens, principals.c.name, principals.c.roles).join(
        principals, principals.c.id == tokens.c.principal_id
    )


def _token_row(row: Row[tuple[object, ...]]) -> TokenRow:
    return TokenRow(
        id=row.id,
        principal_id=row.principal_id,
        name=row.name,
        roles=row.roles,
        created=row.created,
        expires=row.expires,
        last_used=row.last_used,
        revoked=row.revoked,
        service=row.service,
    )
