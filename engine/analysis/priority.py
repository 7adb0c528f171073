"""From a score to a priority. Pure; free of numpy, because the desk needs it too."""

from typing import Final

from engine.model import Priority

PRIORITY_FLOORS: Final[tuple[tuple[float, Priority], ...]] = (
    (0.70, "critical"),
    (0.50, "high"),
    (0.28, "medium"),
)


def priority_of(score: float) -> Priority:
    """The highest priority whose floor ``score`` (0..1) reaches."""
    reached = [name for floor, name in PRIORITY_FLOORS if score >= floor]
    return reached[0] if reached else "low"
