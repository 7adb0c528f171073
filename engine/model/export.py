"""Packages that have left. Pure data."""

from datetime import datetime

from engine.model.ground import Record


class ExportRow(Record, frozen=True, kw_only=True):
    id: str
    brief_id: str
    revision: int
    digest: str
    filename: str
    size: int
    sha256: str
    at: datetime
    by: str
    edition: str
    single_signed: bool
