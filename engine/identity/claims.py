"""What a signed token (JWT, RFC 7519) says of a person, once it has been checked. Pure.

The signature comes first: nothing is believed of a token, and nothing in it is looked at but its
header, before that holds.
"""

import hashlib
import math
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from engine.errors import NotAllowed, Unauthenticated
from engine.identity.keys import Key
from engine.identity.rules import Rules
from engine.model import PROVIDED, SYSTEM, Record

LONGEST_NAME = 80
LONGEST_SUBJECT = 255
NAMES = ("name", "preferred_username", "email", "sub")
CLIENTS = ("client_id", "clientId", "azp", "appid", "cid")
AGAIN = "sign in again with your identity provider."

_UNREADABLE = "The token cannot be read: it is cut off or no signed token."


class Header(Record, frozen=True, kw_only=True):
    """What the token says of how it was signed. Not to be believed, only to find the key by."""

    algorithm: str
    kid: str | None


class Claims(Record, frozen=True, kw_only=True):
    """A token that holds. ``proven`` is when the person last proved who they are, None where the
    provider does not say. A program's token is one whose subject is the client itself."""

    person_id: str
    name: str
    roles: tuple[str, ...]
    expires: datetime
    proven: datetime | None
    is_program: bool

    @property
    def method(self) -> str:
        return "jwt-service" if self.is_program else "jwt"


def is_signed_token(credential: str) -> bool:
    """Whether it has the three parts of one; the desk's own tokens have no dots."""
    return credential.count(".") == 2


def header_of(token: str, rules: Rules) -> Header:
    """Raises Unauthenticated for what the desk does not accept, whatever the key."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Unauthenticated(_UNREADABLE) from None
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in rules.algorithms:
        raise Unauthenticated("The token is signed with an algorithm that is not accepted here.")
    if "crit" in header:
        raise Unauthenticated("The token asks for an extension that is not known here.")
    return Header(algorithm=algorithm, kid=header.get("kid"))


def verify(token: str, key: Key, rules: Rules, now: datetime) -> Claims:
    """The claims of a token that is signed with ``key``, for this desk, and holds at ``now``.

    Raises Unauthenticated, and NotAllowed for a person without a role here.
    """
    said = _signed(token, key, rules)
    expires = _moment(said, "exp")
    if expires is None:
        raise Unauthenticated("The token does not say when it expires.")
    claims = Claims(
        person_id=person_id(rules.issuer, _subject(said)),
        name=_name(said),
        roles=_roles(said, rules),
        expires=expires,
        proven=_proven(said, now),
        is_program=_is_program(said),
    )
    check_time(claims, rules.leeway, now)
    _check_begun(said, rules.leeway, now)
    if not claims.roles:
        raise NotAllowed("Your identity provider gives you no role at this desk.")
    return claims


def check_time(claims: Claims, leeway: timedelta, now: datetime) -> None:
    if claims.expires <= now - leeway:
        raise Unauthenticated(f"The token has expired: {AGAIN}")


def person_id(issuer: str, subject: str) -> str:
    """Always the same for one account at one provider, and never that of a person made here."""
    both = f"{issuer}\0{subject}".encode("utf-8", "surrogatepass")
    return PROVIDED + hashlib.sha256(both).hexdigest()[:32]


def _signed(token: str, key: Key, rules: Rules) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            key.public,
            algorithms=sorted(key.algorithms & rules.algorithms),
            audience=rules.audience,
            issuer=rules.issuer,
            options={
                "require": ["exp", "sub", "iss", "aud"],
                # By the desk's own clock, afterwards.
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.InvalidAudienceError:
        raise Unauthenticated("The token was made for somebody else: its audience.") from None
    except jwt.InvalidIssuerError:
        raise Unauthenticated("The token is another issuer's.") from None
    except jwt.MissingRequiredClaimError as error:
        raise Unauthenticated(f"The token does not say {error.claim}.") from None
    except jwt.InvalidSignatureError:
        raise Unauthenticated("The signature of the token does not hold.") from None
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Unauthenticated(_UNREADABLE) from None


def _is_program(said: Mapping[str, Any]) -> bool:
    """Whether a client has got the token for itself. Providers say so in many ways: ``sub`` names
    the client, or is one made for it (an account of the client, an application's object)."""
    clients = {said.get(name) for name in CLIENTS if isinstance(said.get(name), str)}
    named = {said["sub"], said["sub"].removesuffix("@clients")}
    account = said.get("preferred_username")
    return (
        not clients.isdisjoint(named)
        or said.get("idtyp") == "app"
        or said.get("gty") == "client-credentials"
        or (isinstance(account, str) and account.startswith("service-account-"))
    )


def _check_begun(said: Mapping[str, Any], leeway: timedelta, now: datetime) -> None:
    for name in ("nbf", "iat"):
        begins = _moment(said, name)
        if begins is not None and begins > now + leeway:
            raise Unauthenticated(f"The token is not valid yet: its {name} is in the future.")


def _proven(said: Mapping[str, Any], now: datetime) -> datetime | None:
    proven = _moment(said, "auth_time") or _moment(said, "iat")
    return None if proven is None else min(proven, now)


def _moment(said: Mapping[str, Any], name: str) -> datetime | None:
    """A NumericDate; None when it is not there. Raises Unauthenticated for what is none."""
    value = said.get(name)
    if value is None:
        return None
    try:
        if isinstance(value, bool) or not math.isfinite(value):
            raise ValueError
        return datetime.fromtimestamp(value, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise Unauthenticated(f"The token's {name} is no moment in time.") from None


def _subject(said: Mapping[str, Any]) -> str:
    subject = said["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise Unauthenticated(f"The token's sub must have 1 to {LONGEST_SUBJECT} characters.")
    return subject


def _roles(said: Mapping[str, Any], rules: Rules) -> tuple[str, ...]:
    """The desk's roles for the values that the settings name; other values give nothing."""
    found = _claim(said, rules.roles_claim)
    values = [found] if isinstance(found, str) else found
    if not isinstance(values, list):
        return ()
    named = (rules.roles.get(value) for value in values if isinstance(value, str))
    return tuple(dict.fromkeys(role for role in named if role is not None))


def _claim(said: Mapping[str, Any], name: str) -> object:
    """The claim of that name; else dots lead into objects, as in ``realm_access.roles``."""
    if name in said:
        return said[name]
    at: object = said
    for part in name.split("."):
        at = at.get(part) if isinstance(at, Mapping) else None
    return at


def _name(said: Mapping[str, Any]) -> str:
    names = (clean(value) for key in NAMES if isinstance(value := said.get(key), str))
    return next((name for name in names if name), "")


def clean(name: str) -> str:
    """The name in one form, without what cannot be seen; empty for one that cannot be used."""
    settled = unicodedata.normalize("NFKC", name[: 4 * LONGEST_NAME])
    shown = "".join(char if char.isprintable() else " " for char in settled)
    short = " ".join(shown.split())[:LONGEST_NAME].rstrip()
    return "" if short.casefold() == SYSTEM.name or short.startswith(PROVIDED) else short
