"""Vectors and words to probabilities over a taxonomy. Pure; fitted from the taxonomy's seeds.

Kernel ridge regression on the seed headlines, then a softmax whose temperature is fitted on
leave-one-out predictions, so that the probabilities are about as sure as the seeds allow.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine.analysis.embed import Embedder
from engine.analysis.learn import Lessons, Matrix, kernel
from engine.analysis.taxonomy import Definition, Taxonomy
from engine.analysis.words import words

SHARPNESS: Final = 4.0
RIDGE: Final = 0.3
# What one cue word adds to its quadrant's score, where the seeds put right answers near 1.
CUE: Final = 0.1
# One off-topic class stands against all quadrants together: what it is given to make that even.
OFF_TOPIC_HEAD_START: Final = 0.07
# Tried temperatures. The last is a cap: seeds are clearer than the news, and would want more.
TEMPERATURES: Final = tuple(float(t) for t in np.geomspace(1.0, 8.0, 25))
REVIEW_MARGIN: Final = 0.15
REVIEW_RELEVANCE: Final = 0.5


class Verdict(Struct, frozen=True):
    """`confidence` is the quadrant's share among the quadrants, `relevance` is 1 - P(off topic)."""

    quadrant: str
    confidence: float
    relevance: float
    needs_review: bool


class Classifier:
    """A fitted taxonomy and what people have corrected since."""

    def __init__(self, taxonomy: Taxonomy, embedder: Embedder) -> None:
        self._names = taxonomy.names
        self._fit = _fit(taxonomy, embedder)
        self._lessons = Lessons()

    @property
    def names(self) -> tuple[str, ...]:
        return self._names

    def scores(self, vectors: NDArray[np.float32], texts: Sequence[Sequence[str]]) -> Matrix:
        """One row per text: a score per quadrant, then off topic if the taxonomy has one."""
        return self._lessons.adjust(vectors, self._fit.scores(vectors, texts))

    def verdict(self, scores: Matrix) -> Verdict:
        """What one row of scores, or the mean of several, says."""
        lifted = scores.copy()
        lifted[len(self._names) :] += OFF_TOPIC_HEAD_START
        shares = _softmax(lifted[None] * self._fit.temperature)[0]
        quadrants = shares[: len(self._names)]
        relevance = float(quadrants.sum())
        inner = quadrants / relevance
        first, second = np.sort(inner)[::-1][:2]
        unsure = first - second < REVIEW_MARGIN or relevance < REVIEW_RELEVANCE
        best = self._names[int(inner.argmax())]
        return Verdict(best, round(float(first), 4), round(relevance, 4), bool(unsure))

    def correct(
        self, subject: str, quadrant: str, vector: NDArray[np.float32], text: Sequence[str]
    ) -> None:
        """Learn that a subject with this vector and words belongs to the quadrant."""
        found = self._fit.scores(vector[None], [text])[0]
        wanted = np.full(len(found), -1.0 / len(found))
        wanted[self._names.index(quadrant)] = 1.0
        self._lessons.teach(subject, vector, wanted - found)

    def forget(self, subject: str) -> None:
        """Unlearn what a person said of the subject."""
        self._lessons.forget(subject)


class Fit:
    """What the seeds alone say. Never changes."""

    def __init__(self, taxonomy: Taxonomy, embedder: Embedder) -> None:
        classes = taxonomy.definitions
        self._classes = len(classes)
        self._cues = _cue_table(classes)
        seeds = [(seed, row) for row, each in enumerate(classes) for seed in each.seeds]
        self._vectors = embedder.embed([seed for seed, _ in seeds])
        labels = np.array([row for _, row in seeds])
        cues = self._cue_scores(words(seed) for seed, _ in seeds)
        self._weights, left_out = _ridge(self._vectors, labels, self._classes)
        self.temperature = _temperature(left_out + cues, labels)

    def scores(self, vectors: NDArray[np.float32], texts: Iterable[Sequence[str]]) -> Matrix:
        """As the classifier's, before anything was corrected."""
        learnt: Matrix = kernel(vectors, self._vectors, SHARPNESS) @ self._weights
        return learnt + self._cue_scores(texts)

    def _cue_scores(self, texts: Iterable[Sequence[str]]) -> Matrix:
        rows = []
        for text in texts:
            row = np.zeros(self._classes)
            for word in text:
                if (hits := self._cues.get(word)) is not None:
                    row += hits
            rows.append(np.minimum(row, 2.0) * CUE)
        return np.array(rows).reshape(-1, self._classes)


# Fitted once for a process: an analyst that begins anew, as after a restart, need not wait.
_fit = cache(Fit)


def _cue_table(classes: Sequence[Definition]) -> dict[str, Matrix]:
    table: dict[str, Matrix] = {}
    for row, each in enumerate(classes):
        for cue in each.cues:
            for word in words(cue):
                table.setdefault(word, np.zeros(len(classes)))[row] = 1.0
    return table


def _ridge(
    vectors: NDArray[np.float32], labels: NDArray[np.int_], classes: int
) -> tuple[Matrix, Matrix]:
    """Dual weights, and each seed's prediction by a fit that did not see it."""
    targets = np.where(labels[:, None] == np.arange(classes), 1.0, -1.0 / classes)
    # A quadrant with few seeds counts as much as one with many.
    sizes = np.bincount(labels, minlength=classes)[labels]
    doubt = RIDGE * sizes / sizes.mean()
    system = kernel(vectors, vectors, SHARPNESS) + np.diag(doubt)
    inverse: Matrix = np.linalg.inv(system).astype(np.float64)
    weights: Matrix = inverse @ targets
    left_out: Matrix = targets - weights / np.diag(inverse)[:, None]
    return weights, left_out


def _temperature(scores: Matrix, labels: NDArray[np.int_]) -> float:
    def loss(temperature: float) -> float:
        right = _softmax(scores * temperature)[np.arange(len(labels)), labels]
        return -float(np.log(right + 1e-9).mean())

    return min(TEMPERATURES, key=loss)


def _softmax(scores: Matrix) -> Matrix:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Matrix = raised / raised.sum(axis=1, keepdims=True)
    return shares
