"""A brief as one role needs it."""

import pytest
from msgspec.structs import replace

from engine.briefing.lens import ACTIONS, TALKING_POINTS, lens
from engine.model import Content, Lens, LensName


def seen(content: Content, name: LensName) -> Lens:
    return lens("ellmouth-quay", content, "d" * 64, False, name)


def test_a_lens_says_which_revision_it_shows(content: Content) -> None:
    made = lens("ellmouth-quay", content, "d" * 64, True, "ceo")

    assert (made.brief_id, made.lens, made.title) == ("ellmouth-quay", "ceo", content.title)
    assert (made.digest, made.released) == ("d" * 64, True)


def test_the_ceo_gets_decisions_and_the_story(content: Content) -> None:
    made = seen(content, "ceo")

    assert made.headline == "The port shut its quay."
    assert made.actions == (
        "Take this to the leadership today.",
        "Put 12 March in the calendar.",
        "Decide how to meet this risk: Two dockers were injured.",
    )
    assert made.talking_points == (
        "The port shut its quay.",
        "Ferries are suspended.",
        "The board meets on 12 March.",
        "Worth saying: A pilot was approved.",
    )


def test_the_coo_gets_checks_and_risks_first(content: Content) -> None:
    made = seen(content, "coo")

    assert made.headline == "Two dockers were injured."
    assert made.actions[0] == ("Check whether this touches operations: Two dockers were injured.")
    assert made.talking_points[0] == "Two dockers were injured."


def test_the_director_gets_everything_with_its_sources(content: Content) -> None:
    made = seen(content, "director")

    assert made.headline == "Risk, high priority: The port shut its quay."
    assert made.actions[-1] == "Look into this opening: A pilot was approved."
    assert made.talking_points[0] == (
        "The port shut its quay. (Ellmouth Post, Calder Courier; confidence 80 %)"
    )


def test_the_three_lenses_differ(content: Content) -> None:
    names: tuple[LensName, ...] = ("ceo", "coo", "director")

    assert len({seen(content, name).actions for name in names}) == 3


@pytest.mark.parametrize("name", ["ceo", "coo", "director"])
def test_an_empty_brief_has_an_empty_lens(content: Content, name: LensName) -> None:
    bare = replace(content, summary=(), risks=(), opportunities=(), recommendations=(), evidence=())

    made = seen(bare, name)

    assert (made.actions, made.talking_points) == ((), ())


@pytest.mark.parametrize("name", ["ceo", "coo", "director"])
def test_lists_stay_short(content: Content, name: LensName) -> None:
    long = replace(
        content,
        summary=content.summary * 4,
        risks=content.risks * 9,
        recommendations=content.recommendations * 4,
    )

    made = seen(long, name)

    assert len(made.actions) <= ACTIONS
    assert len(made.talking_points) <= TALKING_POINTS


def test_a_statement_without_evidence_claims_no_source(content: Content) -> None:
    made = seen(replace(content, evidence=()), "director")

    assert made.talking_points[0] == "The port shut its quay."
