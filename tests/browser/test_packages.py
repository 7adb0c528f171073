"""From a voided signature to a new one, and from a package to the proof of what it is."""

from playwright.sync_api import expect

from tests.browser.chromium import Person
from tests.browser.conftest import Meet

BRIEF = "brief/water-reuse-rule"


def approves(person: Person) -> None:
    person.clicks(".approve")
    person.clicks("dialog .primary")
    person.sees(".slot.signed .whom", _name(person))


def _name(person: Person) -> str:
    return person.page.locator(".who b").inner_text()


def test_a_package_is_verified_with_one_click(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    approves(analyst)
    head = meet(desk, "Demo Strategy Head").opens(BRIEF)
    approves(head)
    head.page.get_by_role("button", name="Export", exact=True).click()
    head.sees(".sheet .standing", "Exported")
    reader = meet(desk).opens("today")

    reader.page.get_by_role("button", name="Verify").click()

    reader.sees(".verified summary", "It is what it says")


def test_from_the_inbox_to_just_the_difference_to_a_new_signature(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    approves(analyst)
    head = meet(desk, "Demo Strategy Head").opens(BRIEF)
    head.page.get_by_role("button", name="Edit", exact=True).click()
    head.page.locator(".editor textarea[name=summary]").fill("The rule is off the table.")
    head.clicks(".editor .primary")
    analyst.sees(".slot.void")

    analyst.opens()
    analyst.page.get_by_role("button", name="Read just what changed").click()
    analyst.sees(".diff ins", "The rule is off the table.")
    analyst.page.get_by_role("button", name="Approve as Analyst").click()
    analyst.page.get_by_role("button", name="Approve", exact=True).click()

    expect(analyst.page.locator(".card", has_text="no longer counts")).to_have_count(0)
    analyst.opens(BRIEF)
    analyst.sees(".slot.signed", "Demo Analyst")
