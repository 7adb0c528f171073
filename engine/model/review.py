"""Sign-offs, and where a brief stands. Pure data."""

from datetime import datetime

from msgspec import field

from engine.model.briefs import Assets, Content, Proposal
from engine.model.ground import BriefState, Priority, Record


class SignOff(Record, frozen=True, kw_only=True):
    """One person, in one role, approving or declining one digest."""

    brief_id: str
    revision: int
    digest: str
    role: str
    principal_id: str
    name: str
    approve: bool
    at: datetime
    expires_at: datetime
    note: str = ""
    method: str = "token"
    voided: str = ""
    """Why it no longer counts; empty while it does."""
    deputy: bool = False
    """Signed as deputy of the role, by somebody who does not hold it."""


class Decline(Record, frozen=True, kw_only=True):
    """A decline that stays with the brief until the same role clears it with a reason."""

    role: str
    principal_id: str
    name: str
    revision: int
    at: datetime
    note: str = ""


class BriefRow(Record, frozen=True, kw_only=True):
    """A brief as a list row, with where it stands in review."""

    id: str
    title: str
    quadrant: str
    priority: Priority
    state: BriefState
    revision: int
    digest: str
    as_of: datetime
    edition: str
    required_roles: tuple[str, ...]
    missing_roles: tuple[str, ...]
    signoffs: tuple[SignOff, ...] = ()
    declines: tuple[Decline, ...] = ()
    gate_open: bool = False
    proposed_items: int = 0
    edited_fields: tuple[str, ...] = ()
    exported: str | None = None
    dual: bool = True
    contributors: tuple[str, ...] = ()
    """Ids of the people who wrote part of it, over all its revisions."""
    earlier_signoffs: tuple[SignOff, ...] = ()
    """What a new revision made void: the newest of each person and role, until they sign again."""
    withdrawn_items: tuple[str, ...] = ()
    """What it cites although its publisher took it back: meanwhile nothing leaves."""


class BriefView(Record, frozen=True, kw_only=True):
    """A brief as it is read: the row, the current content, what waits beside it."""

    brief: BriefRow
    content: Content
    proposal: Proposal | None
    revisions: tuple["RevisionRow", ...]
    beside: dict[str, Assets] = field(default_factory=dict)
    """Copy for audiences that the signed text has none for; no part of what was signed."""


class RevisionRow(Record, frozen=True, kw_only=True):
    number: int
    digest: str
    as_of: datetime
    author: str
    why: str


class Difference(Record, frozen=True, kw_only=True):
    """What changed in a brief between a revision somebody read and the current one.

    ``diff`` are unified diff lines; ``revisions`` those made since, newest first.
    """

    brief_id: str
    since: str
    digest: str
    diff: tuple[str, ...]
    revisions: tuple[RevisionRow, ...]


class Interrupt(Record, frozen=True, kw_only=True):
    """The human stop ("hold all"): while active nothing is exported."""

    active: bool = False
    by: str = ""
    reason: str = ""
    since: datetime | None = None


class ReviewStatus(Record, frozen=True, kw_only=True):
    """The edition as reviewers see it; ``digest`` covers the digests of all its briefs."""

    edition: str
    digest: str
    interrupt: Interrupt
    briefs: tuple[BriefRow, ...]
    required_roles: tuple[str, ...]
    dual: bool


class Refusal(Record, frozen=True, kw_only=True):
    """Why a brief was left out or a gate stays shut: a stable code and a sentence."""

    brief_id: str
    code: str
    message: str


class SignedReply(Record, frozen=True, kw_only=True):
    """What a sign-off did; an edition sign-off lists what it skipped and why."""

    signed: tuple[BriefRow, ...]
    skipped: tuple[Refusal, ...] = ()
