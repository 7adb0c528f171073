"""The line to the desk is lost and comes back."""

from pathlib import Path

from tests.browser.conftest import Meet
from tests.end_to_end.process import serving, token

NEVER_BY_ITSELF = """
  const later = window.setTimeout;
  window.setTimeout = (call, ms, ...rest) => (ms > 200 ? 0 : later(call, ms, ...rest));
"""
"""The page waits a while before it tries again; now it waits for somebody to press the button."""


def test_a_desk_that_was_killed_is_followed_again_where_it_was_left(
    tmp_path: Path, meet: Meet
) -> None:
    secret = token(tmp_path, "Ann Admin", "admin")
    with serving("--data-dir", str(tmp_path)) as server:
        url = server.url
        ann = meet(url)
        ann.page.goto(url)
        ann.page.locator("input[name=token]").fill(secret)
        ann.clicks(".signin .primary")
        ann.sees("#light[data-state=live]")
        ann.page.evaluate("window.wasNotReloaded = true")
        ann.page.evaluate(NEVER_BY_ITSELF)
        server.process.kill()
        ann.sees("#light[data-state=offline]")
    ann.complaints.clear()  # Chromium says itself that a line was lost

    with serving("--data-dir", str(tmp_path), "--addr", url.removeprefix("http://")):
        ann.clicks("#light button")
        ann.sees("#light[data-state=live]")
        ann.complaints.clear()
        ann.page.goto(f"{url}/#/sources")
        ann.page.get_by_role("button", name="Add a source").first.click()
        ann.page.locator("input[name=location]").fill("https://feeds.example/one.xml")
        ann.clicks("dialog .primary")
        ann.sees(".source", "feeds.example")

        assert ann.page.locator(".source").count() == 1
        assert ann.page.evaluate("window.wasNotReloaded")
        ann.leaves()


def test_while_offline_nothing_is_signed_and_it_says_why(quiet_examples: Path, meet: Meet) -> None:
    with serving("--mock", "--examples", str(quiet_examples)) as server:
        analyst = meet(server.url, "Demo Analyst").opens("brief/water-reuse-rule")
        analyst.sees(".approve:enabled")

        server.process.kill()

        analyst.sees("#light[data-state=offline]", "Offline since")
        analyst.sees(".approve:disabled")
        analyst.sees(".because", "You are offline")
        analyst.leaves()  # first: it keeps trying, and Chromium says itself that a line was lost
        analyst.complaints.clear()
