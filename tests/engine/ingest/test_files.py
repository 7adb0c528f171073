"""Files as sources."""

import asyncio
import os
import threading
from pathlib import Path
from typing import BinaryIO

import pytest

from engine.errors import SourceFailed
from engine.ingest import files
from engine.ingest.files import (
    UNKNOWN,
    Validators,
    body_chunks,
    file_chunks,
    file_validators,
    files_in,
    read_file,
)


async def _collected(path: Path, size: int) -> list[tuple[bytes, bool]]:
    return [each async for each in file_chunks(path, size)]


@pytest.mark.parametrize(
    ("content", "pieces"),
    [
        (b"", [(b"", True)]),
        (b"abcd", [(b"abcd", True)]),
        (b"abcde", [(b"abcd", False), (b"e", True)]),
    ],
)
async def test_a_file_or_body_comes_in_pieces_and_the_last_one_says_so(
    tmp_path: Path, content: bytes, pieces: list[tuple[bytes, bool]]
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)

    assert await _collected(path, 4) == pieces
    assert [each async for each in body_chunks(content, 4)] == pieces


async def test_a_missing_file_is_a_sentence_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceFailed) as failed:
        await _collected(tmp_path / "rows.csv", 4)

    assert str(failed.value) == "rows.csv cannot be read: no such file or directory."


async def test_a_pipe_is_no_file_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")

    with pytest.raises(SourceFailed, match=r"pipe\.csv is not a file"):
        await file_validators(tmp_path / "pipe.csv")


def test_a_name_that_cannot_be_is_a_sentence() -> None:
    with pytest.raises(SourceFailed, match="its name is not valid"):
        read_file(Path("a\0b"), UNKNOWN, 10)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match="is not a file"):
        read_file(tmp_path, UNKNOWN, 10)


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(b"x" * 11)

    with pytest.raises(SourceFailed, match=r"feed\.xml is larger than 10 bytes"):
        read_file(path, UNKNOWN, 10)


def test_validators_become_request_headers() -> None:
    assert Validators(etag='"1"').request_headers() == {"If-None-Match": '"1"'}
    assert UNKNOWN.request_headers() == {}


def test_a_folder_lists_known_kinds_by_path_without_hidden_files_and_links(
    tmp_path: Path,
) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("b/x.jsonl", "a.XML", "c.csv", "readme.txt", ".d.xml", ".git/e.xml"):
        (tmp_path / name).touch()
    (tmp_path / "link.xml").symlink_to(tmp_path / "a.XML")

    found = [(path.relative_to(tmp_path).as_posix(), kind) for path, kind in files_in(tmp_path)]

    assert found == [("a.XML", "feed"), ("b/x.jsonl", "jsonl"), ("c.csv", "csv")]


def test_a_folder_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match="nowhere is not a folder"):
        files_in(tmp_path / "nowhere")


def test_a_folder_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FILES_LIMIT", 1)
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).touch()

    with pytest.raises(SourceFailed, match="holds more than 1 files"):
        files_in(tmp_path)


async def test_who_is_cancelled_while_a_file_is_opened_leaves_none_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "news.csv"
    path.write_bytes(b"title\n")
    may_open, opened, open_file = threading.Event(), [], files.open_file

    def slow(path: Path) -> BinaryIO:
        may_open.wait(20)
        opened.append(open_file(path))
        return opened[0]

    monkeypatch.setattr(files, "open_file", slow)
    reading = asyncio.ensure_future(anext(files.file_chunks(path)))
    await asyncio.sleep(0)

    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    may_open.set()
    async with asyncio.timeout(20):
        while not (opened and opened[0].closed):  # noqa: ASYNC110 - a thread has no bell
            await asyncio.sleep(0.01)

    assert opened[0].closed
