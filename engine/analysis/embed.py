"""Texts to unit vectors: the mean of static wordpiece vectors. Pure after `load`.

The table weighs pieces by rarity already (SIF, at distillation), so a plain mean is enough.
How it was made: docs/reference/embedding-table.md.
"""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.analysis.wordpiece import Wordpiece

DIMENSIONS: Final = 256
# What the model was distilled for; a longer text says the rest again.
LONGEST_TEXT: Final = 512

TABLE: Final = Path(str(resources.files("engine.analysis"))) / "table"

Vectors = NDArray[np.float32]


class Embedder:
    """The quantised table and its tokenizer."""

    def __init__(
        self, codes: NDArray[np.int8], scales: NDArray[np.float32], wordpiece: Wordpiece
    ) -> None:
        self._codes = codes
        self._scales = scales
        self._wordpiece = wordpiece

    @classmethod
    @cache
    def load(cls) -> Self:
        """The packaged table, one for the process, memory-mapped: only the rows that are used
        become resident."""
        codes = np.load(TABLE / "codes.npy", mmap_mode="r")
        return cls(codes, np.load(TABLE / "scales.npy"), Wordpiece(load_vocabulary()))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 per text, or of zeros where the table has nothing to say.

        That is where no piece is known, and where most letters are not Latin: of other scripts
        the table has single letters, which would make all such texts alike. A text's row does
        not depend on the other texts of the call.
        """
        pieces = [
            self._wordpiece.known(text)[:LONGEST_TEXT] if is_mostly_latin(text) else []
            for text in texts
        ]
        sums = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, rows in enumerate(pieces):
            if rows:
                sums[row] = self._scales[rows] @ self._codes[rows].astype(np.float32)
        return normalised(sums)


def is_mostly_latin(text: str) -> bool:
    """Whether at least half of the text's letters are Latin."""
    if text.isascii():
        return True
    letters = [character for character in text if character.isalpha()]
    # Accented Latin letters end before the Greek ones begin; later blocks add some more.
    latin = sum(character < "\u0370" or "\u1e00" <= character < "\u1f00" for character in letters)
    return latin * 2 >= len(letters)


def normalised(rows: Vectors) -> Vectors:
    """Each row scaled to length 1; zero rows stay zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


@cache
def load_vocabulary() -> tuple[str, ...]:
    """The table's pieces in row order."""
    # Not splitlines: the vocabulary holds characters that Python counts as line ends.
    return tuple((TABLE / "vocabulary.txt").read_text(encoding="utf-8").split("\n")[:-1])
