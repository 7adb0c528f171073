"""Which candidates a brief says: relevant, not redundant, not all from one publisher. Pure.

Maximal marginal relevance (Carbonell and Goldstein 1998): the next sentence is the one with the
highest relevance less its likeness to what is already chosen.
"""

import re
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.briefing.candidates import SIMILAR, Material

_REDUNDANCY: Final = 0.6
_SAME_PUBLISHER: Final = 0.08
SAME_THING: Final = 0.82
"""From this cosine on two sentences say the same: never both are chosen."""

SHARED_WORDS: Final = 2
"""Longer words or numbers that two sentences about one thing have in common at least."""
_WORD: Final = re.compile(r"\d[\d.,]*|\w{4,}")
_COMMON: Final = frozenset(
    {"about", "after", "also", "been", "from", "have", "into", "more", "over", "said", "some"}
    | {"than", "that", "their", "them", "they", "this", "were", "what", "when", "which", "will"}
    | {"with", "would", "year"}
)

Relevance = NDArray[np.float32]


def choose(material: Material, relevance: Relevance, most: int, least: float) -> list[int]:
    """Up to ``most`` candidates with a relevance above ``least``, the most telling first."""
    chosen: list[int] = []
    left = [int(at) for at in np.flatnonzero(relevance > least)]
    while left and len(chosen) < most:
        value = _marginal(material, relevance, chosen)
        # The index decides a tie, so that the same items always make the same brief.
        best = max(left, key=lambda at: (value(at), -at))
        chosen.append(best)
        left = [at for at in left if at != best and material.cosines[at, best] < SAME_THING]
    return chosen


def corroborating(material: Material, at: int) -> list[int]:
    """The most similar candidate of each other publisher that says a similar thing.

    A cosine alone takes two sentences of one kind for one another; they must share words too.
    """
    own = material.candidates[at].item.publisher
    words = _telling(material.candidates[at].text)
    best: dict[str, int] = {}
    for other in np.argsort(-material.cosines[at], kind="stable"):
        if material.cosines[at, other] < SIMILAR:
            break
        publisher = material.candidates[other].item.publisher
        shared = words & _telling(material.candidates[other].text)
        if publisher != own and len(shared) >= SHARED_WORDS:
            best.setdefault(publisher, int(other))
    return list(best.values())


def _telling(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold())) - _COMMON


def _marginal(
    material: Material, relevance: Relevance, chosen: list[int]
) -> Callable[[int], float]:
    used = {material.candidates[at].item.publisher for at in chosen}

    def value(at: int) -> float:
        likeness = max((float(material.cosines[at, each]) for each in chosen), default=0.0)
        again = material.candidates[at].item.publisher in used
        return float(relevance[at]) - _REDUNDANCY * likeness - _SAME_PUBLISHER * again

    return value
