"""What every event is, and the topics events are about. Pure."""

from collections.abc import Iterable
from typing import Literal, get_args

from msgspec import Struct

Topic = Literal[
    "issue",
    "item",
    "brief",
    "review",
    "config",
    "export",
    "edition",
    "ingest",
    "presence",
    "access",
    "audit",
]
TOPICS: tuple[Topic, ...] = get_args(Topic)
READERS: dict[str, frozenset[str]] = {
    "access": frozenset({"admin"}),
    "audit": frozenset({"admin", "auditor"}),
}
"""Topics that only these roles may read, live, replayed or in the audit log."""
PRIVATE_TOPICS: frozenset[str] = frozenset(READERS)


def may_read(roles: Iterable[str], topics: frozenset[str]) -> bool:
    """Whether somebody with these roles may read every one of the topics."""
    held = frozenset(roles)
    return not any(READERS[topic].isdisjoint(held) for topic in topics & PRIVATE_TOPICS)


class Facets(Struct, frozen=True):
    """What a ``where`` filter looks at."""

    quadrant: str
    score: float


class Event(Struct, frozen=True, kw_only=True):
    """Base of every event. Its CloudEvents ``type`` stands in the table below."""
