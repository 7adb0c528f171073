"""How the review state changes: sign, decline, clear, withdraw, void, expire, revise. Pure.

Every function returns a new state and what stopped counting because of it. Those that a person
asks for raise what ``rules.py`` refuses.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from engine.errors import Invalid, NotFound, RoleNotHeld
from engine.model import SYSTEM, Assets, Config, Decline, Policy, Principal, SignOff
from engine.review.rules import check_person, check_sign, is_frozen, may_clear, standing
from engine.review.state import ReviewState, Signed, Signing

Voided = tuple[ReviewState, tuple[SignOff, ...]]
"""The state afterwards, and the sign-offs that stopped counting (each says why)."""


def sign(state: ReviewState, signing: Signing, config: Config, now: datetime) -> Signed:
    """Approve or decline. Saying again what already stands changes nothing."""
    check_sign(state, signing, config, now)
    if signing.approve:
        return _approve(state, signing, config, now)
    return _decline(state, signing, config, now)


def _approve(state: ReviewState, signing: Signing, config: Config, now: datetime) -> Signed:
    first = standing(state, signing.role, now)
    if first and first.principal_id == signing.by.id:
        return Signed(state=state, signoff=first, changed=False)
    why = f"{signing.by.name}, who wrote none of it, signed as {signing.role}"
    state, voided = _void(state, lambda s: s is first, why)
    signoff = _signoff(state, signing, config, now)
    after = replace(
        state,
        signoffs=(*state.signoffs, signoff),
        earlier=_without(state.earlier, signing.by.id, signing.role),
    )
    return Signed(state=after, signoff=signoff, voided=voided)


def _decline(state: ReviewState, signing: Signing, config: Config, now: datetime) -> Signed:
    """Keep the decline with the brief; approvals by the same person stop counting."""
    by, role = signing.by, signing.role
    signoff = _signoff(state, signing, config, now)
    state, voided = _void(state, lambda s: s.principal_id == by.id, _declined(by.name))
    state = replace(state, earlier=_without(state.earlier, by.id, role))
    if any((d.role, d.principal_id) == (role, by.id) for d in state.declines):
        return Signed(state=state, signoff=signoff, voided=voided, changed=bool(voided))
    decline = Decline(
        role=role,
        principal_id=by.id,
        name=by.name,
        revision=state.revision,
        at=now,
        note=signing.note,
    )
    after = replace(state, signoffs=(*state.signoffs, signoff), declines=(*state.declines, decline))
    return Signed(state=after, signoff=signoff, voided=voided)


def clear_decline(
    state: ReviewState, by: Principal, role: str, reason: str, config: Config, now: datetime
) -> tuple[ReviewState, tuple[Decline, ...]]:
    """Take back every open decline of ``role``: by a holder or deputy of it, with a reason.

    Nobody is left to hold a role that was removed from the configuration; its declines are
    cleared by a holder of any role that is there now.
    """
    check_person(by)
    if not reason.strip():
        raise Invalid("reason must say why the decline is cleared.")
    if not may_clear(by, role, config, now):
        able = role if role in config.signoff_roles else " or ".join(config.signoff_roles)
        raise RoleNotHeld(f"Only {able} can clear this decline.")
    cleared = tuple(d for d in state.declines if d.role == role)
    if not cleared:
        raise NotFound(f"There is no open decline by {role} on this brief.")
    kept = tuple(d for d in state.declines if d.role != role)
    return replace(state, declines=kept), cleared


def withdraw(
    state: ReviewState, by: Principal, role: str, now: datetime
) -> tuple[ReviewState, SignOff]:
    """Take one's own approval back, also when the role is no longer held."""
    mine = standing(state, role, now)
    if mine is None or mine.principal_id != by.id:
        raise NotFound(f"{by.name} has no valid sign-off as {role} on this brief.")
    state, (withdrawn,) = _void(state, lambda s: s is mine, _withdrew(by.name))
    return state, withdrawn


def void_all(state: ReviewState, why: str) -> Voided:
    """No approval counts any more."""
    return _void(state, lambda _: True, why)


def expire(state: ReviewState, now: datetime) -> Voided:
    """Write down what has lapsed. The gate is shut from ``expires_at`` on even without this."""
    return _void(state, lambda s: s.expires_at <= now, "It expired")


