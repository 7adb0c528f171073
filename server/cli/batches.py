"""Cutting a file into bodies that a running desk accepts, never inside a row."""

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

from engine.model import SourceKind

BATCH = 4_194_304
"""Bytes of one upload: half of what a desk takes by default."""


def batches(lines: Iterable[bytes], kind: SourceKind, size: int = BATCH) -> Iterator[bytes]:
    """The file in parts of about ``size``; each CSV part begins with the header row.

    A feed cannot be cut: it is one part. A row longer than ``size`` stays whole.
    """
    if kind not in ("csv", "jsonl"):
        yield b"".join(lines)
        return
    rows = _csv_rows(lines) if kind == "csv" else iter(lines)
    header = next(rows, b"") if kind == "csv" else b""
    part = bytearray(header)
    for row in rows:
        if len(part) > len(header) and len(part) + len(row) > size:
            yield bytes(part)
            part = bytearray(header)
        part += row
    yield bytes(part)


def parts_of(file: Path, kind: SourceKind) -> Generator[bytes]:
    """``batches`` of a file, which is open while they are asked for."""
    with file.open("rb") as lines:
        yield from batches(lines, kind, BATCH)


def _csv_rows(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Rows of a CSV file: a line break inside quotes ends no row."""
    row = bytearray()
    for line in lines:
        row += line
        if row.count(b'"') % 2 == 0:
            yield bytes(row)
            row.clear()
    if row:
        yield bytes(row)
