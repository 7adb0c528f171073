"""Stories that the desk follows. Pure data."""

from datetime import datetime

from engine.model.ground import Priority, Record, Score


class Issue(Record, frozen=True, kw_only=True):
    """A story the desk follows, as a list row. ``reasons`` say in words why it scores so."""

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
