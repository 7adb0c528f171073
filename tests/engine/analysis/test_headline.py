import re

import numpy as np
import pytest

from engine.analysis.embed import Embedder
from engine.analysis.headline import choose_title, flaws, issue_id, keywords
from engine.analysis.words import Background
from engine.model import ID_PATTERN


def test_the_title_is_plain_and_in_the_middle_of_the_story(embedder: Embedder) -> None:
    titles = [
        "You won't believe what happened to this dam!",
        "Qelvar dam closed after divers find cracks in foundation",
        "UPDATE 2-Qelvar dam closed after divers find  ...",
        "Farmers wonder about irrigation",
        "Cracks found in Qelvar dam, water board says",
    ]

    chosen = choose_title(titles, embedder.embed(titles))

    assert chosen == titles[1]


def test_the_earliest_of_equal_titles_is_chosen() -> None:
    assert choose_title(["Harbour", "harbour"], np.ones((2, 4), dtype=np.float32)) == "Harbour"


@pytest.mark.parametrize(
    "title",
    [
        "Five ways the Qelvar dam will change your summer plans",
        "QELVAR DAM CLOSED AFTER DIVERS FIND CRACKS IN IT",
        "Is the Qelvar dam about to break, and what then?",
        "Dam closed",
    ],
)
def test_teasing_shouting_and_odd_lengths_are_flaws(title: str) -> None:
    assert flaws(title) > 0
    assert flaws("Qelvar dam closed after divers find cracks in foundation") == 0


def test_keywords_are_telling_and_spelt_as_in_the_titles(background: Background) -> None:
    evidence = {"the": 90.0, "40": 80.0, "crack": 20.0, "dam": 10.0, "qelvar": 30.0}

    found = keywords(evidence, ["Cracks in Qelvar dam"], background)

    assert found == ("qelvar", "cracks", "dam")


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        (
            "Qelvar dam closed after divers find cracks in foundation",
            "qelvar-dam-closed-after-divers-find",
        ),
        ("Écluse fermée: l'été sans eau", "ecluse-fermee-lete-sans-eau"),
        ("新しい法律が可決", "issue"),
        ("!!!", "issue"),
        ("x" * 90, "x" * 40),
    ],
)
def test_an_issue_id_is_readable_and_valid(title: str, slug: str) -> None:
    made = issue_id("item-1", title)

    assert made.rpartition("-")[0] == slug
    assert re.fullmatch(r"[0-9a-f]{6}", made.rpartition("-")[2])
    assert re.match(ID_PATTERN, made)


def test_an_issue_id_depends_on_the_item() -> None:
    assert issue_id("item-1", "Dam closed") == issue_id("item-1", "Dam closed")
    assert issue_id("item-1", "Dam closed") != issue_id("item-2", "Dam closed")
