"""Where sentences end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ingest.sentences import first_sentence, sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "whole",
    [
        "Mr. Alder met Dr. Brook at St. Ives.",
        "The levy rises to 3.5 percent.",
        "The U.S. Navy left.",
        "It costs e.g. 4 crowns.",
        '"Really?" he asked.',
        "J. R. Alder resigned.",
        "Calder Inc. said no.",
        "It arrives on Jan. 5 at noon.",
        "Wait... what happened here",
    ],
)
def test_these_are_one_sentence(whole: str) -> None:
    assert split(whole) == [whole]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("The quay closed. Ships wait.", ["The quay closed.", "Ships wait."]),
        ("He left at 5 p.m. Nobody knew.", ["He left at 5 p.m.", "Nobody knew."]),
        ("It joined Calder Inc. The deal is done.", ["It joined Calder Inc.", "The deal is done."]),
        ("“We wait.” She left!", ["“We wait.”", "She left!"]),
        ("港は閉鎖。船は待つ。", ["港は閉鎖。", "船は待つ。"]),
        ("Quay closed\nShips wait", ["Quay closed", "Ships wait"]),
        ("So do I. They agreed.", ["So do I.", "They agreed."]),
        ("Tariffs rose in 2026. Nobody cheered.", ["Tariffs rose in 2026.", "Nobody cheered."]),
        ("Done. ***", ["Done."]),
        ("", []),
    ],
)
def test_these_are_split(text: str, parts: list[str]) -> None:
    assert split(text) == parts


def test_the_first_sentence_stands_for_a_missing_title() -> None:
    assert first_sentence("Quay closed. Ships wait.") == "Quay closed."
    assert first_sentence("…") == ""


@given(st.text(st.sampled_from("Ab1. !?\n\"'。)("), max_size=60))
def test_spans_are_in_order_inside_the_text_and_trimmed(text: str) -> None:
    spans = sentences(text)

    assert all(text[a:b] == text[a:b].strip() != "" for a, b in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
