"""The frame of the project: what import-linter cannot say, and what no tracked file may hold."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = ("requirements.lock", "requirements-build.lock", "requirements-dev.lock")


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Every (module, name) that a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def engine_files() -> Iterator[Path]:
    return (ROOT / "engine").rglob("*.py")


def test_the_engine_does_not_serve() -> None:
    serving = [
        str(path.relative_to(ROOT))
        for path in engine_files()
        for module, name in imports(path)
        if module.startswith("aiohttp.web") or (module, name) == ("aiohttp", "web")
    ]

    assert serving == []


def test_outside_the_store_only_the_connections_type_comes_from_sqlalchemy() -> None:
    found = {
        (module, name)
        for path in engine_files()
        if path.relative_to(ROOT / "engine").parts[0] != "store"
        for module, name in imports(path)
        if module.startswith("sqlalchemy")
    }

    assert found <= {("sqlalchemy", "Connection")}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")

    pinned = re.findall(r"^[\w.-]+==\S+.*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE))
    assert "://" not in text


def test_every_dependency_is_locked_and_explained() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8").lower()
    page = (ROOT / "docs/explanation/dependencies.md").read_text("utf-8").lower()

    names = [
        match[0]
        for line in PROJECT["project"]["dependencies"]
        if (match := re.match(r"[\w-]+", line))
    ]
    assert [name for name in names if f"{name}==" not in lock] == []
    assert [name for name in names if name not in page] == []


def test_what_builds_the_wheel_is_what_is_locked() -> None:
    wanted = PROJECT["build-system"]["requires"]

    assert set(wanted) <= set(PROJECT["dependency-groups"]["build"])


@pytest.mark.parametrize("path", [".ci/run", ".ci/audit", ".ci/node-tools", ".ci/wheel-test"])
def test_scripts_can_be_run(path: str) -> None:
    assert (ROOT / path).stat().st_mode & 0o111


@pytest.mark.parametrize("path", ["examples/follow.py", "examples/follow.html"])
def test_an_example_client_is_short(path: str) -> None:
    assert len((ROOT / path).read_text("utf-8").splitlines()) < 60


def test_every_file_of_the_engine_stands_on_a_floor() -> None:
    """Else a new file would escape the contracts."""
    contracts = {c["name"]: c for c in PROJECT["tool"]["importlinter"]["contracts"]}

    assert contracts["The floors of the engine"]["exhaustive"] is True
