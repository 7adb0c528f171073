"""Two people at two browsers: what one does, the other sees."""

from typing import Any

from tests.browser.conftest import Meet

AT_ONCE_MS = 1_000
BRIEF = "brief/water-reuse-rule"


def approves(person: Any) -> None:
    person.clicks(".approve")
    person.clicks("dialog .primary")


def test_a_signature_is_seen_by_others_within_a_second_and_without_reloading(
    desk: str, meet: Meet
) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    head = meet(desk, "Demo Strategy Head").opens(BRIEF)
    head.sees(".text .summary")

    approves(analyst)

    head.sees(".slot.signed", "Demo Analyst", timeout=AT_ONCE_MS)


def test_an_edit_voids_a_signature_and_says_whose_and_why(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    head = meet(desk, "Demo Strategy Head").opens(BRIEF)
    analyst.sees(".text .summary")
    approves(analyst)
    head.sees(".slot.signed", "Demo Analyst")

    head.clicks(".summary button")
    head.page.locator("textarea[name=summary]").fill("The ministry has changed its mind.")
    head.clicks(".editor .primary")

    analyst.sees(".slot.void", "Demo Analyst", timeout=2 * AT_ONCE_MS)
    analyst.sees(".problem", "Demo Strategy Head made revision 2")
    analyst.sees(".summary", "The ministry has changed its mind.")
    analyst.clicks(".voided button")
    analyst.sees(".diff ins", "The ministry has changed its mind.")


def test_whoever_edits_is_seen_to(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    head = meet(desk, "Demo Strategy Head").opens(BRIEF)
    analyst.sees(".present", "Demo Strategy Head is reading")

    head.clicks(".summary button")

    analyst.sees(".present", "Demo Strategy Head is editing")


def test_two_signatures_open_the_gate_and_the_package_leaves(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    head = meet(desk, "Demo Strategy Head").opens(BRIEF)
    approves(analyst)
    approves(head)

    with analyst.page.expect_download() as download:
        analyst.clicks(".export.primary")

    assert download.value.suggested_filename.endswith(".zip")
    head.sees(".sheet .standing", "Exported")


def test_what_one_holds_nobody_exports(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    head = meet(desk, "Demo Strategy Head").opens(BRIEF)
    approves(analyst)
    approves(head)
    analyst.sees(".export.primary:enabled")

    head.clicks(".stop")
    head.page.locator("textarea[name=reason]").fill("Waiting for legal.")
    head.clicks("dialog .danger")

    analyst.sees(".held", "Waiting for legal.")
    analyst.sees(".export:disabled")


def test_a_decline_stays_until_the_same_role_clears_it(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    head = meet(desk, "Demo Strategy Head").opens(BRIEF)

    head.page.get_by_role("button", name="Decline").click()
    head.page.locator("textarea[name=note]").fill("The figures are of last year.")
    head.clicks("dialog .danger")
    analyst.sees(".slot.declined", "The figures are of last year.")
    head.page.get_by_role("button", name="Clear").click()
    head.page.locator("textarea[name=reason]").fill("They are of this year.")
    head.clicks("dialog .primary")

    analyst.sees(".slot:not(.declined)", "Strategy Head")


def test_from_the_desk_to_a_signature_in_three_taps_on_a_phone(desk: str, meet: Meet) -> None:
    view = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    analyst = meet(desk, "Demo Analyst", **view).opens()

    analyst.page.locator(".card.mine a").first.tap()
    analyst.page.locator(".approve").tap()
    analyst.page.locator("dialog .primary").tap()

    analyst.sees(".slot.signed", "Demo Analyst")


def test_unsigned_copy_carries_its_mark(desk: str, meet: Meet) -> None:
    analyst = meet(desk, "Demo Analyst").opens(BRIEF)
    analyst.context.grant_permissions(["clipboard-read", "clipboard-write"])

    analyst.page.locator(".assets .tabs button", has_text="Board").click()
    analyst.clicks(".piece button")
    analyst.sees(".notice", "Copied.")

    copied = analyst.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("DRAFT – UNSIGNED")
