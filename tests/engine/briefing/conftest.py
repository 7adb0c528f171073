"""Stories to write about, and an embedder that counts words."""

import re
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.model import Content, Evidence, Issue, Item, Priority, Statement

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class MakeItem(Protocol):
    def __call__(
        self, text: str, *, publisher: str = ..., title: str = ..., hours: int = ...
    ) -> Item: ...


class MakeIssue(Protocol):
    def __call__(self, *, quadrant: str = ..., priority: Priority = ...) -> Issue: ...


@pytest.fixture
def embed() -> Callable[[Sequence[str]], NDArray[np.float32]]:
    """Unit vectors of hashed words: sentences with the same words are close."""

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), 256), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w{3,}", text.lower()):
                row[zlib.crc32(word.encode()) % 256] += 1
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.maximum(lengths, 1e-6), dtype=np.float32)

    return embed


@pytest.fixture
def split() -> Callable[[str], Sequence[tuple[int, int]]]:
    def split(text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\S[^.?]*[.?]?", text)]

    return split


@pytest.fixture
def make_item() -> MakeItem:
    count = 0

    def make(
        text: str,
        *,
        publisher: str = "Ellmouth Post",
        title: str = "Ellmouth port shuts its eastern quay",
        hours: int = 0,
    ) -> Item:
        nonlocal count
        count += 1
        return Item(
            id=f"itm-{count}",
            source_id="wire",
            title=title,
            text=text,
            url=f"https://ellmouth.example/{count}",
            guid=str(count),
            publisher=publisher,
            published=NOON + timedelta(hours=hours),
            arrived=NOON,
            edition="2026-03-02",
        )

    return make


@pytest.fixture
def make_issue() -> MakeIssue:
    def make(*, quadrant: str = "Risk", priority: Priority = "medium") -> Issue:
        return Issue(
            id="ellmouth-quay",
            title="Ellmouth port shuts its eastern quay",
            quadrant=quadrant,
            confidence=0.9,
            relevance=0.9,
            score=0.7,
            priority=priority,
            needs_review=False,
            item_count=3,
            source_count=3,
            duplicate_count=0,
            first_seen=NOON,
            last_seen=NOON,
            edition="2026-03-02",
        )

    return make


@pytest.fixture
def story(make_item: MakeItem) -> tuple[Item, ...]:
    """Three publishers on one quay."""
    return (
        make_item(
            "The port of Ellmouth has shut its eastern quay after a crane collapsed on Monday. "
            "Two dockers were injured and taken to the Ellmouth infirmary. "
            "The harbour board must decide on repairs by 12 March.",
        ),
        make_item(
            "The port of Ellmouth shut its eastern quay on Monday after a crane collapsed there. "
            "Ferry services to the islands are suspended until the quay is inspected. "
            "The port handles 4.2 million tonnes of freight a year.",
            publisher="Calder Courier",
            hours=2,
        ),
        make_item(
            "Shipping lines approved a pilot that sends freight through the western quay instead. "
            "The dockers' union welcomed the plan and asked for new crane inspections. "
            "Who pays for the repairs? "
            "Read more about the port on our page for subscribers.",
            publisher="Island Radio",
            hours=4,
        ),
    )


@pytest.fixture
def content() -> Content:
    """A written brief: two publishers, one risk, one opportunity, three recommendations."""

    def evidence(n: int, publisher: str, confidence: float) -> Evidence:
        return Evidence(
            id=f"ev-{n}",
            item_id=f"itm-{n}",
            quote="…",
            start=0,
            end=1,
            publisher=publisher,
            url="",
            published=None,
            confidence=confidence,
        )

    return Content(
        title="Ellmouth port shuts its eastern quay",
        quadrant="Risk",
        priority="high",
        summary=(
            Statement(text="The port shut its quay.", evidence=("ev-1", "ev-2")),
            Statement(text="Ferries are suspended.", evidence=("ev-2",)),
            Statement(text="The board meets on 12 March", evidence=("ev-3", "gone")),
        ),
        risks=(Statement(text="Two dockers were injured.", evidence=("ev-1",)),),
        opportunities=(Statement(text="A pilot was approved.", evidence=("ev-3",)),),
        recommendations=(
            Statement(text="Take this to the leadership today.", evidence=("ev-1",)),
            Statement(text="Put 12 March in the calendar.", evidence=("ev-3",)),
            Statement(text="Prepare a holding statement.", evidence=()),
        ),
        evidence=(
            evidence(1, "Ellmouth Post", 0.8),
            evidence(2, "Calder Courier", 0.7),
            evidence(3, "Ellmouth Post", 0.6),
        ),
    )
