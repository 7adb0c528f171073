"""Who may do what, in one table. Pure.

Sign-off roles come from the desk's config; whoever holds one, or stands in for it, is a reviewer.
``admin`` keeps the house (people, tokens, sources, config) but cannot sign by virtue of it.
"""

from typing import Literal

from engine.errors import NotAllowed, Unauthenticated
from engine.model import SYSTEM, Config, Principal

Action = Literal[
    "read",
    "audit",
    "review",
    "edit",
    "correct",
    "ingest",
    "interrupt",
    "configure",
    "tokens",
    "people",
]

REVIEWER = "a sign-off role"
ALLOWED: dict[Action, frozenset[str]] = {
    "audit": frozenset({"auditor", "admin"}),
    "review": frozenset({REVIEWER}),
    "edit": frozenset({REVIEWER}),
    "correct": frozenset({REVIEWER}),
    "ingest": frozenset({REVIEWER, "admin"}),
    "interrupt": frozenset({REVIEWER, "admin"}),
    "configure": frozenset({"admin"}),
    "tokens": frozenset({"admin"}),
    "people": frozenset({"admin"}),
}
"""What is not listed (``read``) needs no more than being someone."""


def require(by: Principal, action: Action, config: Config) -> None:
    """Raise Unauthenticated for nobody, NotAllowed for somebody without a fitting role."""
    if not by.id:
        raise Unauthenticated("Sign in first: this needs to know who is asking.")
    allowed = ALLOWED.get(action)
    if allowed is None or by.id == SYSTEM.id:
        return
    if not allowed & _standing(by, config):
        needed = " or ".join(sorted(allowed))
        raise NotAllowed(f"{by.name} may not do this: it takes {needed}.")


def _standing(by: Principal, config: Config) -> frozenset[str]:
    acting = {*by.roles, *(one.role for one in by.deputy_of)}
    reviewer = {REVIEWER} if acting & set(config.signoff_roles) else set()
    return frozenset(by.roles) | reviewer
