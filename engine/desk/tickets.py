"""One-time tickets: how a page that must not hold a token lets a stream in."""

import secrets
from datetime import datetime, timedelta

from engine.desk.context import Context
from engine.desk.credential import NO_CREDENTIAL, check_length, digest
from engine.desk.identity import Identity
from engine.errors import Unauthenticated
from engine.model import Principal, Ticket, TokenRow
from engine.store import access as rows
from engine.store import people
from engine.store.access import OpenSession
from engine.store.writer import Tx

LASTS = timedelta(seconds=30)


class Tickets:
    """A ticket is a session that opens nothing but one other session, once, within 30 seconds.

    They are kept in the store, as hashes: during a restart either process takes what the other
    gave out.
    """

    def __init__(self, context: Context, identity: Identity) -> None:
        self._context = context
        self._identity = identity

    async def for_session(self, secret: str) -> Ticket:
        """A ticket from a session, with which it ends. Raises Unauthenticated."""
        return await self._from(digest(secret))

    async def _from(self, key: bytes) -> Ticket:
        def command(tx: Tx) -> Ticket:
            session = rows.opened_session(tx.connection, key, tx.now)
            if session is None:
                raise Unauthenticated(NO_CREDENTIAL)
            return _issue(tx, session, parent=key)

        return await self._context.write(command)

    async def for_token(self, token: str) -> Ticket:
        """A ticket from a bearer token, with which it ends. Raises Unauthenticated."""
        check_length(token)
        if self._identity.takes(token):
            return await self._from(await self._identity.stand_for(token))
        key = digest(token)

        def command(tx: Tx) -> Ticket:
            row = rows.token_by_digest(tx.connection, key, tx.now)
            if row is None:
                raise Unauthenticated(NO_CREDENTIAL)
            return _issue(tx, self._as_session(row, tx.now), parent=None)

        return await self._context.write(command)

    async def redeem(self, ticket: str) -> tuple[Principal, str]:
        """Who it is for, and the secret of the session it opened; it is worth nothing then.
        Raises Unauthenticated."""
        key, secret = digest(ticket), secrets.token_urlsafe(32)

        def command(tx: Tx) -> Principal:
            found = rows.take_ticket(tx.connection, key, tx.now)
            until = None if found is None else self._until(tx, found)
            if found is None or until is None or until <= tx.now:
                raise Unauthenticated(NO_CREDENTIAL)
            _add(tx, secret, found, until=until, parent=found.parent)
            opened = rows.session(tx.connection, digest(secret), tx.now)
            if opened is None:
                raise Unauthenticated(NO_CREDENTIAL)
            return people.as_now(tx.connection, opened.principal, tx.now)

        return await self._context.write(command), secret

    def _as_session(self, row: TokenRow, now: datetime) -> OpenSession:
        return OpenSession(
            principal_id=row.principal_id,
            token_id=row.id,
            method="service" if row.service else "token",
            opened=now,
            expires=row.expires or now + self._longest,
            parent=None,
        )

    def _until(self, tx: Tx, ticket: OpenSession) -> datetime | None:
        """No longer than what it came from; None when that has ended meanwhile."""
        if ticket.parent is not None:
            parent = rows.opened_session(tx.connection, ticket.parent, tx.now)
            return None if parent is None else parent.expires
        token = rows.token(tx.connection, ticket.token_id or "")
        if token is None or token.revoked:
            return None
        return token.expires or tx.now + self._longest

    @property
    def _longest(self) -> timedelta:
        return timedelta(hours=self._context.settings.session_hours)


def _issue(tx: Tx, session: OpenSession, parent: bytes | None) -> Ticket:
    secret, until = secrets.token_urlsafe(32), min(tx.now + LASTS, session.expires)
    rows.forget_expired(tx.connection, tx.now)
    _add(tx, secret, session, until=until, parent=parent, is_ticket=True)
    return Ticket(ticket=secret, expires=until)


def _add(
    tx: Tx,
    secret: str,
    session: OpenSession,
    *,
    until: datetime,
    parent: bytes | None,
    is_ticket: bool = False,
) -> None:
    rows.add_session(
        tx.connection,
        digest=digest(secret),
        principal_id=session.principal_id,
        token_id=session.token_id,
        method=session.method,
        opened=session.opened or tx.now,
        expires=until,
        parent=parent,
        is_ticket=is_ticket,
        roles=session.roles,
    )
