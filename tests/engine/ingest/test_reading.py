"""Sources read from end to end, with the parsing done right here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.errors import SourceFailed
from engine.ingest.feeds import parse
from engine.ingest.fetch import Fetched, Fetcher
from engine.ingest.files import UNKNOWN, Validators
from engine.ingest.parsed import Layout, Parsed, RowKind, Rows
from engine.ingest.portions import COUNT
from engine.ingest.reading import Batch, read
from engine.ingest.rows import parse_rows
from engine.model import Source, SourceHealth, SourceKind


class ParserHere:
    """A Parser without a worker."""

    async def feed(self, body: bytes, url: str) -> Parsed:
        return parse(body, url)

    async def rows(
        self,
        kind: RowKind,
        body: bytes,
        *,
        columns: dict[str, str],
        layout: Layout | None,
        start: int,
        final: bool,
    ) -> Rows:
        return parse_rows(kind, body, columns=columns, layout=layout, start=start, final=final)


class FetcherOf(Fetcher):
    """Answers every URL with one body."""

    def __init__(self, body: bytes) -> None:
        super().__init__(timeout_s=1, max_bytes=10_000_000)
        self._given = body

    async def fetch(self, location: str, known: Validators = UNKNOWN) -> Fetched:
        return Fetched(body=self._given, url=location, validators=Validators(etag='"e"'))


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(timeout_s=1, max_bytes=10_000_000) as fetcher:
        yield fetcher


def source(kind: SourceKind, location: Path | str) -> Source:
    return Source(id="port", kind=kind, location=str(location), title="Port")


async def collect(
    source: Source, fetcher: Fetcher, health: SourceHealth | None = None
) -> list[Batch]:
    batches = read(source, health or SourceHealth(), fetcher, ParserHere())
    return [batch async for batch in batches]


def titles(batches: list[Batch]) -> list[str]:
    return [entry.title for batch in batches for entry in batch.entries]


def feed(*names: str) -> str:
    items = "".join(f"<item><title>{name}</title><guid>{name}</guid></item>" for name in names)
    return f"<rss version='2.0'><channel><title>Post</title>{items}<item/></channel></rss>"


async def test_a_feed_comes_in_batches_that_count(tmp_path: Path, fetcher: Fetcher) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(feed(*(f"n{n}" for n in range(COUNT + 5))))

    first, second, last = await collect(source("feed", path), fetcher)

    assert [len(first.entries), len(second.entries), len(last.entries)] == [COUNT, 5, 0]
    assert [first.read, second.read, last.read] == [COUNT + 1, COUNT + 6, COUNT + 6]
    assert [each.position for each in first.rejected] == [COUNT + 6]
    assert first.total == last.total == COUNT + 6
    assert last.validators is not None


@pytest.mark.parametrize("kind", ["feed", "csv"])
async def test_an_unchanged_file_is_one_empty_batch(
    tmp_path: Path, fetcher: Fetcher, kind: SourceKind
) -> None:
    path = tmp_path / "source"
    path.write_text(feed("n") if kind == "feed" else "title\nQuay\n")
    before = (await collect(source(kind, path), fetcher))[-1].validators
    assert before is not None

    batches = await collect(source(kind, path), fetcher, SourceHealth(etag=before.etag))

    assert [(each.is_unchanged, each.read, each.validators) for each in batches] == [
        (True, 0, before)
    ]


async def test_rows_of_a_large_file_all_come_in_order(tmp_path: Path, fetcher: Fetcher) -> None:
    path = tmp_path / "rows.csv"
    wanted = [f"Notice {n} " + "x" * 90 for n in range(4_000)]
    path.write_text("title,text\n" + "".join(f'{name},"a\n,b"\n' for name in wanted) + "cut")

    batches = await collect(source("csv", path), fetcher)

    assert titles(batches) == wanted
    assert batches[-1].read == batches[-1].total == 4_001
    assert [(r.position, r.source_id) for b in batches for r in b.rejected] == [(4_001, "port")]
    assert max(len(batch.entries) for batch in batches) == COUNT


async def test_rows_are_read_from_an_address_too() -> None:
    batches = await collect(
        source("jsonl", "https://e.example/rows.jsonl"), FetcherOf(b'{"title": "Quay"}\n')
    )

    assert titles(batches) == ["Quay"]
    assert batches[-1].validators == Validators(etag='"e"')


async def test_a_line_without_end_does_not_fill_the_memory(
    tmp_path: Path, fetcher: Fetcher
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"title": "' + "x" * 3_000_000 + '"}\n{"title": "Quay"}\n')

    batches = await collect(source("jsonl", path), fetcher)

    assert titles(batches) == ["Quay"]
    assert sum(len(batch.rejected) for batch in batches) >= 1


async def test_a_folder_is_read_file_by_file_and_a_bad_file_is_a_reject(
    tmp_path: Path, fetcher: Fetcher
) -> None:
    (tmp_path / "a.xml").write_text(feed("Quay"))
    (tmp_path / "b.json").write_text("{}")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.csv").write_text("title,id\nPier,1\nbad\n")

    batches = await collect(source("folder", tmp_path), fetcher)

    assert titles(batches) == ["Quay", "Pier"]
    assert [each.reason for batch in batches for each in batch.rejected] == [
        "a.xml: It has neither a title nor a text.",
        "b.json: The document is JSON, but not a JSON Feed.",
        "sub/c.csv: It has 1 column where the header has 2.",
    ]
    assert batches[-1].read == 5


async def test_ids_that_only_a_file_makes_unique_name_it(tmp_path: Path, fetcher: Fetcher) -> None:
    (tmp_path / "a.csv").write_text("title,id\nQuay,1\nPier,urn:p:1\nDock,\n")

    batches = await collect(source("folder", tmp_path), fetcher)

    guids = [entry.guid for batch in batches for entry in batch.entries]
    assert guids == ["a.csv#1", "urn:p:1", ""]


@pytest.mark.parametrize(
    ("kind", "location", "sentence"),
    [
        ("push", "", "not read"),
        ("folder", "nowhere", "is not a folder"),
        ("csv", "nowhere.csv", "cannot be read"),
        ("feed", "nowhere.xml", "cannot be read"),
    ],
)
async def test_a_source_that_cannot_be_read_fails_in_words(
    fetcher: Fetcher, kind: SourceKind, location: str, sentence: str
) -> None:
    with pytest.raises(SourceFailed, match=sentence):
        await collect(source(kind, location), fetcher)
