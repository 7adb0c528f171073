"""What happens to the review of a brief when the items under it are put elsewhere. Pure.

As in ``transitions.py``: a new state, and the sign-offs that stopped counting.
"""

from msgspec.structs import replace

from engine.model import Decline, Principal
from engine.review.state import ReviewState
from engine.review.transitions import Voided, void_all


def merged_away(state: ReviewState, into: str, why: str) -> Voided:
    """The issue went into another, and this brief goes nowhere any more."""
    state, voided = void_all(state, why)
    return replace(state, merged_into=into), voided


def regrouped(
    state: ReviewState, by: Principal, why: str, declines: tuple[Decline, ...] = ()
) -> Voided:
    """``by`` has changed which items the brief stands on, and so has written part of it.

    ``declines`` are open ones of a brief whose issue has come in: they stay until cleared.
    """
    state, voided = void_all(state, why)
    known = {(d.role, d.principal_id) for d in state.declines}
    new = tuple(d for d in declines if (d.role, d.principal_id) not in known)
    contributors = state.contributors | {by.id}
    return replace(state, contributors=contributors, declines=(*state.declines, *new)), voided


def item_withdrawn(state: ReviewState, item_id: str, by: Principal, why: str) -> Voided:
    """A publisher took back what the revision cites: nothing leaves until it no longer does."""
    state, voided = regrouped(state, by, why)
    return replace(state, withdrawn=state.withdrawn | {item_id}), voided
