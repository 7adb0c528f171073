"""A source, read: batches of entries in order, with what was rejected and how far it has come.

The async face of the room. It fetches; a parser (the worker, in a desk) does the CPU work.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final, Protocol

from msgspec.structs import replace

from engine.errors import SourceFailed
from engine.ingest.fetch import Fetcher
from engine.ingest.files import (
    UNKNOWN,
    Validators,
    body_chunks,
    file_chunks,
    file_validators,
    files_in,
)
from engine.ingest.parsed import Layout, Parsed, Refused, RowKind, Rows
from engine.ingest.portions import entry_weight, portions
from engine.ingest.urls import is_url
from engine.model import Entry, Record, Rejected, Source, SourceHealth

# A record longer than this is not waited for: it is read as far as it goes.
_LONGEST_RECORD: Final = 1_048_576

Chunks = AsyncIterator[tuple[bytes, bool]]


class Parser(Protocol):
    """Turns bytes into entries, wherever that is done. Both raise SourceFailed."""

    async def feed(self, body: bytes, url: str) -> Parsed: ...

    async def rows(
        self,
        kind: RowKind,
        body: bytes,
        *,
        columns: dict[str, str],
        layout: Layout | None,
        start: int,
        final: bool,
    ) -> Rows: ...


class Batch(Record, frozen=True, kw_only=True):
    """One portion of entries. ``read`` counts all entries so far, good and rejected.

    Only the last batch of a source has ``validators``; when nothing has changed it is the only
    one and says so.
    """

    entries: tuple[Entry, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    read: int = 0
    total: int | None = None
    validators: Validators | None = None
    is_unchanged: bool = False


class _Piece(Record, frozen=True, kw_only=True):
    """What one parse gave; ``total`` is how many entries there are, when that is known."""

    entries: tuple[Entry, ...] = ()
    rejected: tuple[Refused, ...] = ()
    total: int | None = None


Pieces = AsyncIterator[_Piece]


async def read(
    source: Source, health: SourceHealth, fetcher: Fetcher, parser: Parser
) -> AsyncIterator[Batch]:
    """All of a source; raises SourceFailed, possibly after some batches."""
    known = Validators(etag=health.etag, last_modified=health.last_modified)
    opened = await _open(source, known, fetcher, parser)
    if opened is None:
        yield Batch(total=0, validators=known, is_unchanged=True)
        return
    pieces, validators = opened
    count = 0
    async for piece in pieces:
        for batch in _batches(piece, source.id, count):
            yield batch
        count += len(piece.entries) + len(piece.rejected)
    yield Batch(read=count, total=count, validators=validators)


async def _open(
    source: Source, known: Validators, fetcher: Fetcher, parser: Parser
) -> tuple[Pieces, Validators] | None:
    """What to read and what it will be recognised by; None when nothing has changed."""
    match source.kind:
        case "push":
            raise SourceFailed("A push source is not read: items are sent to it.")
        case "folder":
            return _folder(source, fetcher, parser), UNKNOWN
        case "csv" | "jsonl" if not is_url(source.location):
            path = Path(source.location)
            now = await file_validators(path)
            pieces = _rows(source.kind, file_chunks(path), source.columns, parser)
            return None if now == known else (pieces, now)
    fetched = await fetcher.fetch(source.location, known)
    if fetched.is_unchanged:
        return None
    if source.kind == "feed":
        return _feed(fetched.body, fetched.url, parser), fetched.validators
    chunks = body_chunks(fetched.body)
    return _rows(source.kind, chunks, source.columns, parser), fetched.validators


async def _feed(body: bytes, url: str, parser: Parser) -> Pieces:
    parsed = await parser.feed(body, url)
    total = len(parsed.entries) + len(parsed.rejected)
    yield _Piece(entries=parsed.entries, rejected=parsed.rejected, total=total)


async def _rows(kind: RowKind, chunks: Chunks, columns: dict[str, str], parser: Parser) -> Pieces:
    """Each parse says how many bytes it used; the rest goes before the next chunk."""
    pending = b""
    layout: Layout | None = None
    start = 0
    async for chunk, last in chunks:
        pending += chunk
        final = last or len(pending) >= _LONGEST_RECORD
        more = True
        while more:
            rows = await parser.rows(
                kind, pending, columns=columns, layout=layout, start=start, final=final
            )
            yield _Piece(entries=rows.entries, rejected=rows.rejected)
            pending = pending[rows.consumed :]
            layout, more, start = rows.layout, rows.more, start + rows.rows


async def _folder(source: Source, fetcher: Fetcher, parser: Parser) -> Pieces:
    """File after file; one that cannot be read is a reject that names it."""
    folder = Path(source.location)
    files = await asyncio.to_thread(files_in, folder)
    for number, (path, kind) in enumerate(files, 1):
        name = path.relative_to(folder).as_posix()
        one = replace(source, kind=kind, location=str(path))
        try:
            opened = await _open(one, UNKNOWN, fetcher, parser)
            if opened is not None:
                async for piece in opened[0]:
                    yield _named(piece, name)
        except SourceFailed as error:
            yield _Piece(rejected=(Refused(position=number, reason=f"{name}: {error}"),))


def _named(piece: _Piece, name: str) -> _Piece:
    """As part of a folder: reasons name the file, and ids that only it makes unique do too."""
    return _Piece(
        entries=tuple(
            entry if not entry.guid or ":" in entry.guid else _scoped(entry, name)
            for entry in piece.entries
        ),
        rejected=tuple(
            Refused(position=each.position, reason=f"{name}: {each.reason}")
            for each in piece.rejected
        ),
    )


def _scoped(entry: Entry, name: str) -> Entry:
    return replace(entry, guid=f"{name}#{entry.guid}")


def _batches(piece: _Piece, source_id: str, before: int) -> Iterator[Batch]:
    rejected = tuple(
        Rejected(source_id=source_id, position=each.position, reason=each.reason)
        for each in piece.rejected
    )
    read_now = before + len(rejected)
    parts = list(portions(piece.entries, entry_weight))
    for entries in parts or ([()] if rejected else []):
        read_now += len(entries)
        yield Batch(entries=entries, rejected=rejected, read=read_now, total=piece.total)
        rejected = ()
