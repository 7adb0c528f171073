"""What goes into the analyst and what comes out. Pure data, ready for msgpack."""

from datetime import datetime

from msgspec import Struct

from engine.model import Priority


class AnalysedItem(Struct, frozen=True, kw_only=True):
    """An item as far as analysis needs it. Times are aware."""

    id: str
    title: str
    text: str = ""
    publisher: str = ""
    published: datetime | None = None
    arrived: datetime


class Placed(Struct, frozen=True, kw_only=True):
    """An item with the place the store holds for it. `duplicate_of` names the original item."""

    item: AnalysedItem
    issue_id: str
    duplicate_of: str | None = None


class Assignment(Struct, frozen=True, kw_only=True):
    """Where one item of a batch belongs. `is_new_issue` is true for the item that opened it."""

    item_id: str
    issue_id: str
    duplicate_of: str | None
    is_new_issue: bool


class IssueReading(Struct, frozen=True, kw_only=True):
    """All that analysis says of an issue, at one moment.

    `item_count` counts every item, `duplicate_count` those of them that are near-duplicates.
    `confidence`, `relevance` and `score` are 0..1.
    """

    id: str
    title: str
    quadrant: str
    confidence: float
    relevance: float
    needs_review: bool
    score: float
    priority: Priority
    reasons: tuple[str, ...]
    keywords: tuple[str, ...]
    item_count: int
    source_count: int
    duplicate_count: int
    first_seen: datetime
    last_seen: datetime


class Analysis(Struct, frozen=True, kw_only=True):
    """What a batch did: one assignment per item, in order; each touched issue once."""

    assignments: tuple[Assignment, ...]
    issues: tuple[IssueReading, ...]
