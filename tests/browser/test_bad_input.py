"""Texts that nobody means well with, and a desk with nothing on it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.browser.chromium import Person
from tests.browser.conftest import Meet

JOINED = {
    "success": False,
    "data": None,
    "error": "It was merged into 'test-001'; look there.",
    "code": "merged",
    "request_id": "r1",
    "details": {"into": "test-001"},
}
ANALYST = {"Authorization": "Bearer demo-analyst"}
HTML = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
RTL = "\u202ereversed by an override\u202c and going on"
EMOJI = "👩‍👩‍👧‍👦 walk out 🏳️‍🌈 over pay"
LONG = "Endless" * 1_430
TEXT = "The harbour authority raised the tolls by nine percent. Jobs are at risk, the union said."


def publishes(person: Person, title: str) -> None:
    item: dict[str, Any] = {"title": title, "text": TEXT, "publisher": title[:200]}
    pushed = person.context.request.post(
        f"{person.url}/ingest/items", data={"items": [item]}, headers=ANALYST
    )
    assert pushed.ok, pushed.text()


@pytest.mark.parametrize("title", [HTML, RTL, EMOJI, LONG], ids=["html", "rtl", "emoji", "long"])
def test_a_title_is_only_text_and_never_wider_than_the_page(
    desk: str, meet: Meet, title: str
) -> None:
    reader = meet(desk, viewport={"width": 390, "height": 844}).opens()

    publishes(reader, title)
    row = reader.page.locator(".row", has_text="1 source").last  # the example day has more
    row.wait_for()

    assert reader.page.locator("#app img, #app script").count() == 0
    assert reader.page.title() == "Wireroom"
    assert reader.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    row.locator("a").click()
    reader.sees("h1")
    assert reader.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_an_empty_desk_says_what_to_do(empty_desk: tuple[str, str], meet: Meet) -> None:
    url, secret = empty_desk
    admin = meet(url)
    admin.page.goto(url)
    admin.sees(".gate", "This desk asks who you are.")

    admin.page.locator("input[name=token]").fill(secret)
    admin.clicks(".signin .primary")

    admin.sees("h1", "The desk is empty")
    admin.sees(".empty .primary", "Add a source")
    admin.complaints.clear()  # the refusals before signing in are no secret


def test_a_wrong_token_is_refused_in_words(empty_desk: tuple[str, str], meet: Meet) -> None:
    stranger = meet(empty_desk[0])
    stranger.page.goto(empty_desk[0])

    stranger.page.locator("input[name=token]").fill("not-a-token")
    stranger.clicks(".signin .primary")

    stranger.sees(".notice.bad")
    stranger.was_answered(401)


def test_an_issue_that_is_not_on_the_desk_leads_back(read_desk: str, meet: Meet) -> None:
    reader = meet(read_desk).opens("brief/no-such-issue")

    reader.sees("h1", "This issue is not on the desk")
    reader.was_answered(404)


def test_a_token_that_is_revoked_while_the_page_is_open_says_so(
    empty_desk: tuple[str, str], meet: Meet
) -> None:
    url, secret = empty_desk
    admin = {"Authorization": f"Bearer {secret}"}
    ben = meet(url)
    made = ben.context.request.post(
        f"{url}/tokens", data={"name": "Ben", "roles": []}, headers=admin
    )
    issued = made.json()["data"]
    ben.page.goto(url)
    ben.page.locator("input[name=token]").fill(issued["token"])
    ben.clicks(".signin .primary")
    ben.sees("#light[data-state=live]")

    ben.context.request.delete(f"{url}/tokens/{issued['row']['id']}", headers=admin)

    ben.sees(".held", "Your session has ended, or its token was revoked")
    ben.sees("#light[data-state=refused]")
    ben.page.locator(".held button").click()
    ben.page.locator("input[name=token]").fill(secret)
    ben.clicks(".signin .primary")
    ben.sees("#light[data-state=live]")
    ben.complaints.clear()  # Chromium itself writes that an answer was 401


def test_a_clock_that_is_wrong_by_a_day_is_said_and_changes_nothing(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst")
    shown = meet(desk).opens("brief/water-reuse-rule")
    analyst.page.clock.set_system_time(datetime.now(UTC) + timedelta(days=1))

    analyst.opens("brief/water-reuse-rule")

    analyst.sees("#light .flag", "Your clock is 24 h ahead")
    times = ".brieftop time"
    assert analyst.page.locator(times).first.inner_text() == shown.page.locator(times).inner_text()
    analyst.clicks(".approve")
    analyst.clicks("dialog .primary")
    analyst.sees(".slot.signed", "Demo Analyst")


def test_an_issue_that_was_joined_with_another_leads_there(read_desk: str, meet: Meet) -> None:
    reader = meet(read_desk)
    reader.page.route("**/brief/joined", lambda route: route.fulfill(status=410, json=JOINED))

    reader.opens("brief/joined")

    reader.sees("h1", "This issue was joined with another")
    reader.clicks(".empty .primary")
    reader.sees("h1", "Lithium battery depot fire in Kvistholm")
    reader.was_answered(410)
