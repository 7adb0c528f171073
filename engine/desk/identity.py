"""People who come with a signed token (JWT) of the identity provider.

Who they are and which roles they have is the provider's word, and holds until the token expires.
The desk keeps a row for each of them, so that they stand in the log, can be deputies, and can be
erased; their name is the one they first came with.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection

from engine.desk.context import Context
from engine.errors import NotAPerson, ProviderFailed, ReauthRequired, Unauthenticated
from engine.events.access import AccessSignedIn
from engine.identity.claims import Claims, check_time, header_of, is_signed_token, verify
from engine.identity.provider import Provider
from engine.identity.rules import Rules
from engine.model import Principal, SessionGrant
from engine.store import access as rows
from engine.store import people
from engine.store.writer import Tx

CHECKED_AT_MOST = 4096


class Checked(Struct):
    """What a token said, under which keys of the provider, and whether it is on record."""

    claims: Claims
    generation: int
    is_sighted: bool = False


class Identity:
    """``provider`` is None where the desk has none; then no token is one of its."""

    def __init__(self, context: Context, provider: Provider | None) -> None:
        self._context = context
        self._provider = provider
        self._rules = Rules.of(context.settings)
        self._checked: dict[bytes, Checked] = {}

    def takes(self, credential: str) -> bool:
        """Whether this is the provider's to judge, by its form."""
        return self._provider is not None and is_signed_token(credential)

    async def principal(self, token: str) -> Principal:
        """Whose it is. Raises Unauthenticated, NotAllowed, ProviderFailed."""
        claims = await self._claims(token)
        checked = self._checked.get(_mark(token))
        if checked is None or not checked.is_sighted:
            await self._sight(token, claims)
        now = self._context.clock()
        return await self._context.read(lambda c: _as_now(c, claims, now))

    async def check_current(self, token: str) -> None:
        """Raise Unauthenticated when the token has expired, leeway or not: for open streams. A
        provider that is silent keeps none of them open."""
        if (known := self._checked.get(_mark(token))) is not None:
            check_time(known.claims, timedelta(0), self._context.clock())
        check_time(await self._claims(token), timedelta(0), self._context.clock())

    async def check_fresh(self, token: str, limit: timedelta) -> None:
        """Raise ReauthRequired when the person proved who they are too long ago."""
        proven = (await self._claims(token)).proven
        if proven is None or self._context.clock() - proven > limit:
            raise ReauthRequired("Sign in with your identity provider again before you sign.")

    async def sign_in(self, token: str) -> SessionGrant:
        """A session with the token's roles, which lasts no longer than the token."""
        claims = await self._claims(token)
        if claims.is_program:
            raise NotAPerson("A program's token opens no session: send it as a bearer token.")
        secret = secrets.token_urlsafe(32)
        longest = timedelta(hours=self._context.settings.session_hours)

        def command(tx: Tx) -> SessionGrant:
            check_time(claims, timedelta(0), tx.now)
            expires = min(tx.now + longest, claims.expires)
            who = _met(tx, claims, "oidc")
            _open(tx, hashlib.sha256(secret.encode()).digest(), who, claims, expires)
            return SessionGrant(secret=secret, principal=who, expires=expires)

        return await self._context.write(command)

    async def stand_for(self, token: str) -> bytes:
        """The digest of a session that nobody can open, and that lasts as long as the token: what
        is made from the token ends with it. Raises as ``principal`` does."""
        claims = await self._claims(token)
        check_time(claims, timedelta(0), self._context.clock())
        await self._sight(token, claims)
        return _mark(token)

    async def _claims(self, token: str) -> Claims:
        """Checked once under the same keys: a signature costs a quarter of a millisecond."""
        if self._provider is None:
            raise ProviderFailed("This desk has no identity provider.")
        now, mark = self._context.clock(), _mark(token)
        known = self._checked.get(mark)
        if known is not None and known.generation == self._provider.generation:
            check_time(known.claims, self._rules.leeway, now)
            return known.claims
        header = header_of(token, self._rules)
        key = await self._provider.key(header.kid, header.algorithm)
        claims = verify(token, key, self._rules, now)
        if len(self._checked) >= CHECKED_AT_MOST:
            del self._checked[next(iter(self._checked))]
        self._checked[mark] = Checked(claims, self._provider.generation)
        return claims

    async def _sight(self, token: str, claims: Claims) -> None:
        """The token has come: its person is known from now on, and that they came is on record,
        once for each token."""
        mark = _mark(token)

        def command(tx: Tx) -> None:
            if rows.opened_session(tx.connection, mark, tx.now) is None:
                rows.forget_expired(tx.connection, tx.now)
                _open(tx, mark, _met(tx, claims, claims.method), claims, claims.expires)

        await self._context.write(command)
        if (checked := self._checked.get(mark)) is not None:
            checked.is_sighted = True


def _mark(token: str) -> bytes:
    return hashlib.sha256(b"jwt\0" + token.encode("utf-8", "surrogatepass")).digest()


def _as_now(connection: Connection, claims: Claims, now: datetime) -> Principal:
    """The person with the token's roles and their deputyships."""
    _refuse_erased(connection, claims)
    person = people.get(connection, claims.person_id)
    name = claims.person_id if person is None else person.name
    who = Principal(id=claims.person_id, name=name, roles=claims.roles, method=claims.method)
    return people.as_now(connection, who, now)


def _met(tx: Tx, claims: Claims, method: str) -> Principal:
    """The person as stored, with the roles that they have come with last."""
    known = people.get(tx.connection, claims.person_id)
    if known is None:
        name = _free_name(tx.connection, claims)
        who = Principal(id=claims.person_id, name=name, roles=claims.roles, method=method)
        rows.add_principal(tx.connection, who, since=tx.now)
        return who
    _refuse_erased(tx.connection, claims)
    if known.roles != claims.roles:
        rows.put_roles(tx.connection, known.id, claims.roles)
    return Principal(id=known.id, name=known.name, roles=claims.roles, method=method)


def _open(tx: Tx, key: bytes, who: Principal, claims: Claims, expires: datetime) -> None:
    rows.add_session(
        tx.connection,
        digest=key,
        principal_id=who.id,
        token_id=None,
        method=who.method,
        opened=claims.proven,
        expires=expires,
        roles=claims.roles,
    )
    tx.record(AccessSignedIn(principal_id=who.id, name=who.name, method=who.method))


def _refuse_erased(connection: Connection, claims: Claims) -> None:
    """Their past belongs to nobody any more, and would be theirs again."""
    if rows.is_erased(connection, claims.person_id):
        raise Unauthenticated("This account was erased from the desk and cannot come back.")


def _free_name(connection: Connection, claims: Claims) -> str:
    """People are told apart by name in the log: one who has another's is shown with their id."""
    short = claims.person_id[:10]
    for name in (claims.name, f"{claims.name[:68]} ({short})".strip()):
        if name and rows.principal_named(connection, name) is None:
            return name
    return claims.person_id
