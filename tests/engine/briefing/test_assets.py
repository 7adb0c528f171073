"""Copy for an audience: bounded, attributed, nothing invented."""

import pytest
from msgspec.structs import replace

from engine.briefing.assets import EMAIL_WORDS, FRAMINGS, POST_LIMIT, assets
from engine.briefing.sayings import listed, sentence
from engine.model import AUDIENCES, Audience, Content, Statement


@pytest.fixture
def long(content: Content) -> Content:
    """More to say than any text has room for."""
    words = "the harbour board said that the eastern quay would stay shut until it is safe"
    many = tuple(Statement(text=f"In report {n} {words}.", evidence=("ev-1",)) for n in range(20))
    return replace(content, summary=many, risks=many[5:8])


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_post_has_title_hook_points_and_sources(content: Content, audience: Audience) -> None:
    post = assets(content, audience).linkedin

    assert post.startswith(f"{content.title}\n\n{FRAMINGS[audience].hook}\n")
    assert 2 <= post.count("\n• ") <= 3
    assert post.endswith("Source: Ellmouth Post and Calder Courier")
    assert "#" not in post


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_post_never_tells_internal_advice(content: Content, audience: Audience) -> None:
    post = assets(content, audience).linkedin

    assert not any(each.text in post for each in content.recommendations)


def test_a_post_keeps_its_limit_with_whole_points(long: Content) -> None:
    endless = replace(long, title="x" * 400, summary=(Statement(text="y" * 600 + "."),) * 2)

    post = assets(endless, "CEO").linkedin

    assert len(post) <= POST_LIMIT
    assert "y" * 600 + "." in post


@pytest.mark.parametrize("audience", AUDIENCES)
def test_an_email_paragraph_has_120_to_180_words(long: Content, audience: Audience) -> None:
    paragraph = assets(long, audience).email_paragraph

    assert EMAIL_WORDS[0] <= len(paragraph.split()) <= EMAIL_WORDS[1]
    assert "\n" not in paragraph


def test_a_short_brief_makes_a_short_email_and_nothing_is_added(content: Content) -> None:
    paragraph = assets(content, "Members").email_paragraph

    assert paragraph == (
        "Dear members, this is what we are following for you. "
        "Ellmouth port shuts its eastern quay. "
        "The port shut its quay. Ferries are suspended. The board meets on 12 March. "
        "A pilot was approved. Two dockers were injured. "
        "We will keep you informed."
    )


def test_a_press_excerpt_attributes_every_quote(content: Content) -> None:
    assert assets(content, "CEO").press_excerpt == (
        "Ellmouth port shuts its eastern quay. "
        "Ellmouth Post and Calder Courier report: “The port shut its quay.” "
        "Calder Courier reports: “Ferries are suspended.”"
    )


def test_a_sentence_without_a_source_is_not_for_the_press(content: Content) -> None:
    bare = replace(content, evidence=())

    assert assets(bare, "CEO").press_excerpt == "Ellmouth port shuts its eastern quay."
    assert "Source" not in assets(bare, "CEO").linkedin


def test_audiences_hear_different_things_first(content: Content) -> None:
    made = [assets(content, audience).email_paragraph for audience in AUDIENCES]

    assert len(set(made)) == len(AUDIENCES)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Quay shut", "Quay shut."),
        ("Quay shut.", "Quay shut."),
        ("“Quay shut.”", "“Quay shut.”"),
        ("港は閉鎖。", "港は閉鎖。"),
    ],
)
def test_a_headline_becomes_a_sentence(text: str, whole: str) -> None:
    assert sentence(text) == whole


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ((), ""),
        (("A",), "A"),
        (("A", "B"), "A and B"),
        (("A", "B", "C"), "A, B and C"),
        (("A", "B", "C", "D"), "A, B, C and 1 other"),
        (("A", "B", "C", "D", "E"), "A, B, C and 2 others"),
    ],
)
def test_names_are_listed_as_people_do(names: tuple[str, ...], shown: str) -> None:
    assert listed(names) == shown
