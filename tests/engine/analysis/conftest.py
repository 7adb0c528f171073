"""The table and a fitted default analyst are read once: loading is not what is tested here."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from engine.analysis.analyst import Analyst
from engine.analysis.embed import Embedder, load_vocabulary
from engine.analysis.readings import AnalysedItem
from engine.analysis.taxonomy import load_default
from engine.analysis.words import Background

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

MakeItem = Callable[..., AnalysedItem]


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder.load()


@pytest.fixture(scope="session")
def background() -> Background:
    return Background(load_vocabulary())


@pytest.fixture
def analyst(embedder: Embedder) -> Analyst:
    return Analyst(load_default(), embedder=embedder)


@pytest.fixture
def now() -> datetime:
    return NOON


@pytest.fixture
def item() -> MakeItem:
    def make(
        number: int,
        title: str,
        *,
        text: str = "",
        publisher: str = "",
        published: datetime | None = None,
        arrived: datetime = NOON,
    ) -> AnalysedItem:
        return AnalysedItem(
            id=f"item-{number}",
            title=title,
            text=text,
            publisher=publisher or f"Gazette {number}",
            published=published,
            arrived=arrived,
        )

    return make
