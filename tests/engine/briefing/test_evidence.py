"""How sure a quoted sentence is."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.briefing.candidates import gather
from engine.briefing.evidence import Ledger, confidence, evidence_id
from engine.model import Item


@pytest.mark.parametrize(
    ("centrality", "publishers", "expected"),
    [(0.0, 1, 0.30), (1.0, 1, 0.75), (1.0, 2, 0.85), (0.5, 3, 0.83), (1.0, 30, 0.99), (-1, 1, 0.3)],
)
def test_confidence_grows_with_centrality_and_corroboration(
    centrality: float, publishers: int, expected: float
) -> None:
    assert confidence(centrality, publishers) == expected


def test_one_publisher_repeating_itself_corroborates_nothing(
    make_item: Callable[..., Item],
    embed: Callable[[Sequence[str]], NDArray[np.float32]],
    split: Callable[[str], Sequence[tuple[int, int]]],
) -> None:
    text = "The port of Ellmouth has shut its eastern quay."
    same = gather([make_item(text), make_item(text)], embed, split)
    other = gather([make_item(text), make_item(text, publisher="Calder Courier")], embed, split)

    alone, confirmed = Ledger(same), Ledger(other)
    alone.statement(0)
    confirmed.statement(0)

    assert len(alone.all()) == 1
    assert len(confirmed.all()) == 2
    assert alone.all()[0].confidence < confirmed.all()[0].confidence


def test_a_sentence_is_listed_once_however_often_it_is_cited(
    story: tuple[Item, ...],
    embed: Callable[[Sequence[str]], NDArray[np.float32]],
    split: Callable[[str], Sequence[tuple[int, int]]],
) -> None:
    material = gather(story, embed, split)
    ledger = Ledger(material)

    first, second = ledger.cite([0, 1]), ledger.cite([1])

    assert first[1:] == second == (evidence_id(material.candidates[1]),)
    assert len(ledger.all()) == 2
