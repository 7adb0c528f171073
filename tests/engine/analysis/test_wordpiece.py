"""Golden pairs agree with the reference implementation of the table's own tokenizer."""

import pytest

from engine.analysis.embed import load_vocabulary
from engine.analysis.wordpiece import CACHED_WORDS, Wordpiece, split_words

VOCABULARY = ["[UNK]", "port", "##s", "strike", "un", "##load", "##ed", "$", "5", ".", "新", "cafe"]


@pytest.fixture
def wordpiece() -> Wordpiece:
    return Wordpiece(VOCABULARY)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ports Strike", ["ports", "strike"]),
        ("Café—naïve", ["cafe", "—", "naive"]),
        ("$5.7bn: port-side", ["$", "5", ".", "7bn", ":", "port", "-", "side"]),
        ("新しい法", ["新", "しい", "法"]),
        ("two\u00a0words\tand\u200ba\x00b", ["two", "words", "andab"]),
        ("", []),
    ],
)
def test_text_splits_at_spaces_punctuation_and_han_characters(text: str, words: list[str]) -> None:
    assert list(split_words(text)) == words


def test_a_word_is_matched_greedily_from_the_left(wordpiece: Wordpiece) -> None:
    pieces = [VOCABULARY[row] for row in wordpiece.encode("Ports unloaded $5.")]

    assert pieces == ["port", "##s", "un", "##load", "##ed", "$", "5", "."]


def test_a_word_with_an_unmatched_part_is_one_unknown_piece(wordpiece: Wordpiece) -> None:
    assert wordpiece.encode("portly strike") == [0, 3]
    assert wordpiece.known("portly strike") == [3]


def test_an_endless_word_is_unknown(wordpiece: Wordpiece) -> None:
    assert wordpiece.encode("port" + "s" * 100) == [0]


def test_the_word_cache_is_bounded(wordpiece: Wordpiece) -> None:
    for number in range(CACHED_WORDS + 10):
        wordpiece.encode(f"x{number}")

    assert len(wordpiece._cache) <= CACHED_WORDS


def test_the_packaged_vocabulary_gives_the_reference_pieces() -> None:
    vocabulary = load_vocabulary()

    pieces = [vocabulary[row] for row in Wordpiece(vocabulary).encode("Harbourmen unmoored—twice!")]

    assert "".join(pieces).replace("##", "") == "harbourmenunmoored—twice!"
    assert len(vocabulary) == 29_525
