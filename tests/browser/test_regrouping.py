"""Issues joined, split and shortened while somebody looks: the page says so, and lets people."""

import json
import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.chromium import Person
from tests.browser.conftest import Meet

BRIEF = "brief/water-reuse-rule"


def asks(person: Person, path: str, body: dict[str, Any]) -> Any:
    """What somebody does without the page, as another program would."""
    answer = person.context.request.post(
        f"{person.url}{path}", data=json.dumps(body), headers=_sent(person)
    )
    assert answer.ok, answer.text()
    return answer.json()["data"]


def _sent(person: Person) -> dict[str, str]:
    return {"Origin": person.url, "Content-Type": "application/json"}


def cited(person: Person) -> str:
    """The first item that the brief quotes."""
    answer = person.context.request.get(f"{person.url}/brief/water-reuse-rule")
    item: str = answer.json()["data"]["content"]["evidence"][0]["item_id"]
    return item


def test_an_issue_that_is_merged_away_while_its_brief_is_open_says_where_it_went(
    desk: str, meet: Meet
) -> None:
    reader = meet(desk).opens(BRIEF)
    reader.sees(".text .summary")
    head = meet(desk, "Demo Strategy Head")

    asks(head, "/classify/water-reuse-rule/merge", {"into": "test-001"})

    reader.sees(".empty h1", "This issue was joined with another")
    reader.clicks(".empty .primary")
    expect(reader.page).to_have_url(re.compile("#/brief/test-001"))
    reader.page.get_by_role("link", name="Activity", exact=True).click()
    reader.sees(".feed li", "Demo Strategy Head joined it with")


def test_a_brief_that_cites_a_withdrawn_item_says_so_and_cannot_be_approved(
    desk: str, meet: Meet
) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    analyst.sees(".approve:enabled")
    head = meet(desk, "Demo Strategy Head")

    asks(head, f"/ingest/items/{cited(head)}/withdraw", {"reason": "The ministry denies it."})

    analyst.sees(".bar .because", "It cites a withdrawn item")
    analyst.sees(".approve:disabled")
    expect(analyst.page.get_by_role("button", name="Decline")).to_be_enabled()
    analyst.sees(".problem", "cannot be approved or exported")
    analyst.page.get_by_role("link", name="Activity", exact=True).click()
    analyst.sees(".feed li", "The ministry denies it.")


def test_people_join_two_issues_on_the_page(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    analyst.clicks(".regroup summary")
    analyst.page.get_by_role("button", name="Join with…").click()

    analyst.page.get_by_label("Into").select_option("test-001")
    analyst.page.get_by_role("button", name="Join them").click()

    analyst.sees(".empty h1", "This issue was joined with another")


def test_people_split_off_what_a_brief_quotes(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    analyst.clicks(".regroup summary")
    analyst.page.get_by_role("button", name="Split off…").click()

    analyst.page.locator("dialog input[type=checkbox]").first.check()
    analyst.page.locator("dialog .primary").click()

    analyst.sees(".notice", "an issue of its own")
    analyst.page.get_by_role("link", name="Activity", exact=True).click()
    analyst.sees(".feed li", "Demo Analyst split off")


def test_people_withdraw_an_item_and_say_why(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    analyst.clicks(".regroup summary")
    analyst.page.get_by_role("button", name="Withdraw an item…").click()

    analyst.page.locator("textarea[name=reason]").fill("Taken back by the newsroom.")
    analyst.page.get_by_role("button", name="Withdraw it").click()

    analyst.sees(".problem", "cannot be approved or exported")
