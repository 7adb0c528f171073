"""Text to embedding-table row numbers: BERT's uncased wordpiece. Pure but for a cache.

The rules are those the table was distilled with: drop control characters, set CJK characters
apart, lower-case, strip accents, split at white space and at every punctuation mark, then match
each word greedily from the left against the vocabulary.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final

UNKNOWN: Final = "[UNK]"
CONTINUATION: Final = "##"
# A longer word is one unknown piece, as in BERT: greedy matching is quadratic in the word.
LONGEST_WORD: Final = 100
# Headlines repeat words; past this many distinct words the cache starts afresh.
CACHED_WORDS: Final = 50_000

_CJK_BLOCKS: Final = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)


class Wordpiece:
    """A tokenizer for one vocabulary. Knows only lower-case pieces."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._ids = {piece: row for row, piece in enumerate(vocabulary)}
        self._unknown = self._ids[UNKNOWN]
        self._cache: dict[str, tuple[int, ...]] = {}

    def encode(self, text: str) -> list[int]:
        """Row numbers of the text's pieces; a word with an unmatched part is one `UNKNOWN`."""
        return [piece for word in split_words(text) for piece in self._pieces(word)]

    def known(self, text: str) -> list[int]:
        """As `encode`, without the unknown words."""
        return [piece for piece in self.encode(text) if piece != self._unknown]

    def _pieces(self, word: str) -> tuple[int, ...]:
        pieces = self._cache.get(word)
        if pieces is None:
            if len(self._cache) >= CACHED_WORDS:
                self._cache.clear()
            pieces = self._cache[word] = tuple(self._match(word))
        return pieces

    def _match(self, word: str) -> Iterable[int]:
        if len(word) > LONGEST_WORD:
            return (self._unknown,)
        pieces: list[int] = []
        start = 0
        while start < len(word):
            found = self._longest_piece(word, start)
            if found is None:
                return (self._unknown,)
            piece, start = found
            pieces.append(piece)
        return pieces

    def _longest_piece(self, word: str, start: int) -> tuple[int, int] | None:
        prefix = CONTINUATION if start else ""
        for end in range(len(word), start, -1):
            piece = self._ids.get(prefix + word[start:end])
            if piece is not None:
                return piece, end
        return None


def split_words(text: str) -> Iterator[str]:
    """Lower-case words and single punctuation marks, in order."""
    for chunk in _normalise(text).split():
        if chunk.isalnum():
            yield chunk
        else:
            yield from _split_punctuation(chunk)


def _normalise(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text.lower()
    spaced = "".join(map(_clean, text))
    decomposed = unicodedata.normalize("NFD", spaced)
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn").lower()


@lru_cache(maxsize=4096)
def _clean(character: str) -> str:
    if character in "\t\n\r" or unicodedata.category(character) == "Zs":
        return " "
    if character in "\x00\ufffd" or unicodedata.category(character).startswith("C"):
        return ""
    return f" {character} " if is_cjk(character) else character


def is_cjk(character: str) -> bool:
    """Whether the character is written without spaces round its word (Han ideographs)."""
    point = ord(character)
    return point >= 0x3400 and any(first <= point <= last for first, last in _CJK_BLOCKS)


def _split_punctuation(chunk: str) -> Iterator[str]:
    for punctuation, run in groupby(chunk, _is_punctuation):
        if punctuation:
            yield from run
        else:
            yield "".join(run)


def _is_punctuation(character: str) -> bool:
    # BERT counts every ASCII symbol, such as $ and +, as punctuation.
    if character.isascii():
        return not character.isalnum() and character > " "
    return unicodedata.category(character).startswith("P")
