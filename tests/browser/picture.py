"""Take the pictures of the example day: ``python -m tests.browser.picture FOLDER``."""

import sys
from pathlib import Path
from typing import Any

from tests.browser import chromium
from tests.browser.chromium import Person
from tests.end_to_end.process import serving

WIDE = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
PLACES = {"brief/test-001": "brief.png", "today": "today.png"}
WALL = {"viewport": {"width": 1280, "height": 720}, "reduced_motion": "reduce"}
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
        _release(analyst, "Analyst")
        _release(Person(browser, server.url, "Demo Strategy Head"), "Strategy Head")
        wall = Person(browser, server.url, color_scheme="dark", **WALL).opens("wall")
        wall.sees(".wall li")
        _take(wall, folder / "wall.png")


def _release(person: Person, role: str) -> None:
    """Sign the whole edition in a role, and export all that is then signed by all."""
    edition = person.context.request.get(f"{person.url}/review/status").json()["data"]
    signed = _post(person, "/review/signoff", role=role, approve=True, digest=edition["digest"])
    for brief in signed["signed"]:
        if brief["gate_open"]:
            _post(person, f"/export/{brief['id']}")


def _post(person: Person, path: str, **body: Any) -> Any:
    answer = person.context.request.post(
        person.url + path, data=body, headers={"Origin": person.url}
    )
    assert answer.ok, answer.text()
    return answer.json()["data"] if "json" in answer.headers["content-type"] else None


def _take(person: Person, file: Path) -> None:
    person.page.wait_for_timeout(500)
    person.page.screenshot(path=str(file))
    size = file.stat().st_size
    print(f"{file}: {size:,} bytes")
    if size > AT_MOST:
        raise SystemExit(f"That is more than {AT_MOST:,}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
