"""Sources, items, and the runs that bring them in. Pure data."""

from datetime import datetime
from typing import Literal

from msgspec import field

from engine.model.ground import Record, SourceKind


class Source(Record, frozen=True, kw_only=True):
    """A place items come from. ``columns`` maps item fields to column names (csv, jsonl)."""

    id: str
    kind: SourceKind
    location: str
    title: str
    columns: dict[str, str] = field(default_factory=dict)
    paused: bool = False


class SourceHealth(Record, frozen=True, kw_only=True):
    """How a source has been doing; ``error`` is a sentence, empty while it works."""

    state: Literal["new", "ok", "failing", "paused"] = "new"
    items: int = 0
    rejected: int = 0
    failures: int = 0
    last_run: datetime | None = None
    last_success: datetime | None = None
    error: str = ""
    etag: str = ""
    last_modified: str = ""


class SourceRow(Record, frozen=True, kw_only=True):
    source: Source
    health: SourceHealth


class Entry(Record, frozen=True, kw_only=True):
    """One thing a source published, as it was read; not yet known to be new."""

    title: str
    text: str = ""
    url: str = ""
    guid: str = ""
    publisher: str = ""
    published: datetime | None = None


class Item(Record, frozen=True, kw_only=True):
    """One thing a source published, normalised and stored once.

    ``edition`` is the edition in which it arrived and never changes. ``duplicate_of`` names the
    item it is a near-duplicate of. Evidence offsets point into ``text`` (code points). ``was_in``
    are the issues it was in before people merged or split them.
    """

    id: str
    source_id: str
    title: str
    text: str
    url: str
    guid: str
    publisher: str
    published: datetime | None
    arrived: datetime
    edition: str
    issue_id: str | None = None
    duplicate_of: str | None = None
    was_in: tuple[str, ...] = ()
    withdrawn: str = ""
    """Why its publisher took it back; empty while it stands."""
    superseded_by: str = ""
    """The version with other words that its publisher put in its place."""


class WithdrawnItem(Record, frozen=True, kw_only=True):
    """An item that its publisher took back, as a list row. ``issue_id`` is where it was,
    ``superseded_by`` what has come in its place, if its words were only changed."""

    id: str
    title: str
    url: str
    publisher: str
    issue_id: str
    reason: str
    by: str
    at: datetime
    superseded_by: str = ""


class Keyed(Record, frozen=True, kw_only=True):
    """An item with what it is recognised by; ``url_key`` is None without an address of its own."""

    item: Item
    url_key: str | None
    content_key: str


class Rejected(Record, frozen=True, kw_only=True):
    """An entry that could not become an item. ``position`` is its row or index, from 1."""

    source_id: str
    position: int
    reason: str


class RunRow(Record, frozen=True, kw_only=True):
    """One ingest run. Counts are entries: read = new + known + duplicates + rejected."""

    id: str
    started: datetime
    finished: datetime | None = None
    source_ids: tuple[str, ...] = ()
    read: int = 0
    new: int = 0
    known: int = 0
    duplicates: int = 0
    rejected: int = 0
    issues_added: int = 0
    issues_updated: int = 0
    failed_sources: tuple[str, ...] = ()
    errors: dict[str, str] = field(default_factory=dict)
    """What was wrong with each of the failed sources, as a sentence."""
    rejects: tuple[Rejected, ...] = ()
    """The first 100; ``rejected`` counts all."""
    done: dict[str, int] = field(default_factory=dict)
    """Entries committed per source: where a run that was cut off goes on."""


class Progress(Record, frozen=True, kw_only=True):
    """How far one source of the run in progress has come; ``total`` is None while unknown."""

    run_id: str
    source_id: str
    read: int
    total: int | None
    new: int
    duplicates: int
    rejected: int
    done: bool = False


class StoppedRun(Record, frozen=True, kw_only=True):
    """A run that ended before its end, and why. What it committed stays."""

    run: RunRow
    error: str


class IngestStatus(Record, frozen=True, kw_only=True):
    """``running`` are the runs in progress, ``progress`` how far each of their sources is.

    ``stopped`` are the runs that this process had to give up; they go on at the next start.
    """

    count: int
    sources: tuple[SourceRow, ...]
    last_run: RunRow | None
    running: tuple[RunRow, ...]
    progress: tuple[Progress, ...]
    stopped: tuple[StoppedRun, ...] = ()
