"""The ways through the page: its links, the reading list, the settings, the wall."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Meet


def test_every_place_is_reached_by_its_link(read_desk: str, meet: Meet) -> None:
    reader = meet(read_desk).opens()

    for name in ("Today", "Sources", "Activity", "Value", "Settings", "Desk"):
        reader.page.get_by_role("link", name=name, exact=True).click()

        link = reader.page.get_by_role("link", name=name, exact=True)
        expect(link).to_have_attribute("aria-current", "page")


def test_an_issue_of_the_list_opens_its_brief(read_desk: str, meet: Meet) -> None:
    reader = meet(read_desk).opens()

    reader.clicks(".rows a")

    expect(reader.page).to_have_url(re.compile("#/brief/"))


def test_the_whole_edition_is_signed_from_one_reading_list(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens()
    head = meet(desk, "Demo Strategy Head").opens("reading")
    articles = head.page.locator(".reading article").count()

    analyst.page.get_by_role("link", name=re.compile("Read all")).click()
    analyst.page.get_by_role("button", name=re.compile("Approve all . as Analyst")).click()

    analyst.sees(".notice", f"You approved {articles} as Analyst")
    analyst.sees(".empty", "You have signed all there is to sign")
    expect(head.page.locator(".reading article")).to_have_count(articles)


def test_an_edition_that_somebody_changes_meanwhile_is_read_again(desk: str, meet: Meet) -> None:
    head = meet(desk, "Demo Strategy Head").opens("reading")
    head.sees(".reading .primary:enabled")
    analyst = meet(desk, "Demo Analyst").opens("brief/water-reuse-rule")
    analyst.page.get_by_role("button", name="Edit", exact=True).click()
    analyst.page.locator(".editor textarea[name=summary]").fill(
        "The rule has changed since the morning."
    )

    analyst.clicks(".editor .primary")

    head.sees(".reading article", "The rule has changed since the morning.")
    head.sees(".reading .primary:enabled")


def test_a_setting_that_an_admin_saves_shows_everywhere(desk: str, meet: Meet) -> None:
    reader = meet(desk).opens("settings")
    expect(reader.page.get_by_label("Time zone")).to_be_disabled()
    admin = meet(desk, "Demo Admin").opens("settings")

    admin.page.get_by_label("Time zone").fill("Europe/Oslo")
    admin.page.get_by_role("button", name="Save the settings").click()

    expect(reader.page.get_by_label("Time zone")).to_have_value("Europe/Oslo")


def test_a_setting_that_is_refused_says_why(desk: str, meet: Meet) -> None:
    admin = meet(desk, "Demo Admin").opens("settings")

    admin.page.get_by_label("Time zone").fill("Mars/Olympus")
    admin.page.get_by_role("button", name="Save the settings").click()

    admin.sees(".notice", "is not an IANA time zone")
    admin.was_answered(400)


def test_a_token_is_shown_once_and_can_be_revoked(desk: str, meet: Meet) -> None:
    admin = meet(desk, "Demo Admin").opens("settings")

    admin.page.get_by_role("button", name="Issue a token").click()
    admin.page.get_by_label("For whom").fill("A guest")
    admin.page.get_by_role("button", name="Issue it").click()
    secret = admin.page.get_by_label("Token", exact=True).input_value()
    admin.page.get_by_role("button", name="I have it").click()

    assert len(secret) > 20
    assert secret not in admin.page.content()
    admin.page.get_by_role("button", name="Revoke the token of A guest").click()
    admin.page.get_by_role("button", name="Revoke it").click()
    admin.sees(".token.gone", "A guest")


def test_a_wall_shows_what_was_released_and_nothing_else(desk: str, meet: Meet) -> None:
    wall = meet(desk).opens("wall")
    wall.sees(".empty", "Nothing has been released yet")
    for name, role in (("Demo Analyst", "Analyst"), ("Demo Strategy Head", "Strategy Head")):
        person = meet(desk, name).opens("brief/water-reuse-rule")
        person.page.get_by_role("button", name=f"Approve as {role}").click()
        person.clicks("dialog .primary")
        person.sees(".slot.signed", name)

    person.page.get_by_role("button", name="Export", exact=True).click()

    expect(wall.page.locator(".wall li")).to_have_count(1)
    wall.sees(".asof", "As of")
