"""What happens to people, tokens and roles, and who was refused."""

from engine.events.event import Event
from engine.model import Change, Person, StandIn, TokenRow


class AccessSignedIn(Event, frozen=True, kw_only=True):
    principal_id: str
    name: str
    method: str


class AccessSignedOut(Event, frozen=True, kw_only=True):
    principal_id: str
    name: str


class AccessTokenIssued(Event, frozen=True, kw_only=True):
    token: TokenRow
    by: str


class AccessTokenRevoked(Event, frozen=True, kw_only=True):
    token: TokenRow
    by: str


class AccessRoleGranted(Event, frozen=True, kw_only=True):
    """``confirmed_by`` is the second admin; empty where one person was enough."""

    person: Person
    role: str
    by: str
    confirmed_by: str = ""


class AccessRoleRemoved(Event, frozen=True, kw_only=True):
    person: Person
    role: str
    by: str


class AccessDeputyNamed(Event, frozen=True, kw_only=True):
    person: Person
    stand_in: StandIn
    by: str
    confirmed_by: str = ""


class AccessDeputyRemoved(Event, frozen=True, kw_only=True):
    """Ended by an admin before its time."""

    person: Person
    role: str
    by: str


class AccessChangeAsked(Event, frozen=True, kw_only=True):
    change: Change


class AccessChangeClosed(Event, frozen=True, kw_only=True):
    """Confirmed, refused or lapsed: its ``state`` says which."""

    change: Change


class AccessSignInFailed(Event, frozen=True, kw_only=True):
    """Credentials that were nobody's: ``count`` of them since the last such event.

    At most one a minute, so that nobody can fill the log from outside.
    """

    method: str
    count: int


class AccessRefused(Event, frozen=True, kw_only=True):
    """Somebody asked for what they may not do; ``count`` times since the last such event."""

    principal_id: str
    name: str
    message: str
    count: int
