"""Who is asking. Pure data."""

from datetime import datetime

from engine.model.ground import Record


class Principal(Record, frozen=True, kw_only=True):
    """Who is asking. ``method`` says how they proved it: token, session, demo, system."""

    id: str
    name: str
    roles: tuple[str, ...] = ()
    method: str = "token"


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


class IssuedToken(Record, frozen=True, kw_only=True):
    """A new token with its secret: the one time it is shown."""

    token: str
    row: TokenRow


class SessionGrant(Record, frozen=True, kw_only=True):
    """A new session with its secret (for the cookie), and who it is for."""

    secret: str
    principal: Principal
    expires: datetime
