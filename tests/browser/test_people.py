"""The keyboard, the narrowest screen, and what a reader of screens hears."""

import pytest

from tests.browser.conftest import Meet


def test_everything_of_a_signature_is_within_reach_of_the_keyboard(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens()

    analyst.page.keyboard.press("j")
    analyst.sees(".approve:enabled")
    analyst.page.keyboard.press("a")
    analyst.sees("dialog[open]")
    analyst.page.keyboard.press("Tab")
    analyst.page.keyboard.press("Tab")
    analyst.page.keyboard.press("Enter")

    analyst.sees(".slot.signed", "Demo Analyst")


def test_a_question_mark_lists_the_keys_and_escape_closes(read_desk: str, meet: Meet) -> None:
    reader = meet(read_desk).opens()

    reader.page.keyboard.press("?")
    reader.sees("dialog .keylist", "Hold everything")
    reader.page.keyboard.press("Escape")

    reader.page.locator("dialog").wait_for(state="detached")


@pytest.mark.parametrize("place", ["", "brief/test-001", "today", "sources", "activity", "value"])
def test_no_place_is_wider_than_the_screen(read_desk: str, meet: Meet, place: str) -> None:
    analyst = meet(read_desk, "Demo Analyst").opens(place)
    analyst.page.evaluate("document.fonts.ready")

    over = {}
    for width in (320, 390, 768, 1440, 2560):
        analyst.page.set_viewport_size({"width": width, "height": 800})
        over[width] = analyst.page.evaluate("document.documentElement.scrollWidth - innerWidth")

    assert max(over.values()) <= 0, over


def test_every_button_and_link_has_a_name(read_desk: str, meet: Meet) -> None:
    analyst = meet(read_desk, "Demo Analyst").opens("brief/test-001")
    analyst.sees(".text .summary")

    unnamed = analyst.page.evaluate(
        """[...document.querySelectorAll("button, a, input, select")].filter((one) =>
          !(one.ariaLabel || one.textContent.trim() || one.labels?.length || one.title))
          .map((one) => one.outerHTML)"""
    )

    assert unnamed == []


def test_evidence_opens_the_sentence_of_the_source(read_desk: str, meet: Meet) -> None:
    reader = meet(read_desk).opens("brief/test-001")

    reader.clicks(".risks .proofmark")

    reader.sees(".risks blockquote", "The basins will be full on Friday evening")


def test_a_reader_continues_as_somebody_and_the_channel_follows(read_desk: str, meet: Meet) -> None:
    reader = meet(read_desk).opens("brief/test-001")

    reader.clicks(".who")
    reader.page.get_by_role("button", name="Continue as Demo Analyst").click()

    reader.sees(".who", "Demo Analyst")
    reader.sees(".approve:enabled")
