"""What parsing a piece of a source gives: entries, and what had to be left out. Pure data."""

from typing import Literal

from engine.model import Entry, Record

RowKind = Literal["csv", "jsonl"]


class Refused(Record, frozen=True, kw_only=True):
    """An entry that cannot be used. ``position`` is its row or index, from 1."""

    position: int
    reason: str


class Parsed(Record, frozen=True, kw_only=True):
    """A feed document as it was read; ``title`` is the feed's own."""

    entries: tuple[Entry, ...] = ()
    rejected: tuple[Refused, ...] = ()
    title: str = ""


class Layout(Record, frozen=True, kw_only=True):
    """How a row file is laid out, found once at its start.

    ``columns`` maps item fields to column names. A CSV file has a ``header`` and a ``delimiter``.
    """

    columns: dict[str, str]
    header: tuple[str, ...] = ()
    delimiter: str = ","


class Rows(Record, frozen=True, kw_only=True):
    """What one chunk of a row file gave.

    ``consumed`` bytes were used; the rest belongs before the next chunk. ``rows`` counts the
    records, good and bad; ``more`` says that the rest holds some that were left for the next call.
    """

    entries: tuple[Entry, ...]
    rejected: tuple[Refused, ...]
    rows: int
    consumed: int
    more: bool
    layout: Layout | None
