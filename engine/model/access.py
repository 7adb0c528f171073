"""Who is asking. Pure data."""

from datetime import datetime

from engine.model.ground import Record
from engine.model.people import StandIn

LONGEST_CREDENTIAL = 8_192
"""Characters; a longer one is refused before anything looks into it."""


class Principal(Record, frozen=True, kw_only=True):
    """Who is asking. ``method`` says how they proved it: token, service, session, demo, system;
    jwt, jwt-service and oidc (a session) with a token of the identity provider.

    ``deputy_of`` are the stand-ins that were in force when it was looked up; ``stands_in`` asks
    for a moment.
    """

    id: str
    name: str
    roles: tuple[str, ...] = ()
    method: str = "token"
    deputy_of: tuple[StandIn, ...] = ()

    def stands_in(self, role: str, now: datetime) -> StandIn | None:
        """The deputyship under which this person may act in ``role`` now, if any."""
        own = (one for one in self.deputy_of if one.role == role and one.start <= now < one.until)
        return next(own, None)


SYSTEM = Principal(id="system", name="system", roles=(), method="system")


class TokenRow(Record, frozen=True, kw_only=True):
    """A token as it is listed: never the secret."""

    id: str
    principal_id: str
    name: str
    roles: tuple[str, ...]
    created: datetime
    expires: datetime | None
    last_used: datetime | None
    revoked: bool
    service: bool = False
    """For a program: it reads and pushes, and never signs."""


class IssuedToken(Record, frozen=True, kw_only=True):
    """A new token with its secret: the one time it is shown."""

    token: str
    row: TokenRow


class SessionGrant(Record, frozen=True, kw_only=True):
    """A new session with its secret (for the cookie), and who it is for."""

    secret: str
    principal: Principal
    expires: datetime


class Ticket(Record, frozen=True, kw_only=True):
    """Lets one stream in, once; for pages that must not hold a token."""

    ticket: str
    expires: datetime
