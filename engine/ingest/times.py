"""Timestamps as sources write them: ISO 8601, RFC 822, epoch seconds or milliseconds. Pure."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_EPOCH: Final = re.compile(r"-?\d{9,17}(\.\d+)?")
# Seconds reach this in the year 5138, milliseconds reached it in 1973.
_MILLISECONDS_FROM: Final = 100_000_000_000


def moment(text: str) -> datetime | None:
    """The instant ``text`` names, in UTC, or None. A time without a zone is taken as UTC."""
    stripped = text.strip()[:64]
    if not stripped:
        return None
    try:
        return _utc(_read(stripped))
    except (ValueError, TypeError, OverflowError, IndexError, OSError):
        return None


def _read(text: str) -> datetime:
    if _EPOCH.fullmatch(text):
        number = float(text)
        seconds = number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
        return datetime.fromtimestamp(seconds, UTC)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)


def _utc(read: datetime) -> datetime:
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
