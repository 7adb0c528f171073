"""What is kept of one issue between batches: counts, times and a few sample items. Pure."""

from bisect import insort
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from engine.analysis.readings import AnalysedItem
from engine.analysis.score import IMPACT_WORDS, Facts

# Enough to choose a title and a quadrant from; more would say the same again.
SAMPLES: Final = 16
TIMES: Final = 256
# What was published longer ago than this is news to the desk when it arrives.
LATE: Final = timedelta(days=7)


class Sample(Struct, frozen=True):
    """An item of the issue that is not a copy of another."""

    title: str
    vector: NDArray[np.float32]
    title_vector: NDArray[np.float32]
    words: Sequence[str]


class Dossier(Struct):
    """The running state of one issue. `samples` are its first items: a title should not wander."""

    id: str
    items: int = 0
    duplicates: int = 0
    impact_items: int = 0
    publishers: set[str] = field(default_factory=set)
    times: list[datetime] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    originals: list[str] = field(default_factory=list)
    first_seen: datetime | None = None
    corrected: str | None = None

    def count(self, item: AnalysedItem, words: Sequence[str], *, duplicate: bool) -> None:
        """Note that the item belongs here."""
        seen = seen_at(item)
        self.items += 1
        self.duplicates += duplicate
        self.impact_items += not IMPACT_WORDS.isdisjoint(words)
        self.publishers.add(item.publisher or item.id)
        self.first_seen = min(self.first_seen or seen, seen)
        insort(self.times, seen)
        del self.times[:-TIMES]

    def facts(self, relevance: float, confidence: float) -> Facts:
        """What a score is made of."""
        return Facts(
            items=self.items,
            publishers=len(self.publishers),
            duplicates=self.duplicates,
            impact_items=self.impact_items,
            times=self.times,
            relevance=relevance,
            confidence=confidence,
        )


def seen_at(item: AnalysedItem) -> datetime:
    """When the item was news to this desk: its publication, unless that is absent or absurd."""
    published = item.published
    if published is None or published > item.arrived or item.arrived - published > LATE:
        return item.arrived
    return published


def told_at(item: AnalysedItem) -> datetime:
    """When the item was news to the world, as far as anyone says: for telling stories apart."""
    return item.published or item.arrived
