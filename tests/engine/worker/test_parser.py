"""Parsing for the ingest room, done in the worker."""

from collections.abc import AsyncIterator

import pytest

from engine.errors import SourceFailed
from engine.model import Entry
from engine.worker.client import Worker
from engine.worker.parser import WorkerParser


@pytest.fixture
async def parser() -> AsyncIterator[WorkerParser]:
    worker = Worker()
    await worker.start()
    yield WorkerParser(worker)
    await worker.close()


async def test_a_feed_rows_and_pushed_entries_are_parsed_elsewhere(parser: WorkerParser) -> None:
    feed = b"<rss version='2.0'><channel><item><title>Quay</title></item></channel></rss>"

    parsed = await parser.feed(feed, "")
    rows = await parser.rows(
        "jsonl", b'{"title": "Quay"}', columns={}, layout=None, start=0, final=True
    )
    pushed = await parser.entries([Entry(title="<b>Quay</b>")])

    titles = [entry.title for part in (parsed, rows, pushed) for entry in part.entries]
    assert titles == ["Quay", "Quay", "Quay"]


async def test_a_source_that_fails_there_fails_here(parser: WorkerParser) -> None:
    with pytest.raises(SourceFailed, match="not an RSS, Atom or JSON feed"):
        await parser.feed(b"hello", "")
