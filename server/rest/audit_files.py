"""The audit log as files: CSV for spreadsheets, JSON Lines for programs. Pure."""

import csv
import io
from collections.abc import Callable, Iterable

import msgspec

from engine.model import AuditRow

COLUMNS = ("cursor", "time", "type", "subject", "hash", "data")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula."""

Encode = Callable[[Iterable[AuditRow]], bytes]


class Format(msgspec.Struct, frozen=True):
    """``head`` comes once, ``encode`` makes each page."""

    media_type: str
    filename: str
    head: bytes
    encode: Encode


def csv_page(rows: Iterable[AuditRow]) -> bytes:
    """One line a row; a cell that a spreadsheet would compute gets an apostrophe in front."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        data = msgspec.json.encode(row.data).decode()
        time = row.time.isoformat().replace("+00:00", "Z")
        writer.writerow(map(safe, (row.cursor, time, row.type, row.subject, row.hash, data)))
    return text.getvalue().encode()


def jsonl_page(rows: Iterable[AuditRow]) -> bytes:
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


FORMATS = {
    "csv": Format("text/csv", "audit.csv", (",".join(COLUMNS) + "\r\n").encode(), csv_page),
    "jsonl": Format("application/x-ndjson", "audit.jsonl", b"", jsonl_page),
}