def role_removed(
    state: ReviewState,
    role: str,
    why: str,
    principal_id: str | None = None,
    *,
    deputy: bool | None = None,
) -> Voided:
    """Void what was signed in a role that is gone: for everybody, or for one person.

    ``deputy`` narrows it to what deputies signed, or to what holders of the role did.
    """

    def is_gone(signoff: SignOff) -> bool:
        theirs = principal_id in (None, signoff.principal_id)
        return theirs and signoff.role == role and deputy in (None, signoff.deputy)

    return _void(state, is_gone, why)


def opened(state: ReviewState) -> ReviewState:
    """Open for review: from now on machines only propose."""
    return replace(state, opened=True)


def keep_beside(state: ReviewState, copy: Mapping[str, Assets], author: str) -> ReviewState:
    """Keep copy beside what was signed: nothing of that changes, so every sign-off stands."""
    kept = {**state.beside, **copy}
    return replace(state, beside=kept, beside_by=state.beside_by | {author})


def taken_in(state: ReviewState) -> ReviewState:
    """What was beside is part of the revision now, and its authors have written part of it."""
    wrote = state.contributors | state.beside_by
    return replace(state, beside={}, beside_by=frozenset(), contributors=wrote)


def on_new_revision(
    state: ReviewState,
    *,
    author: str,
    number: int,
    digest: str,
    policy: Policy,
    why: str,
    edited_fields: frozenset[str] = frozenset(),
    cited: frozenset[str] = frozenset(),
) -> Voided:
    """Follow the brief to a new revision, written under the policy in force.

    ``author`` is a principal id, ``cited`` are the ids of the items that the new text cites.
    Nothing signed before counts on the new revision; declines, contributors, edited fields and the
    freeze stay. The voided sign-offs are those of the old revision.
    """
    frozen, by_person = is_frozen(state), author not in ("", SYSTEM.id)
    _, voided = void_all(state, why)
    after = replace(
        state,
        revision=number,
        digest=digest,
        policy=policy,
        opened=frozen or by_person,
        edited_fields=state.edited_fields | edited_fields,
        contributors=state.contributors | ({author} if by_person else frozenset()),
        signoffs=(),
        earlier=_newest((*state.earlier, *voided)),
        withdrawn=state.withdrawn & cited,
    )
    return after, voided


def took_back(signoff: SignOff) -> bool:
    """Whether it was voided by the signer's own will."""
    return signoff.voided in (_withdrew(signoff.name), _declined(signoff.name))


def _withdrew(name: str) -> str:
    return f"{name} withdrew it"


def _declined(name: str) -> str:
    return f"{name} declined"


def _without(signoffs: tuple[SignOff, ...], principal_id: str, role: str) -> tuple[SignOff, ...]:
    return tuple(s for s in signoffs if (s.principal_id, s.role) != (principal_id, role))


def _newest(signoffs: tuple[SignOff, ...]) -> tuple[SignOff, ...]:
    """The last one of each person in each role."""
    return tuple({(s.principal_id, s.role): s for s in signoffs}.values())


def _void(state: ReviewState, which: Callable[[SignOff], bool], why: str) -> Voided:
    """Mark the approvals ``which`` picks, unless something else voided them before."""
    signoffs, voided = [], []
    for signoff in state.signoffs:
        if signoff.approve and not signoff.voided and which(signoff):
            signoff = replace(signoff, voided=why or "It was voided")  # "" would keep it valid
            voided.append(signoff)
        signoffs.append(signoff)
    return replace(state, signoffs=tuple(signoffs)), tuple(voided)


def _signoff(state: ReviewState, signing: Signing, config: Config, now: datetime) -> SignOff:
    """A deputy's lapses with their time as deputy, if that ends first."""
    expires_at = now + timedelta(hours=config.signoff_ttl_hours)
    deputy = signing.role not in signing.by.roles
    if deputy and (term := signing.by.stands_in(signing.role, now)):
        expires_at = min(expires_at, term.until)
    return SignOff(
        brief_id=state.brief_id,
        revision=state.revision,
        digest=state.digest,
        role=signing.role,
        principal_id=signing.by.id,
        name=signing.by.name,
        approve=signing.approve,
        at=now,
        expires_at=expires_at,
        note=signing.note,
        method=signing.by.method,
        deputy=deputy,
    )
