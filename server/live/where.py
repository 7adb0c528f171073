"""Which events a subscription shows. Pure.

A part of a filter that an event has nothing to say about lets it pass.
"""

from typing import Protocol

import msgspec
from msgspec import Struct

from engine.events.event import TOPICS, Facets
from engine.model import Snapshot
from server.live.messages import Where


class PartialFacets(Struct, frozen=True):
    """What one row of an event says about itself; None where it says nothing."""

    quadrant: str | None = None
    score: float | None = None


class Filterable(Protocol):
    """An event as filters see it; ``facets`` is only asked where a filter looks at them."""

    topic: str
    subject: str

    @property
    def facets(self) -> tuple[PartialFacets, ...]: ...


class Filter(Struct, frozen=True, cache_hash=True):
    """Topics and ``where`` of one subscription. Equal filters share their joined bytes."""

    topics: frozenset[str]
    where: Where = Where()

    def shows(self, event: Filterable) -> bool:
        if event.topic not in self.topics:
            return False
        where = self.where
        if where.subject is not None and event.subject and event.subject not in where.subject:
            return False
        if where.quadrant is None and where.min_score is None:
            return True
        facets = event.facets
        return not facets or any(_holds(where, each) for each in facets)


def unknown_topic(topics: frozenset[str]) -> str | None:
    """The sentence that refuses the first topic that there is not."""
    if unknown := sorted(topics.difference(TOPICS)):
        return f"There is no topic {unknown[0]!r}: known are {', '.join(TOPICS)}."
    return None


def unknown_quadrant(where: Where, quadrants: tuple[str, ...]) -> str | None:
    """The sentence that refuses the first quadrant that the desk does not have: whoever waits for
    it would wait for ever."""
    if unknown := sorted(set(where.quadrant or ()).difference(quadrants)):
        return f"There is no quadrant {unknown[0]!r}: known are {', '.join(quadrants)}."
    return None


class _Data(Struct):
    """The part of any event's data that filters look at."""

    issue: PartialFacets | None = None
    other: PartialFacets | None = None
    brief: PartialFacets | None = None
    was: Facets | None = None


_decoder = msgspec.json.Decoder(_Data)


def facets_of(fields: bytes) -> tuple[PartialFacets, ...]:
    """What an event's own fields show now, and what they showed before: leaving a filter is news
    too."""
    data = _decoder.decode(fields)
    now = tuple(row for row in (data.issue, data.other, data.brief) if row is not None)
    if not now or data.was is None:
        return now
    return *now, PartialFacets(data.was.quadrant, data.was.score)


def narrow(snapshot: Snapshot, where: Where) -> Snapshot:
    """The rows of a snapshot that the filter shows; other rows would never be updated."""
    issues, briefs = snapshot.issues, snapshot.briefs
    if issues is not None:
        issues = tuple(
            row for row in issues if _keeps(where, row.id, PartialFacets(row.quadrant, row.score))
        )
    if briefs is not None:
        briefs = tuple(row for row in briefs if _keeps(where, row.id, PartialFacets(row.quadrant)))
    return msgspec.structs.replace(snapshot, issues=issues, briefs=briefs)


def _keeps(where: Where, subject: str, facets: PartialFacets) -> bool:
    if where.subject is not None and subject not in where.subject:
        return False
    return _holds(where, facets)


def _holds(where: Where, facets: PartialFacets) -> bool:
    quadrant, score = facets.quadrant, facets.score
    if where.quadrant is not None and quadrant is not None and quadrant not in where.quadrant:
        return False
    return where.min_score is None or score is None or score >= where.min_score
