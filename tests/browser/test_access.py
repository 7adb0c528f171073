"""Nobody is shut out: axe-core looks at every place, in light, dark and on a phone."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import Person
from tests.browser.conftest import Meet

AXE = Path(__file__).parents[2] / ".venv/node/node_modules/axe-core/axe.min.js"
PLACES = (
    "desk",
    "brief/test-001",
    "reading",
    "today",
    "sources",
    "activity",
    "value",
    "settings",
    "wall",
)
VIEWS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 860}},
    "dark": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}},
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", ["Demo Analyst", "Demo Admin"])
def test_every_place_is_for_everybody(read_desk: str, meet: Meet, view: str, name: str) -> None:
    if not AXE.exists():
        pytest.skip("AXE IS NOT INSTALLED: accessibility was not checked (make test-browser)")
    person = meet(read_desk, name, reduced_motion="reduce", **VIEWS[view]).opens()
    person.page.evaluate(AXE.read_text("utf-8"))

    found = {place: barriers(person, place) for place in PLACES}

    assert {place: some for place, some in found.items() if some} == {}


def barriers(person: Person, place: str) -> list[tuple[str, Any]]:
    """What axe calls serious or worse at a place, and where."""
    person.page.evaluate("place => { location.hash = `#/${place}`; }", place)
    person.sees(f".place-{place.partition('/')[0]}, .{place.partition('/')[0]}")
    person.page.wait_for_load_state("networkidle")
    violations = person.page.evaluate("axe.run()")["violations"]
    return [
        (one["id"], [node["target"] for node in one["nodes"]][:3])
        for one in violations
        if one["impact"] in ("serious", "critical")
    ]
