"""CSV and JSON Lines, one chunk at a time: a 1 GB file never stands in memory. Pure.

A chunk may end in the middle of a record: `parse_rows` says how many bytes it used, and the
caller puts the rest before the next chunk. Nothing else is carried over, so a worker that has
just started can go on with any chunk.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

import msgspec

from engine.errors import SourceFailed
from engine.ingest.columns import guess, settled
from engine.ingest.parsed import Layout, Refused, RowKind, Rows
from engine.ingest.text import body as body_text
from engine.ingest.text import line
from engine.ingest.times import moment
from engine.model import Entry
from engine.not_json import not_json

ROWS_LIMIT: Final = 500
"""Records per call: about 20 ms."""

_DELIMITERS: Final = ",;\t|"
_BOM: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
# Every byte means something in it, so that decoding never fails.
_FALLBACK: Final = "latin-1"

Record = dict[str, str] | str
"""The text of each field, or the sentence why there is none."""


def parse_rows(
    kind: RowKind,
    chunk: bytes,
    *,
    columns: Mapping[str, str],
    layout: Layout | None = None,
    start: int = 0,
    final: bool = True,
) -> Rows:
    """At most ROWS_LIMIT records from the front of ``chunk``.

    ``layout`` is None for the first chunk and what the last call returned after that; ``start``
    is how many records came before; ``final`` says that no more bytes follow. Bad rows are
    rejected with their number. Raises SourceFailed when the columns do not fit.
    """
    if layout is None and chunk.startswith(_UTF16):
        raise SourceFailed("The file is UTF-16; save it as UTF-8.")
    bom = len(_BOM) if chunk.startswith(_BOM) else 0
    lines = _whole_lines(chunk[bom:], final)
    at = 0
    if layout is None:
        layout, at = _layout(kind, lines, columns, final)
        if layout is None:
            return Rows(entries=(), rejected=(), rows=0, consumed=0, more=False, layout=None)
    found = _csv(lines, at, layout, final) if kind == "csv" else _jsonl(lines, at, layout)
    records: list[Record] = []
    for record, upto in islice(found, ROWS_LIMIT):
        records.append(record)
        at = upto
    if final and len(records) < ROWS_LIMIT:
        at = len(lines)  # Blank lines at the end.
    return _rows(records, start, bom + sum(map(len, lines[:at])), layout)


def _whole_lines(chunk: bytes, final: bool) -> list[bytes]:
    """All lines; without the last one while it may go on in the next chunk."""
    lines = chunk.splitlines(keepends=True)
    if lines and not final and not lines[-1].endswith(b"\n"):
        lines.pop()
    return lines


def _layout(
    kind: RowKind, lines: Sequence[bytes], columns: Mapping[str, str], final: bool
) -> tuple[Layout | None, int]:
    """The layout and the line after the header; None while the header is not all there."""
    if kind == "jsonl":
        return Layout(columns=dict(columns)), 0
    first = next((at for at, raw in enumerate(lines) if raw.strip()), None)
    if first is None:
        if final:
            raise SourceFailed("The file has no rows.")
        return None, 0
    delimiter = _delimiter(_decoded(lines[first]))
    cells, upto, closed = _cells(lines, first, delimiter)
    if not closed and not final:
        return None, 0
    if isinstance(cells, str) or not closed:
        raise SourceFailed("The first row, which names the columns, cannot be read.")
    header = tuple(cell.strip() for cell in cells)
    return Layout(columns=settled(columns, header), header=header, delimiter=delimiter), upto


def _csv(
    lines: Sequence[bytes], at: int, layout: Layout, final: bool
) -> Iterator[tuple[Record, int]]:
    """Each record and the line after it; stops before one that may go on in the next chunk."""
    places = {field: layout.header.index(name) for field, name in layout.columns.items()}
    while at < len(lines):
        cells, upto, closed = _cells(lines, at, layout.delimiter)
        if not closed:
            if not final:
                return
            # A stray quotation mark costs its own line, not all that follow.
            cells, upto = "A quotation mark is never closed.", at + 1
        at = upto
        if isinstance(cells, str):
            yield cells, at
        elif len(cells) == len(layout.header):
            yield {field: cells[place] for field, place in places.items()}, at
        elif cells:
            columns = "1 column" if len(cells) == 1 else f"{len(cells)} columns"
            yield f"It has {columns} where the header has {len(layout.header)}.", at


def _cells(lines: Sequence[bytes], at: int, delimiter: str) -> tuple[list[str] | str, int, bool]:
    """The cells of the record that starts at ``at`` (or why not), the line after it, and whether
    it closes all its quotations."""
    upto, closed = at, True

    def feed() -> Iterator[str]:
        # The csv reader asks for another line only inside an open quotation.
        nonlocal upto, closed
        while upto < len(lines):
            upto += 1
            yield _decoded(lines[upto - 1])
        closed = False

    try:
        cells = next(csv.reader(feed(), delimiter=delimiter), [])
    except csv.Error as error:
        return f"It cannot be read: {error}.", at + 1, True
    return cells, upto, closed


def _jsonl(lines: Sequence[bytes], at: int, layout: Layout) -> Iterator[tuple[Record, int]]:
    for upto, raw in enumerate(lines[at:], at + 1):
        if raw.strip():
            yield _json(raw, layout.columns), upto


def _json(raw: bytes, columns: Mapping[str, str]) -> Record:
    """The fields of one object; columns are guessed per object unless they are given."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason, _ = not_json(str(error), len(raw))
        return f"It is not valid JSON: {reason[:200]}."
    except RecursionError:
        return "It is JSON nested too deeply."
    if not isinstance(found, dict):
        return "It is not a JSON object."
    names = columns or guess(list(found))
    return {field: _cell(found.get(name)) for field, name in names.items()}


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _rows(records: Sequence[Record], start: int, consumed: int, layout: Layout) -> Rows:
    entries: list[Entry] = []
    rejected: list[Refused] = []
    for position, record in enumerate(records, start + 1):
        entry = record if isinstance(record, str) else _entry(record)
        if isinstance(entry, str):
            rejected.append(Refused(position=position, reason=entry))
        else:
            entries.append(entry)
    return Rows(
        entries=tuple(entries),
        rejected=tuple(rejected),
        rows=len(records),
        consumed=consumed,
        more=len(records) == ROWS_LIMIT,
        layout=layout,
    )


def _entry(record: Mapping[str, str]) -> Entry | str:
    title = line(record.get("title", ""))
    if not title:
        return "It has no title."
    text = body_text(record.get("text", ""))
    return Entry(
        title=title,
        text="" if text == title else text,
        url=record.get("url", "").strip()[:2000],
        guid=record.get("guid", "").strip()[:2000],
        publisher=line(record.get("publisher", ""), 200),
        published=moment(record.get("published", "")),
    )


def _delimiter(header: str) -> str:
    """The one that occurs most often in the header row; the comma on a tie."""
    return max(_DELIMITERS, key=header.count)


def _decoded(raw: bytes) -> str:
    """UTF-8, or Latin-1 where a line is not."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode(_FALLBACK)
