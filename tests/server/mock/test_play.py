"""Mock mode plays the example day through the engine's own commands."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine import Engine, Settings
from server.mock import play as mock
from server.mock.day import load, locate

FEED = """<rss version="2.0"><channel><title>Ostrel News</title><item>
<title>Ostrel council approves a reed bed for rain water</title>
<link>https://ostrel.example/news/reed-bed</link>
<pubDate>Thu, 15 Jan 2026 11:30:00 GMT</pubDate>
<description>The council of Ostrel approved a reed bed on Thursday. It will clean the rain water
of the new quarter and costs 2.4 million crowns. Work begins in May.</description>
</item></channel></rss>"""


async def at_once(_seconds: float) -> None:
    """Sleeps not at all: the tests own time."""


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    engine = await Engine.open(Settings(data_dir=tmp_path / "desk", mock=True))
    yield engine
    await engine.close()


@pytest.fixture
def small_day(tmp_path: Path) -> Path:
    """A day of one feed and nothing else."""
    folder = tmp_path / "day"
    (folder / "feeds").mkdir(parents=True)
    (folder / "feeds" / "ostrel.xml").write_text(FEED, "utf-8")
    source = {"id": "ostrel", "kind": "feed", "location": "feeds/ostrel.xml", "title": "Ostrel"}
    runtime = {"pace": {"items_per_s": 1000}}
    (folder / "sources.json").write_text(json.dumps({"sources": [source]}), "utf-8")
    (folder / "runtime.json").write_text(json.dumps(runtime), "utf-8")
    return folder


def test_the_data_folder_goes_with_the_block() -> None:
    with mock.throwaway(Settings(mock=True)) as settings:
        folder = settings.data_dir
        (folder / "something").write_text("x", "utf-8")

    assert not folder.exists()


async def test_a_day_without_prepared_state_fills_from_its_feeds(
    engine: Engine, small_day: Path
) -> None:
    await mock.play(engine, load(small_day), at_once)

    page = await engine.issues.today()
    assert [issue.title for issue in page.issues] == [
        "Ostrel council approves a reed bed for rain water"
    ]


async def test_the_newest_item_is_from_just_now(engine: Engine, small_day: Path) -> None:
    before = engine.clock()

    await mock.play(engine, load(small_day), at_once)

    page = await engine.issues.today()
    assert abs((page.issues[0].last_seen - before).total_seconds()) < 5


async def test_nothing_is_written_into_the_examples(engine: Engine, small_day: Path) -> None:
    before = contents(small_day)

    await mock.play(engine, load(small_day), at_once)

    assert contents(small_day) == before


async def test_the_pace_is_given_back_after_the_feeds(engine: Engine, small_day: Path) -> None:
    await mock.play(engine, load(small_day), at_once)

    assert engine.ingest.pace is None


async def test_the_script_opens_proposes_and_signs(engine: Engine, tmp_path: Path) -> None:
    await mock.play(engine, load(without_feeds(tmp_path)), at_once)

    brief = (await engine.briefs.get("test-001")).brief
    assert {signoff.name for signoff in brief.signoffs} == {"Demo Analyst", "Demo Strategy Head"}
    assert brief.gate_open


async def test_a_step_that_is_refused_does_not_stop_the_rest(
    engine: Engine, tmp_path: Path
) -> None:
    folder = without_feeds(tmp_path)
    script = [
        {"do": "open_review", "after_s": 0, "brief_id": "no-such-brief"},
        {"do": "sign", "after_s": 0, "brief_id": "test-001", "as": "Court Jester"},
        {"do": "open_review", "after_s": 1, "brief_id": "test-001"},
    ]
    (folder / "runtime.json").write_text(json.dumps({"script": script}), "utf-8")

    await mock.play(engine, load(folder), at_once)

    assert (await engine.briefs.get("test-001")).brief.state == "in_review"


async def test_a_day_that_cannot_be_played_leaves_the_desk_standing(
    engine: Engine, small_day: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_off(*_: object) -> None:
        raise RuntimeError("the tape tore")

    monkeypatch.setattr(mock, "_go_on", break_off)

    await mock._played(engine, load(small_day), {})

    assert engine.ready


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def without_feeds(tmp_path: Path) -> Path:
    """The prepared state of the day that ships, alone."""
    folder = tmp_path / "state"
    folder.mkdir()
    for path in locate().glob("*.json"):
        if path.name != "sources.json":
            (folder / path.name).write_bytes(path.read_bytes())
    return folder
