"""Items to issues, one at a time as they arrive. Pure and deterministic.

An item joins the active issue that explains it best, or opens one. Two things speak for an issue:
the angle between the item's vector and the issue's mean, and how much more likely the item's words
are in the issue than in the news at large (a log likelihood ratio, so that a rare shared name
counts much and a large mixed issue explains nothing well). Why: docs/explanation/analysis.md.
"""

import math
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from engine.analysis.words import Background

KEYWORD_POOL: Final = 80


class ClusterRules(Struct, frozen=True, kw_only=True):
    """The constants of clustering, all in one place."""

    threshold: float = 0.47
    """An item that no issue explains this well opens one."""
    words_weight: float = 1.5
    """What full word evidence adds, beside the cosine."""
    length_penalty: float = 0.25
    """Added to the threshold per e-fold of words beyond a headline: long texts are alike."""
    headline_words: int = 10
    half_life: timedelta = timedelta(days=7)
    """An issue's pull halves for each such time between it and the item."""
    window: timedelta = timedelta(days=14)
    """An issue that gained nothing for this long is closed."""
    active: int = 6_000
    """More active issues than this close the one that waited longest."""
    candidates: int = 12
    """How many issues near in angle are compared word by word."""
    telling_words: int = 4
    """Beside them: issues that share one of the item's rarest words..."""
    telling_issues: int = 30
    """...unless more issues than this have it."""
    prior_items: int = 1_000
    """How many items the background word frequencies are worth."""


class Evidence(Struct, frozen=True):
    """What clustering sees of one item: a unit vector, distinct words, its time in the news."""

    vector: NDArray[np.float32]
    words: Sequence[str]
    when: datetime


class Active(Struct):
    """An issue that can still gain items: its row in the matrix, its span, its word counts."""

    slot: int
    first: datetime
    last: datetime
    arrived: datetime
    size: int = 0
    counts: dict[str, int] = field(default_factory=dict)


