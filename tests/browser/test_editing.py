"""What a person writes is never lost, and what they did can be taken back."""

from playwright.sync_api import Route, expect

from tests.browser.chromium import Person
from tests.browser.conftest import Meet
from tests.browser.scripted import ScriptedDesk, an_issue

BRIEF = "brief/water-reuse-rule"
REFUSED = {
    "success": False,
    "data": None,
    "error": "Sign in again before you sign: the session is too old for that.",
    "code": "reauth_required",
    "request_id": "r1",
}


def writes(person: Person, name: str, text: str) -> None:
    person.page.locator(f".editor textarea[name={name}]").fill(text)


def edits(person: Person) -> None:
    person.page.get_by_role("button", name="Edit", exact=True).click()


def test_every_text_is_edited_in_place_and_an_edit_can_be_taken_back(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    before = analyst.page.locator(".risks li").first.inner_text()
    edits(analyst)
    writes(analyst, "title", "In our own words")
    writes(analyst, "risks", "Costs could rise.")

    analyst.clicks(".editor .primary")
    analyst.sees("h1", "In our own words")
    expect(analyst.page.locator(".risks li")).to_have_text(["Costs could rise."])
    analyst.page.get_by_role("button", name="Undo").click()

    expect(analyst.page.locator(".risks li").first).to_have_text(before)  # evidence and all
    analyst.clicks(".history summary")
    analyst.page.get_by_role("button", name="What revision 2 changed").click()
    analyst.sees(".diff ins", "Costs could rise.")


def test_what_was_typed_survives_what_another_saves(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    head = meet(desk, "Demo Strategy Head").opens(BRIEF)
    edits(analyst)
    writes(analyst, "summary", "What the analyst typed.")
    edits(head)
    writes(head, "risks", "What the head saved.")

    head.clicks(".editor .primary")

    analyst.sees(".meanwhile", "Demo Strategy Head changed this brief while you wrote")
    analyst.sees(".meanwhile ins", "What the head saved.")
    summary = analyst.page.locator("textarea[name=summary]")
    expect(summary).to_have_value("What the analyst typed.")
    expect(analyst.page.locator(".editor .primary")).to_be_disabled()
    analyst.page.get_by_role("button", name="I have read it").click()
    analyst.clicks(".editor .primary")
    analyst.sees(".text .summary", "What the analyst typed.")
    analyst.sees(".text .risks", "What the head saved.")


def test_copy_for_an_audience_is_edited_in_place(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    analyst.page.locator(".assets .tabs button", has_text="Board").click()
    analyst.page.get_by_role("button", name="Edit the copy").click()
    writes(analyst, "linkedin", "A post in our own words.")

    analyst.page.get_by_role("button", name="Save the copy").click()

    analyst.sees(".copytext", "A post in our own words.")


def test_whoever_must_sign_in_again_keeps_what_they_typed(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    analyst.page.route("**/review/signoff", lambda route: route.fulfill(status=401, json=REFUSED))
    analyst.clicks(".approve")
    analyst.page.locator("textarea[name=note]").fill("Read twice.")
    analyst.clicks("dialog .primary")
    analyst.sees(".ask-again", "the session is too old")
    analyst.page.unroute("**/review/signoff")
    analyst.was_answered(401)

    analyst.page.get_by_role("button", name="Continue as Demo Analyst").click()

    expect(analyst.page.locator(".ask-again")).to_have_count(0)
    expect(analyst.page.locator("textarea[name=note]")).to_have_value("Read twice.")
    analyst.clicks("dialog .primary")
    analyst.sees(".slot.signed", "Demo Analyst")
    analyst.page.get_by_role("button", name="Undo").click()
    expect(analyst.page.locator(".slot.signed")).to_have_count(0)


def test_a_doubtful_quadrant_is_put_right_with_one_click(read_desk: str, meet: Meet) -> None:
    scripted = ScriptedDesk([an_issue(5)])
    asked: list[str] = []
    analyst = meet(read_desk, "Demo Analyst")
    analyst.page.route_web_socket("**/ws", scripted.accept)
    analyst.page.route("**/classify/issue-5/correct", lambda route: answers(route, asked))
    analyst.opens("today").sees(".corrections li")

    analyst.page.locator(".corrections button", has_text="Risk").click()
    analyst.sees(".notice", "Moved to Risk")
    analyst.page.get_by_role("button", name="Undo").click()

    analyst.sees(".notice", "Taken back")
    assert asked == ["Risk", an_issue(5).quadrant]


def answers(route: Route, asked: list[str]) -> None:
    asked.append(route.request.post_data_json["quadrant"])
    route.fulfill(json={"success": True, "data": None, "error": None})
