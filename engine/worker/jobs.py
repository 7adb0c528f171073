"""What the worker can be asked, and what it answers: one struct per job. Pure data.

The worker keeps the analyst's state, numbered by a **position** that the store decides. A job that
changes the state carries the position it starts from; where the worker stands elsewhere it
answers Stale and changes nothing, and the caller rebuilds it: Reset, Replay (in chunks), Settle.
Each Assign and each Correct that is answered moves the position on by one, and so do Disband and
Reread together. If the caller's commit
then fails, its next job carries the old position, and Stale is the answer: a cache, never the
truth.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from engine.analysis.readings import AnalysedItem, Analysis, IssueReading, Placed
from engine.ingest.parsed import Layout, Parsed, RowKind, Rows
from engine.ingest.portions import entry_weight, portions
from engine.model import Audience, Content, Entry, Issue, Item

R = TypeVar("R")


class Job(Struct, Generic[R], frozen=True, kw_only=True, tag=True):
    """Base of every job; ``R`` is what it answers with."""


# -- parsing -------------------------------------------------------------------------------------


class ParseFeed(Job[Parsed], frozen=True, kw_only=True):
    """A feed document; links are resolved against ``url``. Raises SourceFailed."""

    body: bytes
    url: str


class ParseRows(Job[Rows], frozen=True, kw_only=True):
    """The front of ``body`` as rows; see ``engine.ingest.rows.parse_rows``."""

    kind: RowKind
    body: bytes
    columns: dict[str, str]
    layout: Layout | None
    start: int
    final: bool


class CleanEntries(Job[Parsed], frozen=True, kw_only=True):
    """Entries that were pushed, cleaned; ``start`` is how many came before."""

    entries: tuple[Entry, ...]
    start: int


# -- analysis ------------------------------------------------------------------------------------


class Stale(Struct, frozen=True, kw_only=True, tag=True):
    """The worker stands at another ``position`` (None: nowhere); nothing was changed."""

    position: int | None


class Assigned(Struct, frozen=True, kw_only=True, tag=True):
    """The batch was taken in; the worker now stands at ``position``."""

    position: int
    analysis: Analysis


class Corrected(Struct, frozen=True, kw_only=True, tag=True):
    """The correction was learned; the worker now stands at ``position``."""

    position: int
    reading: IssueReading


class Disbanded(Struct, frozen=True, kw_only=True, tag=True):
    """The issues are forgotten; after Replay, Reread will stand at ``position``."""

    position: int


class Regrouped(Struct, frozen=True, kw_only=True, tag=True):
    """The issues as they now read; the worker stands at ``position``."""

    position: int
    readings: tuple[IssueReading, ...]


class Done(Struct, frozen=True, kw_only=True):
    """Nothing to say; ``position`` is where the worker stands."""

    position: int | None


class Assign(Job[Assigned | Stale], frozen=True, kw_only=True):
    """Place a batch of new items and read every issue it touches."""

    position: int
    items: tuple[AnalysedItem, ...]
    now: datetime


class Correct(Job[Corrected | Stale], frozen=True, kw_only=True):
    """A person's quadrant for an issue."""

    position: int
    issue_id: str
    quadrant: str


class Disband(Job[Disbanded | Stale], frozen=True, kw_only=True):
    """Forget these issues, whose items people put elsewhere. The worker stands nowhere until
    Reread."""

    position: int
    issue_ids: tuple[str, ...]


class Reread(Job[Regrouped | Stale], frozen=True, kw_only=True):
    """All items of the disbanded issues are replayed where they belong: read ``issue_ids``."""

    position: int
    issue_ids: tuple[str, ...]
    now: datetime


class Reset(Job[Done], frozen=True, kw_only=True):
    """Forget everything; the worker stands nowhere until Settle."""


class Replay(Job[Done], frozen=True, kw_only=True):
    """Items that the store has already placed, oldest first. Only between Reset and Settle, or
    Disband and Reread."""

    placed: tuple[Placed, ...]


class Relearn(Job[Done], frozen=True, kw_only=True):
    """A correction that the store holds, after its items. Only where Replay is."""

    issue_id: str
    quadrant: str


class Settle(Job[Done], frozen=True, kw_only=True):
    """All is replayed: stand at ``position``."""

    position: int


# -- briefing ------------------------------------------------------------------------------------


class WriteBrief(Job[Content], frozen=True, kw_only=True):
    """The content of a brief about ``issue``, with assets for each of ``audiences``."""

    issue: Issue
    items: tuple[Item, ...]
    audiences: tuple[Audience, ...]


AnyJob = (
    ParseFeed
    | ParseRows
    | CleanEntries
    | Assign
    | Correct
    | Disband
    | Reread
    | Reset
    | Replay
    | Relearn
    | Settle
    | WriteBrief
)
RESULTS: Final[dict[type[Job[Any]], Any]] = {
    ParseFeed: Parsed,
    ParseRows: Rows,
    CleanEntries: Parsed,
    Assign: Assigned | Stale,
    Correct: Corrected | Stale,
    Disband: Disbanded | Stale,
    Reread: Regrouped | Stale,
    Reset: Done,
    Replay: Done,
    Relearn: Done,
    Settle: Done,
    WriteBrief: Content,
}
"""How an answer is decoded; a test holds that it agrees with each job's own type."""


def pages(result: Any) -> Iterator[Any]:
    """A long answer in parts, so that decoding one never blocks the caller's event loop."""
    parts = list(portions(result.entries, entry_weight)) if isinstance(result, Parsed) else []
    if len(parts) <= 1:
        yield result
        return
    yield replace(result, entries=())
    for entries in parts:
        yield Parsed(entries=entries)


def joined(parts: list[Any]) -> Any:
    """The answer whose ``pages`` these are."""
    first = parts[0]
    if len(parts) == 1:
        return first
    return replace(first, entries=tuple(entry for part in parts for entry in part.entries))
