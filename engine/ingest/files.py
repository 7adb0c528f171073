"""Files as sources: whole or in chunks, regular files only. Blocking parts run in a thread."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO, Final

from engine.errors import SourceFailed
from engine.model import Record, SourceKind

CHUNK: Final = 128 * 1024
"""Bytes per job for the worker: 10 to 40 ms of rows."""
FILES_LIMIT: Final = 10_000

_KINDS: Final[dict[str, SourceKind]] = {
    **dict.fromkeys((".xml", ".rss", ".atom", ".rdf", ".json"), "feed"),
    **dict.fromkeys((".csv", ".tsv"), "csv"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
}


class Validators(Record, frozen=True, kw_only=True):
    """What tells whether a document has changed since it was read."""

    etag: str = ""
    last_modified: str = ""

    def request_headers(self) -> dict[str, str]:
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


UNKNOWN: Final = Validators()
"""Of a document never read before."""


def read_file(path: Path, known: Validators, limit: int) -> tuple[bytes | None, Validators]:
    """The bytes, or None when ``known`` still holds. Raises SourceFailed. Blocks."""
    with open_file(path) as file:
        now = _validators(file)
        if now == known:
            return None, now
        body = _read(file, path, limit + 1)
    if len(body) > limit:
        raise SourceFailed(f"{path.name} is larger than {limit:,} bytes.")
    return body, now


def open_file(path: Path) -> BinaryIO:
    """A regular file, opened; a pipe or a device would block or never end. Blocks."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        raise SourceFailed(f"{path.name} cannot be read: {_why(error)}.") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SourceFailed(f"{path.name} is not a file.")
    return os.fdopen(descriptor, "rb")


async def file_chunks(path: Path, size: int = CHUNK) -> AsyncIterator[tuple[bytes, bool]]:
    """The file in pieces, each with whether it is the last one."""
    file = await _opened(path)
    try:
        piece = await asyncio.to_thread(_read, file, path, size)
        while True:
            following = await asyncio.to_thread(_read, file, path, size)
            yield piece, not following
            if not following:
                return
            piece = following
    finally:
        file.close()


async def _opened(path: Path) -> BinaryIO:
    """``open_file`` in a thread. Who is cancelled meanwhile leaves no open file behind."""
    opening = asyncio.create_task(asyncio.to_thread(open_file, path))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close)
        raise


def _close(opening: "asyncio.Task[BinaryIO]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


async def body_chunks(body: bytes, size: int = CHUNK) -> AsyncIterator[tuple[bytes, bool]]:
    """A body in memory, in the same pieces."""
    for start in range(0, max(1, len(body)), size):
        yield body[start : start + size], start + size >= len(body)


async def file_validators(path: Path) -> Validators:
    """What tells whether the file has changed. Raises SourceFailed."""

    def look() -> Validators:
        with open_file(path) as file:
            return _validators(file)

    return await asyncio.to_thread(look)


def files_in(folder: Path) -> tuple[tuple[Path, SourceKind], ...]:
    """Files of a known kind, sorted by path; hidden ones and links are left out. Blocks."""
    if not folder.is_dir():
        raise SourceFailed(f"{folder.name} is not a folder.")
    found: list[tuple[Path, SourceKind]] = []
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(parent, name)
            kind = _KINDS.get(path.suffix.lower())
            if kind and not name.startswith(".") and not path.is_symlink():
                found.append((path, kind))
        if len(found) > FILES_LIMIT:
            raise SourceFailed(f"{folder.name} holds more than {FILES_LIMIT:,} files.")
    return tuple(sorted(found))


def _refuse(error: OSError) -> None:
    raise SourceFailed(f"{Path(str(error.filename)).name} cannot be listed: {_why(error)}.")


def _read(file: BinaryIO, path: Path, size: int) -> bytes:
    try:
        return file.read(size)
    except OSError as error:
        raise SourceFailed(f"{path.name} cannot be read: {_why(error)}.") from None


def _validators(file: BinaryIO) -> Validators:
    facts = os.fstat(file.fileno())
    return Validators(etag=f'"{facts.st_size:x}-{facts.st_mtime_ns:x}"')


def _why(error: OSError | ValueError) -> str:
    return str(getattr(error, "strerror", None) or "its name is not valid").lower()
