"""Who is asking: principals, tokens, sessions."""

import secrets
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from engine.desk.belief import Beliefs, Holder, Key
from engine.desk.context import Context
from engine.desk.credential import NO_CREDENTIAL, check_length, digest
from engine.desk.identity import Identity
from engine.desk.issuing import checked_name, issue, token_row
from engine.desk.permit import permit
from engine.desk.refusals import Refusals
from engine.desk.rights import require
from engine.errors import (
    NotAllowed,
    NotAPerson,
    ReauthRequired,
    Unauthenticated,
)
from engine.events.access import (
    AccessSignedIn,
    AccessSignedOut,
    AccessTokenRevoked,
)
from engine.model import (
    IssuedToken,
    Principal,
    SessionGrant,
    TokenRow,
)
from engine.store import access as rows
from engine.store import desk, people
from engine.store.writer import Tx

T = TypeVar("T")
TOUCH_EVERY = timedelta(minutes=1)
"""How stale a token's ``last_used`` may be: a write on every request would cost more than it."""


class Access:
    """Tokens and sessions. A secret leaves only in the answer that makes it."""

    def __init__(
        self,
        context: Context,
        refusals: Refusals,
        identity: Identity,
        demo: tuple[Principal, ...] = (),
    ) -> None:
        self._context = context
        self._identity = identity
        self._refusals = refusals
        self._demo = {principal.name: principal for principal in demo}
        self._beliefs = Beliefs(context.clock, self._look)

    @property
    def demo_names(self) -> tuple[str, ...]:
        return tuple(self._demo)

    async def authenticate(self, token: str) -> Principal:
        """Whose bearer token this is, the desk's own or the identity provider's.

        Raises Unauthenticated; NotAllowed and ProviderFailed for what the provider signed.
        """
        check_length(token)
        believed = self.recall_token(token)
        if believed is not None:
            return believed
        method = "jwt" if self._identity.takes(token) else "token"
        return await self._counted(method, self._beliefs.ask(Key("token", token)))

    async def still(self, token: str) -> Principal:
        """As ``authenticate``, of a stream that was opened before: it ends when its token does."""
        if self._identity.takes(token):
            await self._identity.check_current(token)
        return await self.authenticate(token)

    async def session(self, secret: str) -> Principal:
        """Whose session this is. Raises Unauthenticated."""
        return self.recall_session(secret) or await self._beliefs.ask(Key("session", secret))

    def recall_token(self, token: str) -> Principal | None:
        """Whose token this was within the last second; None when ``authenticate`` must say."""
        return self._beliefs.recall(Key("token", token))

    def recall_session(self, secret: str) -> Principal | None:
        """As ``recall_token``, of a session."""
        return self._beliefs.recall(Key("session", secret))

    async def look_ahead(self, token: str) -> None:
        """Have a token of the desk's own recalled from now on, if it is good.

        Raises Unauthenticated, and puts no refusal on record: whoever refuses it asks again. What
        the identity provider signed is not looked up.
        """
        check_length(token)
        if not self._identity.takes(token):
            await self._beliefs.ask(Key("token", token))

    async def sign_in(self, token: str) -> SessionGrant:
        """Open a session for the token's principal. Raises as ``authenticate`` does."""
        check_length(token)
        if self._identity.takes(token):
            return await self._counted("jwt", self._identity.sign_in(token))
        key = digest(token)

        def command(tx: Tx) -> SessionGrant:
            row = rows.token_by_digest(tx.connection, key, tx.now)
            if row is None:
                raise Unauthenticated(NO_CREDENTIAL)
            if row.service:
                raise NotAPerson("A service token opens no session: send it as a bearer token.")
            return self._open(tx, _principal(row, "session"), row)

        return await self._counted("session", self._context.write(command))

    async def sign_in_as(self, name: str) -> SessionGrant:
        """Open a session for a demo reviewer, in mock mode only."""
        principal = self._demo.get(name)
        if principal is None:
            raise NotAllowed(f"There is no demo reviewer named {name!r} to continue as.")
        return await self._context.write(lambda tx: self._open(tx, principal, None))

    async def sign_out(self, secret: str) -> None:
        """End the session; a session that is already gone is no error."""
        key = digest(secret)

        def command(tx: Tx) -> None:
            found = rows.session(tx.connection, key, tx.now)
            if found is not None:
                who = found.principal
                rows.end_session(tx.connection, key)
                tx.record(AccessSignedOut(principal_id=who.id, name=who.name))

        await self._context.write(command)
        self._beliefs.forget(Key("session", secret))

    async def require_fresh(self, secret: str) -> None:
        """Raise ReauthRequired for a session that was opened too long ago to sign with."""
        limit = self._fresh_for
        if not limit:
            return
        now, key = self._context.clock(), digest(secret)
        found = await self._context.read(lambda c: rows.opened_session(c, key, now))
        if found is None or found.opened is None or now - found.opened > limit:
            raise ReauthRequired("Sign in again before you sign: the session is too old for that.")

    async def require_fresh_token(self, token: str) -> None:
        """As ``require_fresh``, of a bearer token. The desk's own are not asked again: nobody
        signs in with them."""
        if self._fresh_for and self._identity.takes(token):
            await self._identity.check_fresh(token, self._fresh_for)

    @property
    def _fresh_for(self) -> timedelta:
        return timedelta(minutes=self._context.settings.reauth_minutes)

    async def issue_token(
        self,
        by: Principal,
        name: str,
        roles: tuple[str, ...],
        ttl_hours: int | None,
        service: bool = False,
    ) -> IssuedToken:
        """A new token for ``name``, who is created, or gains ``roles``. With ``service`` it is a
        program's: nobody signs with it."""
        name = checked_name(name)
        secret = f"wr_{secrets.token_urlsafe(32)}"

        def command(tx: Tx) -> IssuedToken:
            return issue(
                tx,
                by,
                name=name,
                roles=roles,
                ttl_hours=ttl_hours,
                secret=secret,
                service=service,
            )

        return await self._context.write(command)

    async def revoke_token(self, by: Principal, token_id: str) -> TokenRow:
        """Revoke a token and end its sessions, at once. Revoking twice is no error."""

        def command(tx: Tx) -> TokenRow:
            permit(tx, by, "tokens")
            before = token_row(tx, token_id)
            rows.revoke_token(tx.connection, token_id)
            row = token_row(tx, token_id)
            if not before.revoked:
                tx.record(AccessTokenRevoked(token=row, by=by.name))
            return row

        row = await self._context.write(command)
        self.forget()
        return row

    async def tokens(self, by: Principal) -> tuple[TokenRow, ...]:
        """Every token, newest first, for an admin."""

        def query(connection: Connection) -> tuple[TokenRow, ...]:
            require(by, "tokens", desk.config(connection))
            return rows.every_token(connection)

        return await self._context.read(query)

    def _open(self, tx: Tx, principal: Principal, token: TokenRow | None) -> SessionGrant:
        """A session lasts no longer than the token that opened it."""
        secret = secrets.token_urlsafe(32)
        expires = tx.now + timedelta(hours=self._context.settings.session_hours)
        if token is not None and token.expires is not None:
            expires = min(expires, token.expires)
        rows.forget_expired(tx.connection, tx.now)
        rows.add_session(
            tx.connection,
            digest=digest(secret),
            principal_id=principal.id,
            token_id=token.id if token else None,
            method=principal.method,
            opened=tx.now,
            expires=expires,
        )
        tx.record(
            AccessSignedIn(principal_id=principal.id, name=principal.name, method=principal.method)
        )
        return SessionGrant(secret=secret, principal=principal, expires=expires)

    def forget(self) -> None:
        """Believe nothing any more: somebody's rights have changed."""
        self._beliefs.forget()

    async def close(self) -> None:
        await self._beliefs.close()

    async def _look(self, key: Key) -> Holder:
        """Whose the credential is, as the store or the provider knows it now."""
        if key.kind == "token" and self._identity.takes(key.secret):
            return Holder(await self._identity.principal(key.secret))
        now, known_as = self._context.clock(), digest(key.secret)
        if key.kind == "session":
            found = await self._context.read(lambda c: rows.session(c, known_as, now))
            if found is None:
                raise Unauthenticated(NO_CREDENTIAL)
            return Holder(await self._as_now(found.principal), found.until)
        row = await self._context.read(lambda c: rows.token_by_digest(c, known_as, now))
        if row is None:
            raise Unauthenticated(NO_CREDENTIAL)
        if row.last_used is None or now - row.last_used >= TOUCH_EVERY:
            await self._context.write(lambda tx: rows.touch_token(tx.connection, row.id, tx.now))
        return Holder(await self._as_now(_principal(row, _method(row))), row.expires)

    async def _as_now(self, principal: Principal) -> Principal:
        """With the roles they stand in for."""
        now = self._context.clock()
        return await self._context.read(lambda c: people.as_now(c, principal, now))

    async def _counted(self, method: str, asked: Awaitable[T]) -> T:
        """What is refused is on record."""
        try:
            return await asked
        except (Unauthenticated, NotAllowed):
            await self._refusals.sign_in_failed(method)
            raise


def _method(row: TokenRow) -> str:
    return "service" if row.service else "token"


def _principal(row: TokenRow, method: str) -> Principal:
    return Principal(id=row.principal_id, name=row.name, roles=row.roles, method=method)
