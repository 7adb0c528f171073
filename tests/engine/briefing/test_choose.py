"""Which candidates are said: likeness and publishers weigh against them."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from msgspec.structs import replace

from engine.briefing.candidates import Candidate, Material
from engine.briefing.choose import choose, corroborating
from engine.model import Item

Build = Callable[[Sequence[tuple[str, Sequence[float]]]], Material]


@pytest.fixture
def build(make_item: Callable[..., Item]) -> Build:
    """Material of (publisher, vector) pairs, one sentence each."""

    def build(rows: Sequence[tuple[str, Sequence[float]]]) -> Material:
        vectors = np.asarray([vector for _, vector in rows], dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        text = "The port of Ellmouth has shut its quay."
        candidates = tuple(
            Candidate(
                item=make_item(text, publisher=name),
                field="text",
                start=0,
                end=len(text),
                text=text,
                place=0,
            )
            for name, _ in rows
        )
        ones = np.ones(len(rows), dtype=np.float32)
        return Material(
            candidates=candidates, cosines=vectors @ vectors.T, centrality=ones, scores=ones
        )

    return build


def relevance(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.asarray(values, dtype=np.float32)


def test_the_most_relevant_comes_first_and_what_says_the_same_never(build: Build) -> None:
    material = build([("A", (1, 0)), ("B", (1, 0.1)), ("C", (0, 1))])

    assert choose(material, relevance(0.8, 0.9, 0.1), most=3, least=0) == [1, 2]


def test_a_likeness_costs_a_sentence_its_place(build: Build) -> None:
    material = build([("A", (1, 0)), ("B", (1, 1)), ("C", (0, 1))])

    assert choose(material, relevance(0.9, 0.8, 0.7), most=2, least=0) == [0, 2]


def test_between_equals_another_publisher_is_heard(build: Build) -> None:
    material = build([("A", (1, 0, 0)), ("A", (0, 1, 0)), ("B", (0, 0, 1))])

    assert choose(material, relevance(0.9, 0.8, 0.8), most=2, least=0) == [0, 2]


def test_what_is_not_relevant_enough_is_left_out(build: Build) -> None:
    material = build([("A", (1, 0)), ("B", (0, 1))])

    assert choose(material, relevance(0.9, 0.2), most=5, least=0.2) == [0]


def test_a_tie_goes_to_the_earlier_one(build: Build) -> None:
    material = build([("A", (1, 0)), ("B", (0, 1))])

    assert choose(material, relevance(0.5, 0.5), most=1, least=0) == [0]


def test_other_publishers_corroborate_once_each_the_closest_sentence_first(build: Build) -> None:
    material = build(
        [("A", (1, 0)), ("A", (1, 0.01)), ("B", (1, 0.5)), ("B", (1, 0.2)), ("C", (0, 1))]
    )

    assert corroborating(material, 0) == [3]
    assert corroborating(material, 2) == [1]


def test_what_shares_no_words_corroborates_nothing_however_alike_it_is(
    build: Build, make_item: Callable[..., Item]
) -> None:
    material = build([("A", (1, 0)), ("B", (1, 0.01))])
    text = "Ferries to Holm sail again."
    other = replace(
        material.candidates[1], item=make_item(text, publisher="B"), text=text, end=len(text)
    )
    changed = replace(material, candidates=(material.candidates[0], other))

    assert corroborating(changed, 0) == []
