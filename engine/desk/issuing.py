"""Giving out a token, and what its holder gains by it, in one transaction."""

import secrets
import unicodedata
from datetime import timedelta

from engine.desk.credential import digest
from engine.desk.people import check_role, give, known
from engine.desk.permit import permit
from engine.errors import Conflict, Invalid, NotFound, TakesTwo
from engine.events.access import AccessTokenIssued
from engine.model import PROVIDED, SYSTEM, IssuedToken, Principal, TokenRow
from engine.review.two_people import may_alone, takes_two
from engine.store import access as rows
from engine.store import desk
from engine.store.writer import Tx


def checked_name(name: str) -> str:
    """The name in the one form it is kept and compared in. Raises Invalid."""
    settled = " ".join(unicodedata.normalize("NFKC", name).split())
    if not settled or len(settled) > 80 or not settled.isprintable():
        raise Invalid("A name has 1 to 80 printable characters.")
    if settled.casefold() == SYSTEM.name:
        raise Invalid("The name 'system' is the desk's own.")
    return settled


def issue(
    tx: Tx,
    by: Principal,
    *,
    name: str,
    roles: tuple[str, ...],
    ttl_hours: int | None,
    secret: str,
    service: bool = False,
) -> IssuedToken:
    """Store a token with this secret, and its principal, in the given transaction.

    Raises TakesTwo where the person would gain a role that takes two admins.
    """
    config = desk.config(tx.connection)
    permit(tx, by, "tokens")
    for role in roles:
        check_role(role, config)
    principal = _principal_with(tx, by, name, roles)
    token_id = f"tok-{secrets.token_hex(6)}"
    rows.add_token(
        tx.connection,
        token_id=token_id,
        principal_id=principal.id,
        digest=digest(secret),
        created=tx.now,
        expires=None if ttl_hours is None else tx.now + timedelta(hours=ttl_hours),
        service=service,
    )
    row = token_row(tx, token_id)
    tx.record(AccessTokenIssued(token=row, by=by.name))
    return IssuedToken(token=secret, row=row)


def token_row(tx: Tx, token_id: str) -> TokenRow:
    """Raises NotFound."""
    row = rows.token(tx.connection, token_id)
    if row is None:
        raise NotFound(f"There is no token {token_id!r}.")
    return row


def _principal_with(tx: Tx, by: Principal, name: str, roles: tuple[str, ...]) -> Principal:
    """The person of that name, new or with the roles they gain."""
    found = rows.principal_named(tx.connection, name)
    if found is not None and found.id.startswith(PROVIDED):
        raise Conflict(f"{name} signs in with the identity provider and gets no token here.")
    held = found.roles if found else ()
    gained = [role for role in dict.fromkeys(roles) if role not in held]
    _check_gain(tx, by, name, gained)
    if found is None:
        found = Principal(id=f"per-{secrets.token_hex(6)}", name=name)
        rows.add_principal(tx.connection, found, since=tx.now)
    person = known(tx, found.id)
    for role in gained:
        person = give(tx, person, role, by=by.name)
    return found


def _check_gain(tx: Tx, by: Principal, name: str, gained: list[str]) -> None:
    config = desk.config(tx.connection)
    grave = [role for role in gained if takes_two(role, config)]
    if grave and not may_alone(by):
        raise TakesTwo(
            f"A token does not make {name} {' and '.join(grave)}: that takes two admins. Issue the "
            "token without, then one grants the role with POST /people/{id}/roles (wireroom "
            "person grant) and another confirms it."
        )
