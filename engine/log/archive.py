"""Segments of the log that have left the store: compressed JSON Lines, one file each.

A segment begins with a line that says what it is, then come the public keys, its events, and the
signed heads of them; the last head is that of its last event, the boundary. So an archive is
checked like the log, and the log behind it from its boundary.
"""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from engine.errors import StoreFailed
from engine.log.line import Damaged, Line
from engine.model import Record, SignedHead, SigningKey
from engine.record import TOMBSTONE

FOLDER = "archive"
PATTERN = "log-*.jsonl.gz"


class Segment(Record, frozen=True, kw_only=True, tag_field="kind", tag="segment"):
    """``previous`` is the hash (hex) that its first event follows."""

    epoch: str
    first: int
    last: int
    previous: str


class ArchivedEvent(Record, frozen=True, kw_only=True, tag_field="kind", tag="event"):
    """A line of the log; ``data`` is byte for byte what the store held."""

    seq: int
    type: str
    subject: str
    time: datetime
    data: msgspec.Raw
    hash: bytes
    digest: bytes | None = None


Entry = Segment | SigningKey | ArchivedEvent | SignedHead
_decoder = msgspec.json.Decoder(Entry)


class Archive(Record, frozen=True, kw_only=True):
    """The segments of a folder, oldest first; opened one after the other as they are read."""

    segments: tuple[Segment, ...]
    files: tuple[Path, ...]

    @property
    def start(self) -> int:
        """The number before the first event it holds."""
        return self.segments[0].first - 1 if self.segments else 0

    def lines(self, up_to: int) -> Iterator[Line | Damaged]:
        """Its events up to ``up_to``: after a crash the store may still hold the last segment."""
        at = self.start
        for file in self.files:
            try:
                for entry in _entries(file):
                    if isinstance(entry, ArchivedEvent) and entry.seq <= up_to:
                        at = entry.seq
                        yield _line(entry)
            except StoreFailed as error:
                yield Damaged(at + 1, str(error).rstrip("."))

    def signatures(self) -> tuple[tuple[SigningKey, ...], tuple[SignedHead, ...]]:
        """Every public key and signed head in it."""
        keys: dict[str, SigningKey] = {}
        heads: list[SignedHead] = []
        for file in self.files:
            try:
                for entry in _entries(file):
                    if isinstance(entry, SigningKey):
                        keys.setdefault(entry.id, entry)
                    elif isinstance(entry, SignedHead):
                        heads.append(entry)
            except StoreFailed:  # ``lines`` says where
                continue
        return tuple(keys.values()), tuple(heads)


def open_archive(folder: Path) -> Archive:
    """The archive in a folder, which may be empty. Raises StoreFailed for a damaged file."""
    found = sorted(((_header(file), file) for file in folder.glob(PATTERN)), key=_first)
    return Archive(segments=tuple(s for s, _ in found), files=tuple(f for _, f in found))


def name(segment: Segment) -> str:
    return f"log-{segment.first:012}-{segment.last:012}.jsonl.gz"


def write(
    folder: Path,
    segment: Segment,
    lines: Iterable[Line],
    keys: Sequence[SigningKey],
    heads: Sequence[SignedHead],
) -> Path:
    """Put a segment down, whole or not at all. Raises StoreFailed."""
    target = folder / name(segment)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreFailed(f"The archive {folder} cannot be made: {error.strerror}.") from None
    _put(target, (segment, *keys, *map(_event, lines), *heads))
    return target


def _put(target: Path, entries: Iterable[Entry]) -> None:
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        file = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "wb") as raw:
            with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed:
                for entry in entries:
                    packed.write(msgspec.json.encode(entry) + b"\n")
            raw.flush()
            os.fsync(raw.fileno())
        partial.replace(target)
    except OSError as error:
        raise StoreFailed(f"The archive {target} cannot be written: {error.strerror}.") from None
    finally:
        partial.unlink(missing_ok=True)


def events(file: Path) -> Iterator[ArchivedEvent]:
    """The events of one segment. Raises StoreFailed for a damaged file."""
    return (entry for entry in _entries(file) if isinstance(entry, ArchivedEvent))


def blank(file: Path, seqs: frozenset[int]) -> None:
    """Put tombstones in place of the data of these events. Raises StoreFailed."""
    _put(file, (_blanked(entry, seqs) for entry in _entries(file)))


def _blanked(entry: Entry, seqs: frozenset[int]) -> Entry:
    if not isinstance(entry, ArchivedEvent) or entry.seq not in seqs or entry.digest is not None:
        return entry
    digest = hashlib.sha256(bytes(entry.data)).digest()
    return msgspec.structs.replace(entry, data=msgspec.Raw(TOMBSTONE), digest=digest)


def _first(found: tuple[Segment, Path]) -> int:
    return found[0].first


def _header(file: Path) -> Segment:
    for entry in _entries(file):
        if isinstance(entry, Segment):
            return entry
        break
    raise StoreFailed(f"{file.name} is not a segment of a log.")


def _entries(file: Path) -> Iterator[Entry]:
    try:
        with gzip.open(file, "rb") as packed:
            for line in packed:
                yield _decoder.decode(line)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise StoreFailed(f"The segment {file.name} is damaged: {error}.") from None


def _event(line: Line) -> ArchivedEvent:
    return ArchivedEvent(
        seq=line.seq,
        type=line.type,
        subject=line.subject,
        time=line.time,
        data=msgspec.Raw(line.data),
        hash=line.hash,
        digest=line.digest,
    )


def _line(event: ArchivedEvent) -> Line:
    return Line(
        event.seq,
        event.type,
        event.subject,
        event.time,
        bytes(event.data),
        event.hash,
        event.digest,
    )
