"""Principals, tokens and sessions. Secrets are stored as SHA-256: they are 256 random bits."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from engine.model import Principal, TokenRow
from engine.store.tables import deputies, idempotency, principals, sessions, tokens


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


def put_roles(connection: Connection, principal_id: str, roles: tuple[str, ...]) -> None:
    statement = update(principals).where(principals.c.id == principal_id)
    connection.execute(statement.values(roles=roles))


def erase_principal(connection: Connection, principal_id: str, pseudonym: str) -> None:
    """Nobody is left behind the id: no name, no roles, no way in."""
    row = {"name": pseudonym, "roles": ()}
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
) -> None:
    row = {
        "id": token_id,
        "principal_id": principal_id,
        "hash": digest,
        "created": created,
        "expires": expires,
        "revoked": False,
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
    expires: datetime,
) -> None:
    row = {
        "hash": digest,
        "principal_id": principal_id,
        "token_id": token_id,
        "method": method,
        "expires": expires,
    }
    connection.execute(insert(sessions).values(row))


def session(connection: Connection, digest: bytes, now: datetime) -> Principal | None:
    """Who a live session is for."""
    query = (
        select(principals, sessions.c.method)
        .join(sessions, sessions.c.principal_id == principals.c.id)
        .where(sessions.c.hash == digest, sessions.c.expires > now)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Principal(id=row.id, name=row.name, roles=row.roles, method=row.method)


def end_session(connection: Connection, digest: bytes) -> None:
    connection.execute(delete(sessions).where(sessions.c.hash == digest))


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
    )
