"""How much an issue matters, 0..1, and why, in words. Pure; `now` is passed in.

    base  = .35 breadth + .15 volume + .20 pace + .30 impact
    score = base x (.40 + .60 freshness) x (.15 + .85 relevance) x (.85 + .15 confidence)

Every part is 0..1: breadth, volume and pace saturate (1 - e^(-x/scale)), impact is the share of
items with words of harm or large effect, freshness halves every `FRESH_HALF_LIFE`.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from engine.analysis.priority import priority_of
from engine.analysis.words import singular
from engine.model import Priority

BREADTH, VOLUME, PACE, IMPACT = 0.35, 0.15, 0.20, 0.30
# At scale, a part has reached 63 % of its worth.
PUBLISHERS_SCALE: Final = 4.0
ITEMS_SCALE: Final = 8.0
PACE_SCALE: Final = 4.0
PACE_WINDOW: Final = timedelta(hours=6)
FRESH_HALF_LIFE: Final = timedelta(hours=24)
FULL_IMPACT_SHARE: Final = 0.5
STALE_FLOOR, IRRELEVANT_FLOOR, UNSURE_FLOOR = 0.40, 0.15, 0.85

_IMPACT: Final = (
    "attack ban bankrupt bankruptcy billion bomb breach ceasefire collapse crash crisis dead "
    "deadly death default disaster earthquake emergency evacuate evacuation explosion famine "
    "flood fraud hack halt hostage hurricane invasion killed layoffs massacre missing outbreak "
    "pandemic plunge probe recall record resign resigns riot sanctions shutdown spill strike "
    "surge tariffs terror toll tsunami veto violence war wildfire"
)
IMPACT_WORDS: Final = frozenset(map(singular, _IMPACT.split()))


class Facts(Struct, frozen=True, kw_only=True):
    """What a score is made of. `times` are the newest items' times, oldest first."""

    items: int
    publishers: int
    duplicates: int
    impact_items: int
    times: Sequence[datetime]
    relevance: float
    confidence: float


class Score(Struct, frozen=True):
    value: float
    priority: Priority
    reasons: tuple[str, ...]


def rate(facts: Facts, now: datetime) -> Score:
    """Score, priority and reasons of an issue as of `now`."""
    recent = sum(now - PACE_WINDOW < time <= now for time in facts.times)
    impact = min(1.0, facts.impact_items / facts.items / FULL_IMPACT_SHARE)
    age = max(now - facts.times[-1], timedelta(0))
    base = (
        BREADTH * _saturating(facts.publishers - 1, PUBLISHERS_SCALE)
        + VOLUME * _saturating(facts.items - 1, ITEMS_SCALE)
        + PACE * _saturating(max(recent - 1, 0), PACE_SCALE)
        + IMPACT * impact
    )
    value = (
        base
        * _above(STALE_FLOOR, 0.5 ** (age / FRESH_HALF_LIFE))
        * _above(IRRELEVANT_FLOOR, facts.relevance)
        * _above(UNSURE_FLOOR, facts.confidence)
    )
    value = round(value, 4)
    return Score(value, priority_of(value), tuple(_reasons(facts, recent, impact, age)))


def _saturating(amount: float, scale: float) -> float:
    return 1.0 - math.exp(-amount / scale)


def _above(floor: float, part: float) -> float:
    return floor + (1.0 - floor) * part


def _reasons(facts: Facts, recent: int, impact: float, age: timedelta) -> list[str]:
    span = facts.times[-1] - facts.times[0]
    reasons = [f"{_count(facts.publishers, 'publisher')} {_during(span)}"]
    if recent > 1:
        reasons.append(f"{recent} items in the last {_span(PACE_WINDOW)}")
    if facts.duplicates:
        reasons.append(f"{_count(facts.duplicates, 'syndicated copy', 'syndicated copies')}")
    if impact >= 0.5:
        items = _count(facts.items, "item")
        reasons.append(f"words of harm or large effect in {facts.impact_items} of {items}")
    if age > FRESH_HALF_LIFE:
        reasons.append(f"nothing new for {_span(age)}")
    if facts.relevance < 0.5:
        reasons.append("probably off topic")
    return reasons


def _during(span: timedelta) -> str:
    return "at once" if span < timedelta(minutes=1) else f"in {_span(span)}"


def _span(span: timedelta) -> str:
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes < 60:
        return _count(minutes, "minute")
    if minutes < 48 * 60:
        return _count(round(minutes / 60), "hour")
    return _count(round(minutes / 1440), "day")


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
