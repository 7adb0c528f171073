"""What one admin may not do alone, and who may confirm it. Pure.

The reasons are in ``docs/adr/0010-what-takes-two-admins.md``.
"""

from datetime import datetime, timedelta

from engine.errors import Conflict, NotAPerson, SamePerson
from engine.model import SYSTEM, Change, Config, Principal
from engine.review.rules import MACHINES

WAITS_FOR = timedelta(hours=72)
"""How long a change waits for its second admin: over a weekend."""


def may_alone(by: Principal) -> bool:
    """Whoever has the data folder and no server in front of it: the first ones are made so."""
    return by.id == SYSTEM.id


def takes_two(role: str, config: Config) -> bool:
    """Sign-off roles, and ``admin``: who makes admins alone would soon be two of them."""
    return role == "admin" or role in config.signoff_roles


def loosened(before: Config, after: Config) -> tuple[str, ...]:
    """The fields by which ``after`` asks less of the people who sign; empty when by none."""
    fields = (
        ("require_dual_signoff", before.require_dual_signoff and not after.require_dual_signoff),
        ("signoff_roles", not set(before.signoff_roles) <= set(after.signoff_roles)),
        ("signoff_ttl_hours", after.signoff_ttl_hours > before.signoff_ttl_hours),
    )
    return tuple(name for name, is_looser in fields if is_looser)


def check_two_people(by: Principal) -> None:
    """Raise NotAPerson for a program: it is neither of the two. The host acts as ``system``."""
    if by.method in MACHINES and not may_alone(by):
        raise NotAPerson("A program neither asks for nor confirms what takes two people.")


def check_confirm(change: Change, by: Principal, now: datetime) -> None:
    """Raise the reason why ``by`` may not confirm this now. That they are an admin is known."""
    check_two_people(by)
    if by.id == change.asked_by_id:
        raise SamePerson(f"{by.name} asked for this; another admin must confirm it.")
    if now >= change.lapses_at:
        raise Conflict("Nobody confirmed this in time; ask for it again.")
