"""Stories that the desk follows. Pure data."""

from datetime import datetime

from engine.model.ground import Priority, Record, Score


class Issue(Record, frozen=True, kw_only=True):
    """A story the desk follows, as a list row. ``reasons`` say in words why it scores so.

    An issue that was merged into another, or whose last item was withdrawn, is in no edition.
    """

    id: str
    title: str
    quadrant: str
    confidence: Score
    relevance: Score
    score: Score
    priority: Priority
    needs_review: bool
    item_count: int
    source_count: int
    duplicate_count: int
    first_seen: datetime
    last_seen: datetime
    edition: str
    keywords: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    corrected_by: str | None = None
    titled_by: str | None = None
    """Who gave it its title; the desk then keeps it."""
    grouped_by: tuple[str, ...] = ()
    """Who chose what belongs to it, by merging, splitting or withdrawing."""
    merged_into: str | None = None


class SplitIssue(Record, frozen=True, kw_only=True):
    """What is left of an issue, and the other that some of its items became."""

    issue: Issue
    other: Issue
