"""What makes a sentence a risk or an opportunity."""

import pytest

from engine.briefing.cues import opportunity, risk


@pytest.mark.parametrize(
    "sentence",
    [
        "Two dockers were killed when the crane collapsed.",
        "Investigators opened a fraud case.",
        "The union threatens to stop work.",
        "Ferries are suspended.",
    ],
)
def test_harm_and_threat_are_risks(sentence: str) -> None:
    assert risk(sentence) >= 0.3


@pytest.mark.parametrize(
    "sentence",
    [
        "The council approved the pilot.",
        "Ellmouth won the tender.",
        "Small firms are exempt.",
    ],
)
def test_approval_and_relief_are_opportunities(sentence: str) -> None:
    assert opportunity(sentence) >= 0.3
    assert risk(sentence) == 0


def test_a_sentence_without_cues_is_neither() -> None:
    assert risk("The committee met at the town hall.") == 0
    assert opportunity("The committee met at the town hall.") == 0


def test_a_negated_cue_is_silent() -> None:
    assert risk("There were no serious injuries.") == 0
    assert risk("There were injuries.") > 0


def test_more_cues_weigh_more_and_never_reach_one() -> None:
    one = risk("A fire broke out.")
    many = risk("Fire, flood, explosion, outbreak, fraud, strike, shortage, threat and damage.")

    assert one < many < 1


def test_a_word_that_only_begins_like_a_cue_is_none() -> None:
    assert risk("The finest firewood and cutlery.") == 0


def test_the_same_cue_twice_counts_once() -> None:
    assert risk("The strike is a strike.") == risk("The strike.")
