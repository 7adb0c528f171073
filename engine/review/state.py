"""What the review rules need to know about one brief, and what they answer. Pure data."""

from typing import Literal

from msgspec import field

from engine.model import Assets, Decline, Policy, Principal, Record, Refusal, SignOff

ShutCode = Literal[
    "gate_shut", "declined", "same_person", "no_fresh_eyes", "merged", "cites_withdrawn"
]


class ReviewState(Record, frozen=True, kw_only=True):
    """One brief as review sees it.

    ``policy`` is the strictest in force since the revision was written. ``contributors`` are the
    ids of the people who wrote part of it, over all its revisions. ``signoffs`` are those on the
    current revision, also the ones that no longer count; ``declines`` are the open ones.
    ``earlier`` are approvals that a new revision made void, until that person signs again.
    ``beside`` is copy that people wrote for audiences the signed text has none for, and
    ``beside_by`` who did: it is no part of the revision until the next edit takes it in.
    ``merged_into`` is where its issue went. ``withdrawn`` are the items that the revision cites
    although their publisher took them back.
    """

    brief_id: str
    revision: int
    digest: str
    policy: Policy
    opened: bool = False
    edited_fields: frozenset[str] = frozenset()
    contributors: frozenset[str] = frozenset()
    signoffs: tuple[SignOff, ...] = ()
    declines: tuple[Decline, ...] = ()
    earlier: tuple[SignOff, ...] = ()
    beside: dict[str, Assets] = field(default_factory=dict)
    beside_by: frozenset[str] = frozenset()
    merged_into: str = ""
    withdrawn: frozenset[str] = frozenset()


class Signing(Record, frozen=True, kw_only=True):
    """A wish to sign. Without ``digest`` it means whatever is current when it is decided."""

    by: Principal
    role: str
    approve: bool = True
    digest: str | None = None
    note: str = ""


class Signed(Record, frozen=True, kw_only=True):
    """What a sign-off did. ``changed`` is False when it said again what already stood.

    ``voided`` are earlier sign-offs that stopped counting because of this one.
    """

    state: ReviewState
    signoff: SignOff
    voided: tuple[SignOff, ...] = ()
    changed: bool = True


class Gate(Record, frozen=True, kw_only=True):
    """Whether a revision may leave, and every reason why not. Reasons never quote a note.

    ``single_signed`` says that the revision is under single sign-off: the package is labelled so.
    """

    open: bool
    missing_roles: tuple[str, ...] = ()
    single_signed: bool = False
    refusals: tuple[Refusal, ...] = ()
