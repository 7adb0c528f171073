"""The counts of a run in words, the same in every command. Pure."""

from collections.abc import Mapping
from typing import Any

WORDS = {
    "new": "new",
    "known": "already here",
    "duplicates": "near-duplicates or copies",
    "rejected": "rejected",
}
"""What became of the entries that were read: docs/reference/sources.md explains each."""


def told(run: Mapping[str, Any], *, zeros: bool = True) -> list[str]:
    """The counts of a run row; without ``zeros`` only what there is."""
    return [
        f"{run.get(name, 0):,} {words}" for name, words in WORDS.items() if zeros or run.get(name)
    ]


def amount(number: int, one: str, many: str = "") -> str:
    """``1 event``, ``2,000 events``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
