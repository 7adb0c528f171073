import pytest

from engine.analysis.words import Background, is_number, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ports strike: the ports' 40 cranes", ("port", "strike", "the", "40", "crane")),
        ("Boss faces crisis over bus glass", ("boss", "face", "crisis", "over", "bus", "glass")),
        ("U.S.", ()),
        ("新法通過", ("新法", "法通", "通過")),
    ],
)
def test_words_are_distinct_folded_and_singular(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == expected


def test_a_word_with_a_digit_states_a_figure() -> None:
    assert is_number("q3")
    assert not is_number("third")


def test_a_word_outside_the_vocabulary_is_rarer_than_any_inside(background: Background) -> None:
    assert background.rank("the") == 1
    assert background.share("the") > background.share("harbour") > background.share("qelvarin")
