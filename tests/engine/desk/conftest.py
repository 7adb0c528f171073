"""A desk on a real store, with the worker's jobs done in this process and time moved by hand."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from engine.engine import Engine
from engine.events.event import TOPICS
from engine.events.recorded import Latest, Recorded
from engine.log.fold import apply
from engine.model import Snapshot
from engine.settings import Settings
from tests.engine.clock import FakeClock
from tests.engine.desk.inline_worker import InlineWorker

EVERYTHING = frozenset(TOPICS)


class Mirror:
    """A follower: what it was given at first, and every event since."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.lines: list[Recorded] = []
        self.latest_lines: list[Latest] = []

    def recorded(self, events: Sequence[Recorded]) -> None:
        for line in events:
            self.lines.append(line)
            self.snapshot = apply(self.snapshot, line)

    def latest(self, event: Latest) -> None:
        self.latest_lines.append(event)

    @property
    def types(self) -> list[str]:
        return [line.type for line in self.lines]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "desk", mock=True, settle_s=0)


@pytest.fixture
async def engine(settings: Settings, clock: FakeClock) -> AsyncIterator[Engine]:
    engine = await Engine.open(settings, clock, InlineWorker())
    yield engine
    await engine.close()


@pytest.fixture
async def mirror(engine: Engine) -> AsyncIterator[Mirror]:
    """Holds for every test that uses it: snapshot + events = a fresh snapshot."""
    mirror = Mirror(await engine.snapshot(EVERYTHING))
    stop = engine.log.listen(mirror)
    yield mirror
    await engine.settled()
    stop()
    assert mirror.snapshot == await engine.snapshot(EVERYTHING)