class Clusterer:
    """The active issues. State depends only on the sequence of `add` calls."""

    def __init__(self, background: Background, rules: ClusterRules, dimensions: int) -> None:
        self._background = background
        self._rules = rules
        self._issues: OrderedDict[str, Active] = OrderedDict()
        self._ids: dict[int, str] = {}
        self._free: list[int] = []
        self._sums = np.zeros((64, dimensions), dtype=np.float32)
        self._means = np.zeros((64, dimensions), dtype=np.float32)
        self._items = 0
        self._item_counts: dict[str, int] = {}
        self._holders: dict[str, set[int]] = {}
        self._holds = False

    def __len__(self) -> int:
        return len(self._issues)

    def __contains__(self, issue_id: str) -> bool:
        return issue_id in self._issues

    def choose(self, item: Evidence) -> str | None:
        """The issue the item belongs to; None if it opens one."""
        if not self._issues:
            return None
        cosines = self._means[: len(self._ids) + len(self._free)] @ item.vector
        shares = {word: self._share(word) for word in item.words}
        most = sum(_ratio(1.0, share) for share in shares.values()) or 1.0
        best, best_score = None, self._threshold(item)
        for slot in sorted(self._candidates(cosines, shares)):
            issue = self._issues[self._ids[slot]]
            score = float(cosines[slot])
            score += self._rules.words_weight * _told(issue, shares) / most
            score = self._faded(score, issue, item.when)
            if score > best_score:
                best, best_score = slot, score
        return None if best is None else self._ids[best]

    def add(self, issue_id: str, item: Evidence, arrived: datetime) -> tuple[str, ...]:
        """Count the item towards the issue, opening it if need be. Returns the issues it closed."""
        issue = self._issues.get(issue_id) or self._open(issue_id, item.when, arrived)
        issue.size += 1
        issue.first, issue.last = min(issue.first, item.when), max(issue.last, item.when)
        issue.arrived = max(issue.arrived, arrived)
        self._learn(issue, item)
        self._issues.move_to_end(issue_id)
        return self._close_stale(arrived)

    def touch(self, issue_id: str, when: datetime, arrived: datetime) -> tuple[str, ...]:
        """As `add`, for a near-duplicate: it keeps the issue active and tells nothing new."""
        issue = self._issues[issue_id]
        issue.first, issue.last = min(issue.first, when), max(issue.last, when)
        issue.arrived = max(issue.arrived, arrived)
        self._issues.move_to_end(issue_id)
        return self._close_stale(arrived)

    def hold(self) -> None:
        """Close none by itself until `settle`."""
        self._holds = True

    def settle(self) -> None:
        """Issues that came back stand again where their last arrival puts them."""
        by_arrival = sorted(self._issues.items(), key=lambda each: each[1].arrived)
        self._issues = OrderedDict(by_arrival)
        self._holds = False

    def evidence_of(self, issue_id: str) -> dict[str, float]:
        """The issue's commonest words and what they tell: count times log likelihood ratio."""
        issue = self._issues[issue_id]
        # Of equal counts the word met first: the sort is stable.
        common = sorted(issue.counts, key=issue.counts.__getitem__, reverse=True)[:KEYWORD_POOL]
        return {
            word: issue.counts[word] * _ratio(issue.counts[word] / issue.size, self._share(word))
            for word in common
        }

    # -- choosing --------------------------------------------------------------------------------

    def _threshold(self, item: Evidence) -> float:
        excess = math.log(max(1.0, len(item.words) / self._rules.headline_words))
        return self._rules.threshold + self._rules.length_penalty * excess

    def _candidates(self, cosines: NDArray[np.float32], shares: dict[str, float]) -> set[int]:
        count = self._rules.candidates
        if len(cosines) > count:
            near = set(np.argpartition(-cosines, count)[:count].tolist())
        else:
            near = set(range(len(cosines)))
        for word in sorted(shares, key=lambda word: (shares[word], word))[
            : self._rules.telling_words
        ]:
            holders = self._holders.get(word, set())
            if len(holders) <= self._rules.telling_issues:
                near |= holders
        return near - set(self._free)

    def _faded(self, score: float, issue: Active, when: datetime) -> float:
        gap = max(issue.first - when, when - issue.last, timedelta(0))
        # Rounded, so that the last bits of a matrix product never decide.
        return round(score * math.pow(0.5, gap / self._rules.half_life), 5)

    def _share(self, word: str) -> float:
        """The share of items with the word: what was seen, smoothed by the background."""
        prior = self._rules.prior_items
        expected = prior * self._background.share(word) + 0.5
        return min(1.0, (self._item_counts.get(word, 0) + expected) / (self._items + prior))

    # -- keeping ---------------------------------------------------------------------------------

    def _open(self, issue_id: str, when: datetime, arrived: datetime) -> Active:
        slot = self._free.pop() if self._free else len(self._ids)
        if slot == len(self._sums):
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
            self._means = np.concatenate([self._means, np.zeros_like(self._means)])
        self._ids[slot] = issue_id
        issue = Active(slot=slot, first=when, last=when, arrived=arrived)
        self._issues[issue_id] = issue
        return issue

    def _learn(self, issue: Active, item: Evidence) -> None:
        self._sums[issue.slot] += item.vector
        length = float(np.linalg.norm(self._sums[issue.slot]))
        self._means[issue.slot] = self._sums[issue.slot] / (length or 1.0)
        self._items += 1
        for word in item.words:
            issue.counts[word] = issue.counts.get(word, 0) + 1
            self._item_counts[word] = self._item_counts.get(word, 0) + 1
            self._holders.setdefault(word, set()).add(issue.slot)

    def _close_stale(self, now: datetime) -> tuple[str, ...]:
        closed: list[str] = []
        while self._issues and not self._holds:
            issue_id, issue = next(iter(self._issues.items()))
            fits = len(self._issues) <= self._rules.active
            if fits and now - issue.arrived <= self._rules.window:
                break
            self.close(issue_id)
            closed.append(issue_id)
        return tuple(closed)

    def close(self, issue_id: str) -> None:
        """Forget an active issue."""
        issue = self._issues.pop(issue_id)
        self._sums[issue.slot] = self._means[issue.slot] = 0.0
        del self._ids[issue.slot]
        self._free.append(issue.slot)
        self._items -= issue.size
        for word, count in issue.counts.items():
            self._item_counts[word] -= count
            self._holders[word].discard(issue.slot)
            if not self._item_counts[word]:
                del self._item_counts[word], self._holders[word]


def _told(issue: Active, shares: dict[str, float]) -> float:
    """How much more likely the words are in the issue than outside, in nats."""
    counts, size = issue.counts, issue.size
    return sum(
        _ratio(counts[word] / size, share) for word, share in shares.items() if word in counts
    )


def _ratio(inside: float, outside: float) -> float:
    """Log likelihood ratio of a word under a half-and-half mixture of issue and background."""
    return math.log(0.5 + 0.5 * inside / outside) if inside > outside else 0.0
