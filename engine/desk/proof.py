"""A whole log held against everything that proves it: its chain, its signed heads, its archive, a
second place. Reads only, so it works on a running desk's store and on a copy."""

from collections.abc import Iterator
from itertools import chain

from msgspec.structs import replace
from sqlalchemy import Connection

from engine.errors import StoreFailed
from engine.log.anchor import Anchored
from engine.log.archive import Archive
from engine.log.line import Damaged, Line, Stored, checked
from engine.log.verify import AuditResult, Evidence, Problem, examine
from engine.model import SignedHead, SigningKey
from engine.record import Head
from engine.store import heads
from engine.store import log as rows

NO_ARCHIVE = Archive(segments=(), files=())
NO_ANCHOR = Anchored(keys=(), heads=(), unreadable=0)


def prove(
    connection: Connection,
    *,
    archive: Archive = NO_ARCHIVE,
    anchor: Anchored = NO_ANCHOR,
    pinned: str = "",
) -> AuditResult:
    """What holds and what does not, in one read transaction. Raises StoreFailed when the store
    cannot be read at all."""
    head, floor = rows.end(connection), rows.floor(connection)
    kept_keys, kept_heads = _kept(connection)
    old_keys, old_heads = archive.signatures()
    evidence = Evidence(
        start=_start(kept_heads, floor, archive),
        is_bounded=not archive.segments,
        keys=_united(old_keys, kept_keys, anchor.keys),
        heads=(*old_heads, *kept_heads),
        anchored=anchor.heads,
        pinned=pinned,
    )
    lines = chain(archive.lines(floor), _lines(connection, floor))
    result = examine(lines, head, evidence)
    notes = (*_notes(result, evidence, anchor), *result.notes)
    return replace(_with_index_problems(result, connection), notes=notes)


def _kept(connection: Connection) -> tuple[tuple[SigningKey, ...], tuple[SignedHead, ...]]:
    try:
        return heads.keys(connection), heads.every(connection)
    except (ValueError, TypeError) as error:
        raise StoreFailed(f"The signed heads cannot be read: {error}.") from None


def _start(kept: tuple[SignedHead, ...], floor: int, archive: Archive) -> Head | None:
    """What the first line follows: nothing, the boundary of what was trimmed, or what an archive
    that has lost its own beginning says of it."""
    if archive.segments:
        first = archive.segments[0]
        return _head(first.epoch, first.first - 1, first.previous)
    boundary = next((head for head in kept if head.seq == floor), None)
    return _head(boundary.epoch, boundary.seq, boundary.hash) if boundary else None


def _head(epoch: str, seq: int, digest: str) -> Head | None:
    return Head(epoch=epoch, seq=seq, hash=bytes.fromhex(digest)) if seq else None


def _united(*keys: tuple[SigningKey, ...]) -> tuple[SigningKey, ...]:
    """Every key once; two that only share an id both stay, and one will not be sound."""
    return tuple(dict.fromkeys(key for some in keys for key in some))


def _lines(connection: Connection, floor: int) -> Iterator[Line | Damaged]:
    at = floor
    try:
        for row in rows.stored(connection):
            at = row[0]
            yield checked(Stored._make((*row[:7], tuple(row[7:]))))
    except StoreFailed as error:
        yield Damaged(at + 1, str(error).rstrip("."))


def _with_index_problems(result: AuditResult, connection: Connection) -> AuditResult:
    """An index that misses an event hides it from whoever asks for a subject or a type."""
    found = rows.index_problems(connection)
    if not found:
        return result
    problem = Problem(
        code="changed", seq=0, message=f"SQLite finds the pages of the log damaged: {found[0]}."
    )
    problems = (*result.problems, problem)
    return replace(result, ok=False, problem=problems[0].message, problems=problems)


def _notes(result: AuditResult, evidence: Evidence, anchor: Anchored) -> Iterator[str]:
    last = int(result.head.rpartition("-")[2])
    if not evidence.heads and not evidence.anchored:
        yield "No head of this log is signed yet."
    elif result.signed < last and result.ok:
        yield f"The last {last - result.signed} events are not signed yet."
    if evidence.start is not None:
        yield f"It begins behind event {evidence.start.seq}; what was before is not here."
    if anchor.unreadable:
        yield f"{anchor.unreadable} lines of the anchor cannot be read."
