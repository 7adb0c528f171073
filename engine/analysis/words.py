"""What counts as a word when items are compared, and how common words are. Pure."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from engine.analysis.wordpiece import CONTINUATION, is_cjk, split_words

# The vocabulary lists special pieces and single characters first, then words, commonest first.
FIRST_WORD: Final = "the"
# A word outside the vocabulary is about as rare as the last one in it.
RAREST_RANK: Final = 30_000


def words(text: str) -> tuple[str, ...]:
    """The text's distinct words, in order: folded, plural s dropped, without single letters.

    Han text has no spaces: each pair of neighbouring characters counts as a word.
    """
    found: dict[str, None] = {}
    split = list(split_words(text))
    for word in split:
        if len(word) > 1 and word.isalnum():
            found[singular(word)] = None
    for left, right in pairwise(split):
        if len(left) == len(right) == 1 and is_cjk(left) and is_cjk(right):
            found[left + right] = None
    return tuple(found)


def singular(word: str) -> str:
    """The word without a plural s. Crude, and the same for every word it meets."""
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "is", "us")):
        return word[:-1]
    return word


def is_number(word: str) -> bool:
    """Whether the word states a figure: `40`, `1st`, `q3`."""
    return any(character.isdigit() for character in word)


class Background:
    """How often words occur in text at large, by Zipf's law over a vocabulary's order."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        start = vocabulary.index(FIRST_WORD)
        self._ranks: dict[str, int] = {}
        for rank, piece in enumerate(vocabulary[start:], start=1):
            if not piece.startswith(CONTINUATION):
                self._ranks.setdefault(singular(piece), rank)

    def rank(self, word: str) -> int:
        """1 for the commonest word."""
        return self._ranks.get(word, RAREST_RANK)

    def share(self, word: str) -> float:
        """Roughly the share of short texts that contain the word, 0..1."""
        return 1.0 / self.rank(word)
