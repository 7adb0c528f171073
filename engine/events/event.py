"""What every event is, and the topics events are about. Pure."""

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
PRIVATE_TOPICS: frozenset[str] = frozenset({"access", "audit"})
"""Topics that only ``admin`` may follow."""


class Facets(Struct, frozen=True):
    """What a ``where`` filter looks at."""

    quadrant: str
    score: float


class Event(Struct, frozen=True, kw_only=True):
    """Base of every event. Its CloudEvents ``type`` stands in the table below."""
