"""A real Chromium: where it is, how it is started, and what a page of it must never do."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 15_000


def path() -> str | None:
    """``CHROMIUM``, else the first that is installed; None where there is none."""
    named = os.environ.get("CHROMIUM")
    found = (shutil.which(one) for one in ("chromium", "chromium-browser", "google-chrome"))
    return named or next((one for one in found if one), None)


@contextmanager
def browsing(executable: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class Person:
    """Somebody at a browser of their own, on one desk."""

    def __init__(self, browser: Browser, url: str, name: str | None = None, **view: Any) -> None:
        self.url = url
        self.context: BrowserContext = browser.new_context(**view)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda said: self._complain(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        if name is not None:
            signed_in = self.context.request.post(
                f"{url}/session", data={"name": name}, headers={"Origin": url}
            )
            assert signed_in.ok, signed_in.text()

    def _complain(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def was_answered(self, status: int) -> None:
        """Chromium itself writes that an answer was a refusal, perhaps a moment behind the page."""
        words = f"status of {status}"
        if not any(words in each for each in self.complaints):
            self.page.wait_for_event("console", lambda said: words in said.text)
        self.complaints.clear()

    def opens(self, place: str = "") -> "Person":
        """The page at a place, once it is live."""
        self.page.goto(f"{self.url}/#/{place}")
        self.sees("#light[data-state=live]")
        return self

    def sees(self, selector: str, text: str | None = None, timeout: float | None = None) -> None:
        found = self.page.locator(selector, has_text=text) if text else self.page.locator(selector)
        found.first.wait_for(timeout=timeout)

    def clicks(self, selector: str) -> None:
        self.page.locator(selector).first.click()

    def outside(self) -> list[str]:
        """What was asked of anybody but the desk."""
        own = (self.url, self.url.replace("http", "ws"), "data:", "blob:")
        return [one for one in self.asked if not one.startswith(own)]

    def leaves(self) -> None:
        self.context.close()
