"""The sentences a brief may quote, with what speaks for each. Pure.

    score = 0.45 centrality + 0.20 corroboration + 0.15 position + 0.10 recency + 0.10 substance

Each part is 0..1. Centrality is the cosine to the mean of the publishers' means, so that one
publisher's many copies do not drown the others; corroboration is how many other publishers say a
similar thing (three are enough); position favours the head of an item; recency is where the item
stands between the oldest and the newest; substance is a figure, a name or a quotation.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.model import Item, Record

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
"""Texts to unit row vectors."""
Split = Callable[[str], Sequence[tuple[int, int]]]
"""A text to the spans of its sentences."""

ITEMS_READ: Final = 40
SENTENCES_PER_ITEM: Final = 8
SHORTEST: Final = 30
LONGEST: Final = 360
# News puts what matters into the first paragraphs; the rest is background.
_READ: Final = 3_000
_FEWEST_WORDS: Final = 5
_CENTRALITY, _CORROBORATION, _POSITION, _RECENCY, _SUBSTANCE = 0.45, 0.20, 0.15, 0.10, 0.10
_ENOUGH: Final = 3
SIMILAR: Final = 0.68
"""From this cosine on a sentence of another publisher corroborates."""
_FURNITURE: Final = re.compile(
    r"(?i)^(?:read more|click|subscribe|sign up|follow us|photo|image|video|advertisement|"
    r"copyright|©|all rights|share this|related|listen|watch)\b|https?://"
)
_FIGURE: Final = re.compile(r"\d")
_NAME: Final = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}")
_QUOTATION: Final = re.compile('["“”«]')


class Candidate(Record, frozen=True, kw_only=True):
    """A sentence of an item: ``getattr(item, field)[start:end] == text``."""

    item: Item
    field: Literal["text", "title"]
    start: int
    end: int
    text: str
    place: int
    """How many sentences of the item come before it."""


class Material(Record, frozen=True, kw_only=True):
    """All candidates with their vectors' cosines, centrality and score, in the same order."""

    candidates: tuple[Candidate, ...]
    cosines: NDArray[np.float32]
    centrality: NDArray[np.float32]
    scores: NDArray[np.float32]


def gather(items: Sequence[Item], embed: Embed, split: Split) -> Material:
    """The candidates of the newest ITEMS_READ items, in the order of the items."""
    newest = sorted(items, key=lambda item: (_told(item), item.id))[-ITEMS_READ:]
    found = tuple(each for item in newest for each in _candidates(item, split))
    if not found:
        empty = np.zeros(0, dtype=np.float32)
        return Material(
            candidates=(), cosines=np.zeros((0, 0), np.float32), centrality=empty, scores=empty
        )
    vectors = embed([each.text for each in found])
    publishers = [each.item.publisher for each in found]
    cosines = vectors @ vectors.T
    centrality = _centrality(vectors, publishers)
    shared = _CENTRALITY * centrality + _CORROBORATION * _corroboration(cosines, publishers)
    return Material(
        candidates=found,
        cosines=cosines,
        centrality=centrality,
        scores=shared + _own_merits(found),
    )


def _candidates(item: Item, split: Split) -> list[Candidate]:
    """The usable sentences at the head of an item; its title where it has none."""
    head = item.text[:_READ]
    found: list[Candidate] = []
    for place, (start, end) in enumerate(split(head)):
        cut_off = end == len(head) < len(item.text)
        if not cut_off and _is_usable(head[start:end]):
            found.append(_candidate(item, "text", start, end, place))
        if len(found) == SENTENCES_PER_ITEM:
            break
    return found or [_candidate(item, "title", 0, len(item.title), 0)]


def _candidate(
    item: Item, field: Literal["text", "title"], start: int, end: int, place: int
) -> Candidate:
    source = item.text if field == "text" else item.title
    return Candidate(
        item=item, field=field, start=start, end=end, text=source[start:end], place=place
    )


def _is_usable(sentence: str) -> bool:
    """A statement of readable length, not furniture of a web page, not a question."""
    if not SHORTEST <= len(sentence) <= LONGEST or sentence.endswith("?"):
        return False
    enough = len(sentence.split()) >= _FEWEST_WORDS or not sentence.isascii()
    return enough and not _FURNITURE.search(sentence)


def _centrality(vectors: Vectors, publishers: Sequence[str]) -> NDArray[np.float32]:
    names = sorted(set(publishers))
    means = np.stack(
        [
            vectors[[at for at, each in enumerate(publishers) if each == name]].mean(0)
            for name in names
        ]
    )
    centre = means.mean(0)
    length = float(np.linalg.norm(centre))
    cosines: NDArray[np.float32] = vectors @ (centre / length if length else centre)
    return np.clip(cosines, 0, 1)


def _corroboration(cosines: NDArray[np.float32], publishers: Sequence[str]) -> NDArray[np.float32]:
    counts = [
        len({publishers[int(other)] for other in np.flatnonzero(row >= SIMILAR)} - {publisher})
        for row, publisher in zip(cosines, publishers, strict=True)
    ]
    return np.minimum(np.asarray(counts, dtype=np.float32) / _ENOUGH, 1)


def _own_merits(found: Sequence[Candidate]) -> NDArray[np.float32]:
    """Position, recency and substance, weighed."""
    times = [_told(each.item).timestamp() for each in found]
    oldest, span = min(times), max(times) - min(times)
    merits = [
        _POSITION / (1 + each.place / 2)
        + _RECENCY * ((time - oldest) / span if span else 1.0)
        + _SUBSTANCE * _substance(each.text)
        for each, time in zip(found, times, strict=True)
    ]
    return np.asarray(merits, dtype=np.float32)


def _substance(sentence: str) -> float:
    signs = (_FIGURE, _NAME, _QUOTATION)
    return sum(bool(sign.search(sentence)) for sign in signs) / len(signs)


def _told(item: Item) -> datetime:
    return item.published or item.arrived
