"""Evidence: the sentences a brief rests on, each with where it stands and how sure it is. Pure.

    confidence = 1 − (1 − base) × 0.6^(publishers − 1),   base = 0.30 + 0.45 × centrality

``publishers`` counts those that say a similar thing (cosine ≥ 0.68), the sentence's own included:
each further one removes 40 % of the doubt that is left. Never above 0.99.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from engine.briefing.candidates import Candidate, Material
from engine.briefing.choose import corroborating
from engine.model import Evidence, Statement

_BASE, _PER_CENTRALITY, _DOUBT_LEFT = 0.30, 0.45, 0.6
_CEILING: Final = 0.99
_CORROBORATION_SHOWN: Final = 2


class Ledger:
    """Collects evidence as statements cite it; each sentence is listed once, in that order."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._cited: dict[str, Evidence] = {}

    def statement(self, at: int) -> Statement:
        """Candidate ``at`` as it stands, resting on itself and on what corroborates it."""
        others = corroborating(self._material, at)[:_CORROBORATION_SHOWN]
        return Statement(text=self._material.candidates[at].text, evidence=self.cite([at, *others]))

    def cite(self, places: Iterable[int]) -> tuple[str, ...]:
        """The ids of candidates as evidence."""
        ids = []
        for at in places:
            candidate = self._material.candidates[at]
            key = evidence_id(candidate)
            if key not in self._cited:
                self._cited[key] = self._evidence(key, at)
            ids.append(key)
        return tuple(ids)

    def all(self) -> tuple[Evidence, ...]:
        return tuple(self._cited.values())

    def _evidence(self, key: str, at: int) -> Evidence:
        candidate = self._material.candidates[at]
        item = candidate.item
        publishers = 1 + len(corroborating(self._material, at))
        return Evidence(
            id=key,
            item_id=item.id,
            quote=candidate.text,
            start=candidate.start,
            end=candidate.end,
            publisher=item.publisher,
            url=item.url,
            published=item.published,
            confidence=confidence(float(self._material.centrality[at]), publishers),
            field=candidate.field,
        )


def confidence(centrality: float, publishers: int) -> float:
    """The formula above, to two decimals."""
    doubt = 1 - (_BASE + _PER_CENTRALITY * min(1.0, max(0.0, centrality)))
    return round(min(_CEILING, 1 - doubt * _DOUBT_LEFT ** (publishers - 1)), 2)


def evidence_id(candidate: Candidate) -> str:
    """The same for the same sentence of the same item in every revision."""
    where = f"{candidate.item.id}\0{candidate.field}\0{candidate.start}\0{candidate.end}"
    return f"ev-{hashlib.sha256(where.encode()).hexdigest()[:12]}"
