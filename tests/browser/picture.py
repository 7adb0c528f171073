"""Take the pictures of the example day: ``python -m tests.browser.picture FOLDER``."""

import sys
from pathlib import Path

from tests.browser import chromium
from tests.browser.chromium import Person
from tests.end_to_end.process import serving

WIDE = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
PLACES = {"brief/test-001": "brief.png", "today": "today.png"}
SIGNED_S = 90
AT_MOST = 300_000


def main(folder: Path) -> None:
    executable = chromium.path()
    if executable is None:
        raise SystemExit("Chromium is not installed: no picture was taken.")
    with serving("--mock") as server, chromium.browsing(executable) as browser:
        analyst = Person(browser, server.url, "Demo Analyst", color_scheme="light", **WIDE).opens()
        analyst.sees(".standing.s-open", timeout=SIGNED_S * 1_000)  # the day has played so far
        _take(analyst, folder / "desk.png")
        for place, file in PLACES.items():
            analyst.opens(place)
            _take(analyst, folder / file)


def _take(person: Person, file: Path) -> None:
    person.page.wait_for_timeout(500)
    person.page.screenshot(path=str(file))
    size = file.stat().st_size
    print(f"{file}: {size:,} bytes")
    if size > AT_MOST:
        raise SystemExit(f"That is more than {AT_MOST:,}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
