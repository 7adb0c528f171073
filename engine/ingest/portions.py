"""Cutting a list of texts into portions that are quick to pack, wherever they are packed. Pure."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from engine.model import Entry

T = TypeVar("T")

COUNT: Final = 50
CHARACTERS: Final = 100_000
"""Letters beyond ASCII are packed at some 100 a microsecond: this is a millisecond of them."""


def portions(whole: Sequence[T], weigh: Callable[[T], int]) -> Iterator[tuple[T, ...]]:
    """The parts of ``whole``, in order: at most COUNT each, and CHARACTERS unless it is one alone.

    ``weigh`` says how many characters one has. Nothing gives no portion.
    """
    portion: list[T] = []
    weight = 0
    for one in whole:
        more = weigh(one)
        if portion and (len(portion) == COUNT or weight + more > CHARACTERS):
            yield tuple(portion)
            portion, weight = [], 0
        portion.append(one)
        weight += more
    if portion:
        yield tuple(portion)


def entry_weight(entry: Entry) -> int:
    return len(entry.title) + len(entry.text) + len(entry.url) + len(entry.guid)
