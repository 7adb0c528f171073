"""The documentation says what the code does: every setting, every command, no dead link."""

import re
from pathlib import Path

import msgspec
import pytest

from engine.model import RoiAssumptions
from engine.settings import Settings
from server.cli.app import run

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")])
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \|", re.MULTILINE)


def settings_page() -> dict[str, str]:
    """What the page says is the default of each setting."""
    return dict(ROW.findall((ROOT / "docs/reference/settings.md").read_text("utf-8")))


def test_every_setting_is_documented_and_no_other() -> None:
    names = {*Settings.__struct_fields__, *RoiAssumptions.__struct_fields__}

    assert set(settings_page()) == names


@pytest.mark.parametrize("kind", [Settings, RoiAssumptions])
def test_every_documented_default_is_the_real_one(kind: type[msgspec.Struct]) -> None:
    page = settings_page()

    for field in msgspec.structs.fields(kind):
        if isinstance(field.default, bool | int | float | str | Path):
            said = page[field.name].strip("`")
            assert said == msgspec.json.encode(str(field.default)).decode().strip('"').removesuffix(
                ".0"
            ).replace("False", "false").replace("True", "true")


def test_every_command_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs/reference/cli.md").read_text("utf-8")

    run(["--help"])

    commands = re.findall(r"│ (\w+) {2,}", capsys.readouterr().out)
    assert len(commands) >= 7
    assert [name for name in commands if f"wireroom {name}" not in page] == []


def shell(page: Path) -> list[str]:
    """The commands that a page shows, each on one line."""
    blocks = re.findall(r"^ *```\n(.*?)^ *```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return "\n".join(blocks).replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_shown_exists_with_its_options(
    page: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    commands = [
        match[1] for line in shell(page) if (match := re.search(r"\bwireroom ([a-z][^|>#]*)", line))
    ]

    for command in commands:
        words = re.match(r"(?:token|audit|hold|person|change) [\w-]+|\w+", command)
        assert words is not None
        assert run([*words[0].split(), "--help"]) == 0, command
        known = capsys.readouterr().out
        assert [name for name in re.findall(r" (--[a-z-]+)", command) if name not in known] == []


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial/first-morning.md"])
def test_a_tour_works_on_any_port(page: str) -> None:
    commands = shell(ROOT / page)

    fixed = [line for line in commands if "127.0.0.1:8787" in line and "make run" not in line]
    assert [line.removeprefix("$ ") for line in fixed] == [
        "export WIREROOM_URL=http://127.0.0.1:8787"
    ]


def test_the_example_client_says_how_it_is_started_beside_make_run() -> None:
    text = (ROOT / "examples/follow.py").read_text("utf-8")

    assert ".venv/bin/python examples/follow.py " in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_is_dead(page: Path) -> None:
    links = LINK.findall(page.read_text("utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_page_is_reached_from_the_index() -> None:
    index = ROOT / "docs/README.md"
    linked = {(index.parent / link).resolve() for link in LINK.findall(index.read_text("utf-8"))}

    pages = set((ROOT / "docs").rglob("*.md")) - {index}
    assert sorted(page.name for page in pages if page not in linked) == []
