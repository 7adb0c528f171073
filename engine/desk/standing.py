"""One brief with everything that decides about it, loaded and saved in one transaction."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from engine.desk import editions, whereabouts
from engine.errors import NotFound
from engine.events.brief import BriefRevised, BriefUnsettled
from engine.events.review import ReviewGateOpened, ReviewVoided
from engine.model import (
    SYSTEM,
    BriefRow,
    BriefState,
    Config,
    Content,
    Policy,
    Principal,
    Proposal,
    Revision,
    SignOff,
    Why,
)
from engine.review import rules, transitions
from engine.review.digest import digest
from engine.review.state import ReviewState
from engine.store import briefs, desk
from engine.store.writer import Tx

LAPSED_SHOWN = 8


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The current revision, the review state, and the proposal beside them."""

    revision: Revision
    review: ReviewState
    proposal: Proposal | None
    gate_was_open: bool
    edition: str
    exported: str | None = None
    """The package of this revision, once it has left."""


def load(tx: Tx, brief_id: str) -> Standing:
    """Raises NotFound, or Merged where the issue went into another."""
    standing = kept(tx, brief_id)
    whereabouts.refuse_merged(tx.connection, brief_id, standing.review.merged_into)
    return standing


def kept(tx: Tx, brief_id: str) -> Standing:
    """As ``load``, also of an issue that was merged away: for what reaches the record, too."""
    standing = find(tx, brief_id)
    if standing is None:
        raise NotFound(f"There is no brief {brief_id!r}.")
    return standing


def find(tx: Tx, brief_id: str) -> Standing | None:
    """As ``kept``; None where there is no brief."""
    stored = briefs.get(tx.connection, brief_id)
    if stored is None:
        return None
    review = msgspec.json.decode(stored.review, type=ReviewState)
    revision = briefs.revision(tx.connection, brief_id, review.revision)
    if revision is None:
        raise NotFound(f"Revision {review.revision} of {brief_id!r} is missing.")
    return Standing(
        revision=revision,
        review=review,
        proposal=stored.proposal,
        gate_was_open=stored.row.gate_open,
        edition=stored.row.edition,
        exported=stored.row.exported,
    )


def save(tx: Tx, standing: Standing, *, by_person: bool = True) -> BriefRow:
    """Store what changed and return the row for the event that says so.

    A brief moves to the current edition when a person acts on it or its issue gains an item, not
    when the clock or a changed policy touches it. One that was merged away is in none.
    """
    edition = editions.current(tx).id if by_person else standing.edition
    if standing.review.merged_into:
        edition = ""
    standing = replace(standing, review=_bounded(standing.review, tx.now), edition=edition)
    row = _row(tx, standing)
    briefs.put(
        tx.connection,
        briefs.Stored(
            row=row,
            review=msgspec.json.encode(standing.review),
            next_expiry=rules.next_expiry(standing.review),
            proposal=standing.proposal,
        ),
    )
    return row


def announce_gate(tx: Tx, standing: Standing, row: BriefRow) -> bool:
    """Record that the gate has opened, if it just has."""
    opened = row.gate_open and not standing.gate_was_open
    if opened:
        tx.record(ReviewGateOpened(brief=row))
    return opened


def announce_voided(tx: Tx, row: BriefRow, voided: tuple[SignOff, ...], why: str) -> None:
    if voided:
        tx.record(ReviewVoided(brief=row, signoffs=voided, why=why))


def begin(
    tx: Tx,
    brief_id: str,
    content: Content,
    *,
    items: int,
    contributors: frozenset[str] = frozenset(),
) -> Standing:
    """The first revision of a brief, written by the desk with what ``contributors`` said before."""
    policy = policy_of(desk.config(tx.connection))
    revision = _revision(tx, brief_id, 1, content, policy, by="system", why="written", items=items)
    review = ReviewState(
        brief_id=brief_id,
        revision=1,
        digest=revision.digest,
        policy=policy,
        contributors=contributors,
    )
    standing = Standing(
        revision=revision, review=review, proposal=None, gate_was_open=False, edition=""
    )
    save(tx, standing)  # before the revision: it refers to the brief
    briefs.add_revision(tx.connection, revision)
    return standing


def revise(
    tx: Tx,
    standing: Standing,
    content: Content,
    *,
    by: Principal,
    why: Why,
    items: int,
    edited_fields: frozenset[str] = frozenset(),
    policy: Policy | None = None,
) -> tuple[Standing, tuple[SignOff, ...]]:
    """A new revision; every sign-off on the old one is void. The proposal goes with it."""
    if policy is None:  # what has left has not followed a change of the policy: it does now
        in_force = policy_of(desk.config(tx.connection))
        policy = rules.policy_revision(standing.review.policy, in_force) or standing.review.policy
    before = standing.revision
    number = before.number + 1
    revision = _revision(
        tx, before.brief_id, number, content, policy, by=by.name, why=why, items=items
    )
    review, voided = transitions.on_new_revision(
        standing.review,
        author=by.id,
        number=number,
        digest=revision.digest,
        policy=policy,
        why=f"{by.name} made revision {number}",
        edited_fields=edited_fields,
        cited=frozenset(each.item_id for each in content.evidence),
    )
    briefs.add_revision(tx.connection, revision)
    after = replace(standing, revision=revision, review=review, proposal=None, exported=None)
    return after, voided


