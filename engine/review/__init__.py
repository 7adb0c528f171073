"""Review: who may sign, when it lapses, and what exactly was signed. Pure."""

from engine.review.diff import diff
from engine.review.digest import SCHEME, digest, edition_digest
from engine.review.inbox import inbox
from engine.review.rules import (
    check_policy,
    check_sign,
    gate,
    is_frozen,
    next_expiry,
    policy_revision,
    stricter,
    valid_signoffs,
)
from engine.review.state import Gate, ReviewState, Signed, Signing
from engine.review.transitions import (
    clear_decline,
    expire,
    on_new_revision,
    opened,
    role_removed,
    sign,
    void_all,
    withdraw,
)
from engine.review.unsettle import item_withdrawn, merged_away, regrouped

__all__ = [
    "SCHEME",
    "Gate",
    "ReviewState",
    "Signed",
    "Signing",
    "check_policy",
    "check_sign",
    "clear_decline",
    "diff",
    "digest",
    "edition_digest",
    "expire",
    "gate",
    "inbox",
    "is_frozen",
    "item_withdrawn",
    "merged_away",
    "next_expiry",
    "on_new_revision",
    "opened",
    "policy_revision",
    "regrouped",
    "role_removed",
    "sign",
    "stricter",
    "valid_signoffs",
    "void_all",
    "withdraw",
]
