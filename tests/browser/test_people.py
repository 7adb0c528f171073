"""The keyboard, the narrowest screen, and what a reader of screens hears."""

import pytest

from tests.browser.conftest import Meet
from tests.browser.scripted import ScriptedDesk, an_issue


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


REASON = "The figures are of last year, and the second source says something else altogether."


def declines(url: str, meet: Meet) -> None:
    head = meet(url, "Demo Strategy Head")
    wish = {"role": "Strategy Head", "approve": False, "brief_id": "test-001", "note": REASON}
    said = head.context.request.post(f"{url}/review/signoff", data=wish, headers={"Origin": url})
    assert said.ok, said.text()


def test_the_bar_leaves_room_to_read_whatever_it_says(desk: str, meet: Meet) -> None:
    declines(desk, meet)
    analyst = meet(desk, "Demo Analyst").opens("brief/test-001")
    analyst.sees(".slot.declined")

    taken, over = {}, {}
    for width in (320, 390, 768, 1024, 1280, 2560):
        analyst.page.set_viewport_size({"width": width, "height": 800})
        taken[width] = analyst.page.evaluate("document.querySelector('.bar').offsetHeight")
        over[width] = analyst.page.evaluate("document.documentElement.scrollWidth - innerWidth")

    assert max(taken.values()) <= 200, taken
    assert max(over.values()) <= 0, over


def test_why_somebody_declined_is_read_in_full(desk: str, meet: Meet) -> None:
    declines(desk, meet)

    reader = meet(desk, viewport={"width": 390, "height": 844}).opens("brief/test-001")

    reader.sees(".sheet .declined", REASON)


@pytest.mark.parametrize("width", [320, 390])
def test_a_lost_line_is_said_within_the_screen(read_desk: str, meet: Meet, width: int) -> None:
    scripted = ScriptedDesk([an_issue()])
    reader = meet(read_desk, viewport={"width": width, "height": 800})
    reader.page.route_web_socket("**/ws", scripted.accept)
    reader.opens()

    scripted.goes_away()

    reader.sees("#light[data-state=offline] button")
    assert reader.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    light = reader.page.locator("#light button").bounding_box()
    assert light is not None
    assert light["x"] + light["width"] <= width


def test_the_focus_of_a_place_is_seen_whole(read_desk: str, meet: Meet) -> None:
    reader = meet(read_desk).opens()
    reader.page.keyboard.press("Tab")
    reader.page.locator(".places a").first.focus()

    cut = reader.page.evaluate(
        """() => {
          const [line, link] = [".places", ".places a:focus-visible"].map((one) =>
            document.querySelector(one));
          const { outlineWidth, outlineOffset } = getComputedStyle(link);
          const out = parseFloat(outlineWidth) + parseFloat(outlineOffset);
          return line.getBoundingClientRect().top - (link.getBoundingClientRect().top - out);
        }"""
    )

    assert cut <= 0


def test_what_happened_is_there_at_once_after_a_sign_in(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens("activity")

    analyst.sees(".feed li", timeout=2_000)
