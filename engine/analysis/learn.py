"""What people's corrections teach the classifier. Pure; the same corrections, the same lessons.

The classifier stays as it is. Beside it a second, more local kernel ridge regression learns what
it got wrong at the corrected places, so that one correction changes its neighbourhood at once and
leaves the rest alone.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Narrower than the classifier's: a correction is about one story, not about a quadrant.
SHARPNESS: Final = 6.0
# How far a correction is trusted against its neighbours: 0 would follow each to the letter.
DOUBT: Final = 0.1
# The newest corrections that count; the system of equations grows with the cube of this.
REMEMBERED: Final = 300

Matrix = NDArray[np.float64]


def kernel(left: NDArray[np.float32], right: NDArray[np.float32], sharpness: float) -> Matrix:
    """Likeness of unit vectors, 1 for equal ones: a Gaussian of their distance."""
    # In single precision, where numpy's exp is several times faster.
    exponent = np.float32(sharpness) * (left @ right.T - np.float32(1.0))
    likeness: Matrix = np.exp(exponent).astype(np.float64)
    return likeness


class Lessons:
    """The residuals at the corrected vectors; a subject corrected again counts once."""

    def __init__(self) -> None:
        self._corrections: dict[str, tuple[NDArray[np.float32], Matrix]] = {}
        self._vectors = np.zeros((0, 0), dtype=np.float32)
        self._weights: Matrix = np.zeros((0, 0))

    def teach(self, subject: str, vector: NDArray[np.float32], residual: Matrix) -> None:
        """`residual` is what the classifier's scores at `vector` lacked."""
        self._corrections.pop(subject, None)
        self._corrections[subject] = (vector, residual)
        while len(self._corrections) > REMEMBERED:
            del self._corrections[next(iter(self._corrections))]
        self._solve()

    def forget(self, subject: str) -> None:
        """As if the subject had never been corrected."""
        if self._corrections.pop(subject, None) is not None and self._corrections:
            self._solve()

    def _solve(self) -> None:
        self._vectors = np.stack([vector for vector, _ in self._corrections.values()])
        residuals = np.stack([residual for _, residual in self._corrections.values()])
        likeness = kernel(self._vectors, self._vectors, SHARPNESS)
        system = likeness + DOUBT * np.eye(len(residuals))
        self._weights = np.linalg.solve(system, residuals).astype(np.float64)

    def adjust(self, vectors: NDArray[np.float32], scores: Matrix) -> Matrix:
        """The scores with what was learnt added."""
        if not self._corrections:
            return scores
        adjusted: Matrix = scores + kernel(vectors, self._vectors, SHARPNESS) @ self._weights
        return adjusted
