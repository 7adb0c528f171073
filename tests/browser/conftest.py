"""The page in a real browser, on a desk that a user could have started."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.browser.chromium import Person
from tests.end_to_end.process import serving, token

HERE = Path(__file__).parent
Meet = Callable[..., Person]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # Two Chromiums at once, each for whole files: one would be what all else waits for.
            half = "first" if item.path.stem < "test_people" else "second"
            item.add_marker(pytest.mark.xdist_group(f"browser, {half} half"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole session: while it lives, playwright's own event loop counts as running,
    and no asynchronous test could begin."""
    executable = chromium.path()
    if executable is None:
        pytest.skip("CHROMIUM IS NOT INSTALLED: the page was not tested in a browser")
    with chromium.browsing(executable) as opened:
        yield opened


@pytest.fixture(scope="module")
def quiet_examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The briefs of the example day, without its feeds and its script: nothing moves by itself."""
    folder = tmp_path_factory.mktemp("examples")
    for file in (HERE.parents[1] / "examples").glob("*.json"):
        if file.name not in ("sources.json", "runtime.json"):
            (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.fixture
def desk(quiet_examples: Path) -> Iterator[str]:
    """The address of a mock desk on which nothing happens unless a test does it."""
    with serving("--mock", "--examples", str(quiet_examples)) as server:
        yield server.url


@pytest.fixture(scope="module")
def read_desk(quiet_examples: Path) -> Iterator[str]:
    """The same for tests that only look."""
    with serving("--mock", "--examples", str(quiet_examples)) as server:
        yield server.url


@pytest.fixture
def empty_desk(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A desk as on its first day, and the token of its admin."""
    secret = token(tmp_path, "Ann Admin", "admin")
    with serving("--data-dir", str(tmp_path)) as server:
        yield server.url, secret


@pytest.fixture
def meet(browser: Browser) -> Iterator[Meet]:
    """Make somebody come to the desk; afterwards nothing was complained of or asked outside."""
    met: list[Person] = []

    def come(url: str, name: str | None = None, **view: Any) -> Person:
        met.append(Person(browser, url, name, **view))
        return met[-1]

    yield come
    for person in met:
        person.leaves()
        assert person.complaints == []
        assert person.outside() == []
