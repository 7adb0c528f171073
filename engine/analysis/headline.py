"""An issue's title, keywords and id, chosen from what its items say. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.analysis.embed import normalised
from engine.analysis.wordpiece import split_words
from engine.analysis.words import Background, is_number, singular

KEYWORDS: Final = 5
SLUG_LENGTH: Final = 40
HASH_LENGTH: Final = 6
GOOD_LENGTH: Final = (35, 110)
# A keyword is rarer than this many words of the language.
KEYWORD_RANK: Final = 200

# What each flaw costs, on the scale of a cosine between title and issue.
FLAWS: Final = tuple(
    (cost, re.compile(pattern, re.IGNORECASE))
    for cost, pattern in (
        (0.15, r"(\.\.\.|…)\s*$"),
        (0.10, r"\?"),
        (0.10, r"!"),
        (0.15, r"^(update|wrapup|video|photos?|watch|live|opinion|recap|corrected)\b"),
        (0.15, r"^\d+\s+(\w+\s+)?(things|reasons|ways|facts|photos|tips)\b"),
        (0.15, r"\b(you|your|what happens next|this is why|here's)\b"),
        (0.05, r"\((video|photos?|report|update\w*)\)"),
    )
)
SHOUTING: Final = 0.10
BAD_LENGTH: Final = 0.15


def choose_title(titles: Sequence[str], vectors: NDArray[np.float32]) -> str:
    """The title nearest to what all items say, less its flaws; the earliest of equals."""
    likeness = vectors @ normalised(vectors.mean(axis=0, keepdims=True))[0]
    merits = [
        round(float(near) - flaws(title), 4) for title, near in zip(titles, likeness, strict=True)
    ]
    return titles[merits.index(max(merits))]


def flaws(title: str) -> float:
    """How much speaks against the title as a heading: cut off, teasing, shouting, odd length."""
    shortest, longest = GOOD_LENGTH
    cost = 0.0 if shortest <= len(title) <= longest else BAD_LENGTH
    cost += SHOUTING * title.isupper()
    return cost + sum(price for price, pattern in FLAWS if pattern.search(title))


def keywords(
    evidence: Mapping[str, float], titles: Sequence[str], background: Background
) -> tuple[str, ...]:
    """The words that tell the issue from others, most telling first, spelt as titles spell them."""
    telling = [
        word
        for word in evidence
        if len(word) > 2 and background.rank(word) > KEYWORD_RANK and not is_number(word)
    ]
    chosen = sorted(telling, key=lambda word: (-evidence[word], word))[:KEYWORDS]
    spelt = {word: word for word in chosen}
    for title in reversed(titles):
        spelt.update((s, word) for word in split_words(title) if (s := singular(word)) in spelt)
    return tuple(spelt[word] for word in chosen)


def issue_id(item_id: str, title: str) -> str:
    """A readable id for the issue an item opens; the same item always gives the same id."""
    digest = hashlib.sha256(item_id.encode()).hexdigest()[:HASH_LENGTH]
    return f"{_slug(title) or 'issue'}-{digest}"


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"['’]", "", plain)
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(slug) > SLUG_LENGTH:
        slug = slug[: SLUG_LENGTH + 1].rpartition("-")[0] or slug[:SLUG_LENGTH]
    return slug.strip("-")
