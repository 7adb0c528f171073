"""The review rules as questions: frozen? may they sign? is the gate open? Pure.

What changes when the answer is yes stands in ``transitions.py``. The reasons for each decision
are in ``docs/explanation/review.md``.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from engine.errors import (
    AlreadySigned,
    CitesWithdrawn,
    Declined,
    Invalid,
    NoFreshEyes,
    NotAPerson,
    RoleNotHeld,
    SamePerson,
    StaleDigest,
    UnknownRole,
)
from engine.model import SYSTEM, Config, Policy, Principal, Refusal, SignOff
from engine.review.state import Gate, ReviewState, ShutCode, Signing

MACHINES = frozenset({SYSTEM.method, "service", "jwt-service"})
"""Ways of proving oneself by which nobody signs."""

_CITES_WITHDRAWN = (
    "The brief cites what its publisher took back: adopt the proposal, or edit it, first."
)

# -- freeze --------------------------------------------------------------------------------------


def is_frozen(state: ReviewState) -> bool:
    """Whether people work on the brief, so that machines may only propose.

    A sign-off freezes even after it lapsed: somebody has read this text.
    """
    return bool(state.opened or state.edited_fields or state.signoffs or state.declines)


# -- policy --------------------------------------------------------------------------------------


def check_policy(policy: Policy) -> None:
    """Refuse a policy under which no gate could ever open."""
    roles = len(set(policy.required_roles))
    if roles == 0:
        raise Invalid("signoff_roles must name at least one role.")
    if policy.dual and roles < 2:
        raise Invalid("require_dual_signoff needs at least two different signoff_roles.")


def stricter(policy: Policy, in_force: Policy) -> Policy:
    """What both policies ask for together, in the order the roles were first asked for."""
    added = tuple(r for r in in_force.required_roles if r not in policy.required_roles)
    return Policy(required_roles=policy.required_roles + added, dual=policy.dual or in_force.dual)


def policy_revision(policy: Policy, in_force: Policy) -> Policy | None:
    """The policy for the new revision that a change of configuration calls for, if it does.

    Loosening returns None: the revision keeps what it was under. Tightening returns the union.
    When a required role no longer exists nobody could sign in it, so the roles in force take
    over; dual sign-off stays wherever two roles are left. The digest covers the policy, so the
    answer is always a new revision, on which nothing is signed yet.
    """
    if set(policy.required_roles) <= set(in_force.required_roles):
        wanted = stricter(policy, in_force)
        return None if wanted == policy else wanted
    roles = in_force.required_roles
    return Policy(required_roles=roles, dual=in_force.dual or (policy.dual and len(set(roles)) > 1))


# -- which sign-offs count -----------------------------------------------------------------------


def valid_signoffs(state: ReviewState, now: datetime) -> tuple[SignOff, ...]:
    """The approvals that count now: of this digest, by a person, not voided, not expired."""
    return tuple(s for s in state.signoffs if _stands(s, state) and s.expires_at > now)


def next_expiry(state: ReviewState) -> datetime | None:
    """When the next approval lapses; the moment a timer must call ``expire``."""
    return min((s.expires_at for s in state.signoffs if _stands(s, state)), default=None)


def standing(state: ReviewState, role: str, now: datetime) -> SignOff | None:
    """The approval that fills ``role`` now, if any."""
    return next((s for s in valid_signoffs(state, now) if s.role == role), None)


def _stands(signoff: SignOff, state: ReviewState) -> bool:
    return (
        signoff.approve
        and not signoff.voided
        and (signoff.revision, signoff.digest) == (state.revision, state.digest)
        and signoff.principal_id not in ("", SYSTEM.id)
        and signoff.method not in MACHINES
    )


# -- may they sign? ------------------------------------------------------------------------------


def check_sign(state: ReviewState, signing: Signing, config: Config, now: datetime) -> None:
    """Raise the first reason why this sign-off is refused; otherwise it may be made."""
    check_person(signing.by)
    _check_role(signing, config, now)
    if signing.digest is not None and signing.digest != state.digest:
        raise StaleDigest(
            "The brief has changed since you read it; read it again and sign what it says now.",
            digest=state.digest,
            revision=state.revision,
        )
    if signing.approve:
        _check_approval(state, signing, now)


def check_person(by: Principal) -> None:
    """Only people sign. Demo reviewers are people; the desk itself and services are not."""
    if by.id in ("", SYSTEM.id) or by.method in MACHINES:
        raise NotAPerson("Only a person can sign.")


def takes_over(state: ReviewState, by: Principal, first: SignOff, now: datetime) -> bool:
    """Whether ``by`` may take the place of ``first`` in the role both hold.

    Only to bring the fresh eyes that are still missing: otherwise a contributor who signed and
    left would keep the one fresh holder of that role out until expiry.
    """
    return (
        state.policy.dual
        and by.id not in state.contributors
        and first.principal_id in state.contributors
        and not any(_is_fresh(s, state) for s in valid_signoffs(state, now))
    )


def acts_as(by: Principal, role: str, now: datetime) -> bool:
    """Whether ``by`` holds the role, or stands in for it at this moment."""
    return role in by.roles or by.stands_in(role, now) is not None


def may_clear(by: Principal, role: str, config: Config, now: datetime) -> bool:
    """Whether ``by`` may clear a decline of ``role``: as it, or, once it is gone, as any."""
    able = {role} if role in config.signoff_roles else {role, *config.signoff_roles}
    return any(acts_as(by, one, now) for one in able)


def _check_role(signing: Signing, config: Config, now: datetime) -> None:
    if signing.role not in config.signoff_roles:
        known = ", ".join(config.signoff_roles)
        raise UnknownRole(f"There is no sign-off role of that name; the roles are: {known}.")
    if not acts_as(signing.by, signing.role, now):
        raise RoleNotHeld(f"{signing.by.name} does not hold the role {signing.role}.")


def _check_approval(state: ReviewState, signing: Signing, now: datetime) -> None:
    by, role = signing.by, signing.role
    if state.withdrawn:
        raise CitesWithdrawn(_CITES_WITHDRAWN, items=tuple(sorted(state.withdrawn)))
    if any(d.role == role for d in state.declines):
        raise Declined(f"{role} has declined this brief and must clear that first.")
    others = tuple(s for s in valid_signoffs(state, now) if s.role != role)
    if mine := next((s for s in others if s.principal_id == by.id), None):
        raise SamePerson(f"{by.name} has signed as {mine.role}; somebody else must sign as {role}.")
    first = standing(state, role, now)
    if first and first.principal_id != by.id and not takes_over(state, by, first, now):
        raise AlreadySigned(f"{first.name} has already signed as {role}.", role=role, by=first.name)
    _check_fresh_eyes(state, by, role, others)


def _check_fresh_eyes(
    state: ReviewState, by: Principal, role: str, others: tuple[SignOff, ...]
) -> None:
    """Refuse the last sign-off when nobody who signed has come to the text unburdened."""
    if not state.policy.dual or by.id not in state.contributors:
        return
    complete = {role, *(s.role for s in others)} >= set(state.policy.required_roles)
    if complete and not any(_is_fresh(s, state) for s in others):
        raise NoFreshEyes(
            "Everybody who has signed wrote part of this brief, and so did you; "
            "one of the signers must have written none of it."
        )


def _is_fresh(signoff: SignOff, state: ReviewState) -> bool:
    return signoff.principal_id not in state.contributors


# -- the gate ------------------------------------------------------------------------------------


def gate(state: ReviewState, now: datetime) -> Gate:
    """Whether this revision may leave now. Trusts nothing that ``check_sign`` should have caught.

    Evaluate it inside the transaction that creates the export.
    """
    required = state.policy.required_roles
    given = {s.role: s for s in reversed(valid_signoffs(state, now)) if s.role in required}
    missing = tuple(role for role in required if role not in given)
    if given and not state.policy.dual:
        missing = ()
    refusals = tuple(
        Refusal(brief_id=state.brief_id, code=code, message=message)
        for code, message in _reasons(state, given, missing)
    )
    return Gate(
        open=not refusals,
        missing_roles=missing,
        single_signed=not state.policy.dual,
        refusals=refusals,
    )


def _reasons(
    state: ReviewState, given: Mapping[str, SignOff], missing: tuple[str, ...]
) -> Iterator[tuple[ShutCode, str]]:
    try:
        check_policy(state.policy)
    except Invalid as impossible:
        yield "gate_shut", str(impossible)
    yield from _obstacles(state)
    if missing:
        yield "gate_shut", f"Sign-offs are missing: {', '.join(missing)}."
    if not state.policy.dual:
        return
    if len({s.principal_id for s in given.values()}) < len(given):
        yield "same_person", "One person signed in two roles."
    if not missing and not any(_is_fresh(s, state) for s in given.values()):
        yield "no_fresh_eyes", "Everybody who signed wrote part of this brief."


def _obstacles(state: ReviewState) -> Iterator[tuple[ShutCode, str]]:
    """What no sign-off gets past."""
    if state.merged_into:
        yield "merged", f"Its issue was merged into {state.merged_into}."
    if state.withdrawn:
        yield "cites_withdrawn", _CITES_WITHDRAWN
    for decline in state.declines:
        yield "declined", f"{decline.name} declined as {decline.role}."
