"""Copies of a text that came in before: MinHash finds candidates, a word comparison decides. Pure.

A syndicated copy says the same words, perhaps a few less. An update brings a new fact: another
figure, or other words in place of the old ones. Only the former is a near-duplicate.
"""

import zlib
from array import array
from collections.abc import Iterable
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine.analysis.words import Background, is_number, words

# 16 bands of 4 rows let a pair that shares 3/4 of its words pass with probability .998,
# one that shares 1/4 with .06.
BANDS: Final = 16
ROWS: Final = 4
# The commonest words say nothing about whether two texts are the same...
FUNCTION_WORDS: Final = 120
# ...except those that turn a statement round.
NEGATIONS: Final = frozenset({"no", "not", "never", "without"})
# What wire services put round a headline.
PACKAGING: Final = frozenset(
    {"breaking", "corrected", "exclusive", "photo", "update", "updated", "video", "wrapup"}
)
# A body of fewer words is a teaser and is compared together with the title.
BODY_WORDS: Final = 40
# How many characters of a body are compared: enough to tell, small enough to keep.
BODY_LENGTH: Final = 2_000
# Below this many words one changed word is a changed fact.
SHORT: Final = 20
# Fewer words cannot tell a copy from a coincidence ("Market report").
FEWEST: Final = 3

_random = np.random.default_rng(20_140_310)
_SHAPE: Final = (BANDS * ROWS, 1)
_FACTORS: Final = _random.integers(1, 2**63, size=_SHAPE, dtype=np.uint64) | np.uint64(1)
_OFFSETS: Final = _random.integers(0, 2**63, size=_SHAPE, dtype=np.uint64)
_MIX: Final = _random.integers(1, 2**63, size=(BANDS, ROWS), dtype=np.uint64) | np.uint64(1)


class Fingerprint(Struct, frozen=True):
    """What is kept of a text: its words as numbers, its figures, a number per MinHash band."""

    words: "array[int]"
    figures: frozenset[str]
    bands: tuple[int, ...]


class NearDuplicates:
    """The fingerprints of originals, findable by likeness."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._originals: dict[str, Fingerprint] = {}
        self._buckets: dict[int, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._originals)

    def fingerprint(self, title: str, text: str) -> Fingerprint | None:
        """None for a text with too few words to be told apart."""
        content = self._content(text[:BODY_LENGTH])
        if len(content) < BODY_WORDS:
            content = self._content(f"{title} {text}"[:BODY_LENGTH])
        if len(content) < FEWEST:
            return None
        hashes = array("I", sorted(zlib.crc32(word.encode()) for word in content))
        return Fingerprint(hashes, frozenset(filter(is_number, content)), _bands(hashes))

    def find(self, fingerprint: Fingerprint) -> str | None:
        """The id of a remembered text that this one copies; of several, the one met first."""
        candidates = {
            item_id: None for band in fingerprint.bands for item_id in self._buckets.get(band, ())
        }
        copied = (c for c in candidates if is_copy(fingerprint, self._originals[c]))
        return next(copied, None)

    def add(self, item_id: str, fingerprint: Fingerprint) -> None:
        """Remember an original. Copies need not be added: their copies find the original too."""
        if item_id in self._originals:
            return
        self._originals[item_id] = fingerprint
        for band in fingerprint.bands:
            self._buckets[band] = (*self._buckets.get(band, ()), item_id)

    def forget(self, item_id: str) -> None:
        """No longer find this original."""
        fingerprint = self._originals.pop(item_id)
        for band in fingerprint.bands:
            left = tuple(other for other in self._buckets[band] if other != item_id)
            if left:
                self._buckets[band] = left
            else:
                self._buckets.pop(band)

    def _content(self, text: str) -> list[str]:
        return [
            word
            for word in words(text)
            if word in NEGATIONS
            or (word not in PACKAGING and self._background.rank(word) > FUNCTION_WORDS)
        ]


def is_copy(left: Fingerprint, right: Fingerprint) -> bool:
    """Whether the two say the same, up to a cut or a few edited words."""
    ours, theirs = set(left.words), set(right.words)
    union = len(ours | theirs)
    fewer, more = sorted((len(ours - theirs), len(theirs - ours)))
    if union < SHORT:
        return left.figures == right.figures and fewer == 0 and more <= union / 7
    replaced = left.figures - right.figures and right.figures - left.figures
    return not replaced and fewer <= union / 20 and more <= union / 4


def _bands(hashes: Iterable[int]) -> tuple[int, ...]:
    row = np.fromiter(hashes, dtype=np.uint64)
    hashed: NDArray[np.uint64] = row * _FACTORS + _OFFSETS
    smallest = (hashed >> np.uint64(32)).min(axis=1).reshape(BANDS, ROWS)
    # One number per band; _MIX differs by band, so equal rows of two bands stay apart.
    return tuple((smallest * _MIX).sum(axis=1).tolist())
