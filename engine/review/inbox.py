"""What awaits one person, from the rows that a follower has too. Pure.

It asks the rules themselves, so it offers nothing that they would refuse.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from engine.errors import WireroomError
from engine.model import (
    BriefRow,
    Change,
    Config,
    Inbox,
    Policy,
    Principal,
    SignOff,
    ToAdopt,
    ToClear,
    ToSign,
    ToSignAgain,
)
from engine.review.rules import acts_as, check_sign, may_clear, standing
from engine.review.state import ReviewState, Signing
from engine.review.transitions import took_back


def inbox(
    by: Principal,
    briefs: Iterable[BriefRow],
    config: Config,
    changes: Iterable[Change],
    now: datetime,
) -> Inbox:
    """``briefs`` are the edition's rows, ``changes`` those that wait for a second admin."""
    rows = tuple(briefs)
    roles = tuple(role for role in config.signoff_roles if acts_as(by, role, now))
    unsent = tuple(row for row in rows if row.state != "released")
    return Inbox(
        sign=tuple(one for row in unsent for one in _to_sign(by, row, roles, config, now)),
        clear=tuple(one for row in rows for one in _to_clear(by, row, config, now)),
        proposals=tuple(_to_adopt(row) for row in rows if roles and row.proposed_items),
        voided=tuple(one for row in unsent for one in _to_sign_again(by, row, roles, now)),
        confirm=tuple(change for change in changes if _may_confirm(by, change, now)),
    )


def state_of(row: BriefRow) -> ReviewState:
    """The review state as far as a row tells it: all that the rules of signing ask for."""
    return ReviewState(
        brief_id=row.id,
        revision=row.revision,
        digest=row.digest,
        policy=Policy(required_roles=row.required_roles, dual=row.dual),
        edited_fields=frozenset(row.edited_fields),
        contributors=frozenset(row.contributors),
        signoffs=row.signoffs,
        declines=row.declines,
        earlier=row.earlier_signoffs,
    )


def _to_sign(
    by: Principal, row: BriefRow, roles: Iterable[str], config: Config, now: datetime
) -> Iterator[ToSign]:
    state = state_of(row)
    for role in roles:
        first = standing(state, role, now)
        is_wanted = role in row.required_roles and not (first and first.principal_id == by.id)
        if is_wanted and _can_sign(state, by, role, config, now):
            yield ToSign(
                brief_id=row.id,
                title=row.title,
                role=role,
                deputy=role not in by.roles,
                revision=row.revision,
                digest=row.digest,
                why=f"{first.name} signed as {role}, and wrote part of it: fresh eyes are missing."
                if first
                else f"{role} has not signed.",
            )


def _can_sign(state: ReviewState, by: Principal, role: str, config: Config, now: datetime) -> bool:
    try:
        check_sign(state, Signing(by=by, role=role), config, now)
    except WireroomError:
        return False
    return True


def _to_clear(by: Principal, row: BriefRow, config: Config, now: datetime) -> Iterator[ToClear]:
    for decline in row.declines:
        if may_clear(by, decline.role, config, now):
            yield ToClear(
                brief_id=row.id,
                title=row.title,
                role=decline.role,
                by=decline.name,
                at=decline.at,
                note=decline.note,
            )


def _to_adopt(row: BriefRow) -> ToAdopt:
    return ToAdopt(
        brief_id=row.id, title=row.title, new_items=row.proposed_items, digest=row.digest
    )


def _to_sign_again(
    by: Principal, row: BriefRow, roles: Iterable[str], now: datetime
) -> Iterator[ToSignAgain]:
    for role in roles:
        last = _last_of(by, role, row)
        if last is None or not last.voided or took_back(last) or standing(state_of(row), role, now):
            continue
        yield ToSignAgain(
            brief_id=row.id,
            title=row.title,
            role=role,
            why=last.voided,
            signed_revision=last.revision,
            signed_digest=last.digest,
            digest=row.digest,
            difference=f"/brief/{row.id}/difference?since={last.digest}",
        )


def _last_of(by: Principal, role: str, row: BriefRow) -> SignOff | None:
    """What this person last said of the brief in this role, on whichever revision."""
    said = (*row.signoffs[::-1], *row.earlier_signoffs[::-1])
    mine = (s for s in said if (s.principal_id, s.role) == (by.id, role))
    return next((s for s in mine if s.approve), None)


def _may_confirm(by: Principal, change: Change, now: datetime) -> bool:
    return "admin" in by.roles and change.asked_by_id != by.id and now < change.lapses_at
