"""The event loop stays free while the desk works: no callback computes for more than 5 ms."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.engine import Engine
from engine.ingest.sources import NewSource
from engine.model import SYSTEM, Entry
from engine.settings import Settings
from tests.loop_watch import LIMIT_S, Watch, watching

PLACES = ("Brenn", "Calder", "Halmere", "Lindale", "Ostby", "Pelsk", "Sorrel", "Torrow")
TOPICS = ("budget vote", "ferry strike", "water ban", "bank merger", "data leak", "tram fire")


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    with watching(monkeypatch) as watch:
        yield watch


def rows(count: int) -> str:
    lines = ["title,link,outlet,text"]
    for n in range(count):
        place, topic = PLACES[n % 8], TOPICS[n % 6]
        text = f"The {topic} in {place} goes on. Officials gave number {n} on Monday. " * 3
        lines.append(f"{place} {topic}: report {n},https://o{n}.example/{n},Outlet {n % 40},{text}")
    return "\n".join(lines) + "\n"


async def test_an_ingest_leaves_the_loop_free(watch: Watch, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(rows(1_000))
    engine = await Engine.open(Settings(data_dir=tmp_path / "desk", settle_s=0))
    await engine.ingest.add_source(SYSTEM, NewSource(location=str(file)))
    watch.worst = 0.0  # what opening cost is not of interest

    await engine.ingest.run(SYSTEM)
    run = await engine.ingest.wait()
    await engine.settled()
    await engine.close()

    assert run is not None
    assert run.new > 0
    assert watch.worst < LIMIT_S, watch.what


async def test_a_push_of_long_texts_beyond_ascii_leaves_the_loop_free(
    watch: Watch, tmp_path: Path
) -> None:
    engine = await Engine.open(Settings(data_dir=tmp_path / "desk", settle_s=0))
    text = "Паромы стоят, сообщил город. " * 690
    entries = [Entry(title=f"Паром {n}", text=f"{n}. {text}") for n in range(100)]
    watch.worst = 0.0

    run = await engine.ingest.push(SYSTEM, entries)
    await engine.settled()
    await engine.close()

    assert run.read == 100
    assert watch.worst < LIMIT_S, watch.what