def contributed(tx: Tx, brief_id: str, by: Principal) -> None:
    """Whoever corrects the quadrant has written part of what is signed. That may shut the gate, so
    everybody is told."""
    found = find(tx, brief_id)
    if found is None or by.id in found.review.contributors:
        return
    contributors = found.review.contributors | {by.id}
    review = replace(found.review, contributors=contributors)
    row = save(tx, replace(found, review=review), by_person=False)
    tx.record(BriefUnsettled(brief=row, by=by.name, why=f"{by.name} corrected the quadrant"))


def apply_policy(tx: Tx, config: Config) -> None:
    """Let a changed review policy reach every brief that has not left: tightening makes a new
    revision. What was exported was right when it left, and stays as it is."""
    for brief_id in briefs.every_id(tx.connection):
        standing = find(tx, brief_id)
        if standing is None or standing.exported is not None or standing.review.merged_into:
            continue
        wanted = rules.policy_revision(standing.review.policy, policy_of(config))
        if wanted is None:
            continue
        proposal, before = standing.proposal, standing.revision
        standing, voided = revise(
            tx,
            standing,
            before.content,
            by=SYSTEM,
            why="policy",
            items=before.items,
            policy=wanted,
        )
        row = save(tx, replace(standing, proposal=proposal), by_person=False)
        tx.record(BriefRevised(brief=row, by=SYSTEM.name, why="policy"))
        announce_voided(tx, row, voided, "The review policy changed")


def role_taken(tx: Tx, person_id: str, role: str, why: str, *, deputy: bool) -> None:
    """Void what the person signed in a role they no longer have, wherever it still counts."""
    for brief_id in briefs.signed_ids(tx.connection):
        standing = load(tx, brief_id)
        review, voided = transitions.role_removed(
            standing.review, role, why, person_id, deputy=deputy
        )
        if voided:
            row = save(tx, replace(standing, review=review), by_person=False)
            announce_voided(tx, row, voided, why)


def policy_of(config: Config) -> Policy:
    return Policy(required_roles=config.signoff_roles, dual=config.require_dual_signoff)


def _revision(
    tx: Tx,
    brief_id: str,
    number: int,
    content: Content,
    policy: Policy,
    *,
    by: str,
    why: Why,
    items: int,
) -> Revision:
    return Revision(
        brief_id=brief_id,
        number=number,
        digest=digest(content, policy),
        content=content,
        policy=policy,
        as_of=tx.now,
        items=items,
        author=by,
        why=why,
    )


def _row(tx: Tx, standing: Standing) -> BriefRow:
    revision, review = standing.revision, standing.review
    gate = rules.gate(review, tx.now)
    return BriefRow(
        id=revision.brief_id,
        title=revision.content.title,
        quadrant=revision.content.quadrant,
        priority=revision.content.priority,
        state=_state(review, exported=standing.exported is not None),
        revision=revision.number,
        digest=revision.digest,
        as_of=revision.as_of,
        edition=standing.edition,
        required_roles=review.policy.required_roles,
        missing_roles=gate.missing_roles,
        signoffs=review.signoffs,
        declines=review.declines,
        gate_open=gate.open,
        proposed_items=standing.proposal.new_items if standing.proposal else 0,
        edited_fields=tuple(sorted(review.edited_fields)),
        exported=standing.exported,
        dual=review.policy.dual,
        contributors=tuple(sorted(review.contributors)),
        earlier_signoffs=review.earlier,
        withdrawn_items=tuple(sorted(review.withdrawn)),
    )


def _bounded(review: ReviewState, now: datetime) -> ReviewState:
    """All sign-offs that count and the newest that no longer do: every event carries them."""
    counting = rules.valid_signoffs(review, now)
    lapsed = [at for at, signoff in enumerate(review.signoffs) if signoff not in counting]
    forgotten = set(lapsed[:-LAPSED_SHOWN])
    kept = (signoff for at, signoff in enumerate(review.signoffs) if at not in forgotten)
    earlier = review.earlier[-LAPSED_SHOWN:]
    bounded: ReviewState = replace(review, signoffs=tuple(kept), earlier=earlier)
    return bounded


def _state(review: ReviewState, *, exported: bool) -> BriefState:
    if review.merged_into:
        return "merged"
    if exported:
        return "released"
    return "in_review" if rules.is_frozen(review) else "draft"
