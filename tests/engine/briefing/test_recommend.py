"""Recommendations by rule."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.briefing.candidates import gather
from engine.briefing.evidence import Ledger
from engine.briefing.recommend import MOST, RULES, recommend
from engine.model import Issue, Item, Statement

Recommend = Callable[..., list[Statement]]


@pytest.fixture
def recommended(
    make_item: Callable[..., Item],
    make_issue: Callable[..., Issue],
    embed: Callable[[Sequence[str]], NDArray[np.float32]],
    split: Callable[[str], Sequence[tuple[int, int]]],
) -> Recommend:
    """What is recommended about sentences, told by two publishers."""

    def run(
        *sentences: str, publishers: Sequence[str] = ("A", "B"), **issue: str
    ) -> list[Statement]:
        items = [make_item(" ".join(sentences), publisher=name) for name in publishers]
        material = gather(items, embed, split)
        ledger = Ledger(material)
        made = recommend(make_issue(**issue), material, ledger)
        known = {each.id for each in ledger.all()}
        assert all(key in known for each in made for key in each.evidence)
        return list(made)

    return run


def texts(made: list[Statement]) -> str:
    return "\n".join(each.text for each in made)


@pytest.mark.parametrize(
    ("sentence", "date"),
    [
        ("The harbour board must decide on repairs by 12 March.", "12 March"),
        ("Comments on the levy are due on May 4, 2026 at noon.", "May 4, 2026"),
        ("The council will vote on the harbour levy on Thursday.", "Thursday"),
        ("The quay stays shut until the end of the month.", "the end of the month"),
    ],
)
def test_a_date_in_the_coverage_goes_into_the_calendar(
    recommended: Recommend, sentence: str, date: str
) -> None:
    assert f"Put {date} in the calendar" in texts(recommended(sentence))


@pytest.mark.parametrize(
    ("quadrant", "sentence", "wording"),
    [
        (
            "Policy",
            "The council opened a consultation on the levy.",
            "position for the consultation",
        ),
        ("Policy", "The harbour levy passed the second reading.", "who decides on the levy"),
        ("Industry", "A takeover of the ferry line was announced.", "what the takeover changes"),
        ("Industry", "The ferry line lost 12 million crowns so far.", "reported (12 million)"),
        ("Advocacy", "Dockers joined the march through Ellmouth.", "one line on the march"),
        ("Advocacy", "Residents demand a quieter night harbour.", "answer the demand"),
        ("Risk", "Two dockers were injured at the old quay.", "people and sites are safe"),
        ("Risk", "A ransomware gang took the port offline.", "IT security"),
        ("Risk", "The ferry service is suspended for now.", "what depends on this"),
    ],
)
def test_each_quadrant_has_rules_for_its_situations(
    recommended: Recommend, quadrant: str, sentence: str, wording: str
) -> None:
    assert wording in texts(recommended(sentence, quadrant=quadrant))


@pytest.mark.parametrize("quadrant", ["Policy", "Industry", "Advocacy", "Risk"])
def test_a_quadrant_always_has_something_to_recommend(
    recommended: Recommend, quadrant: str
) -> None:
    assert len(recommended("Nothing much was said there at all.", quadrant=quadrant)) == 1


def test_a_quadrant_of_ones_own_gets_a_follow_up(recommended: Recommend) -> None:
    assert "one person who follows" in texts(recommended("It was said there.", quadrant="Culture"))


def test_a_high_priority_comes_first(recommended: Recommend) -> None:
    made = recommended("The ferry service is suspended for now.", priority="critical")

    assert made[0].text == "Take this to the leadership today: the desk rates it critical."


def test_a_single_publisher_is_to_be_confirmed(recommended: Recommend) -> None:
    made = recommended("The ferry service is suspended for now.", publishers=["Island Radio"])

    assert "so far only Island Radio reports it" in made[-1].text


def test_there_are_never_more_than_five(recommended: Recommend) -> None:
    made = recommended(
        "Two dockers were injured by a fire at the quay.",
        "A ransomware gang took the port offline.",
        "The ferry service is suspended until 12 March.",
        publishers=["Island Radio"],
        priority="high",
    )

    assert len(made) == MOST
    assert "Island Radio" in made[-1].text


def test_every_wording_is_a_sentence() -> None:
    assert all(rule.wording.endswith(".") for rule in RULES)
