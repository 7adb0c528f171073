"""What awaits one person. Pure data."""

from datetime import datetime

from engine.model.ground import Record
from engine.model.people import Change


class ToSign(Record, frozen=True, kw_only=True):
    """A brief this person can sign in ``role`` as it stands, and why that is wanted."""

    brief_id: str
    title: str
    role: str
    deputy: bool
    revision: int
    digest: str
    why: str


class ToClear(Record, frozen=True, kw_only=True):
    """A decline that keeps a gate shut until somebody of this role clears it."""

    brief_id: str
    title: str
    role: str
    by: str
    at: datetime
    note: str


class ToAdopt(Record, frozen=True, kw_only=True):
    """Newer items would change a brief; a person decides."""

    brief_id: str
    title: str
    new_items: int
    digest: str


class ToSignAgain(Record, frozen=True, kw_only=True):
    """A sign-off of this person that stopped counting, and why.

    ``difference`` is the address of what has changed since they signed.
    """

    brief_id: str
    title: str
    role: str
    why: str
    signed_revision: int
    signed_digest: str
    digest: str
    difference: str


class Inbox(Record, frozen=True, kw_only=True):
    sign: tuple[ToSign, ...] = ()
    clear: tuple[ToClear, ...] = ()
    proposals: tuple[ToAdopt, ...] = ()
    voided: tuple[ToSignAgain, ...] = ()
    confirm: tuple[Change, ...] = ()
