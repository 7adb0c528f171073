"""Moving the fixed dates of an example day to now. Pure.

Only complete timestamps count, with a time and a zone, in the two forms feeds use (ISO 8601 and
RFC 822). A day named in a headline stays as it was written.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

ISO = re.compile(
    r"(?<!\d)\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)(?!\d)"
)
RFC822 = re.compile(
    r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d(?::\d\d)? "
    r"(?:GMT|UTC|[+-]\d{4})"
)


def newest(texts: Iterable[str]) -> datetime | None:
    """The latest timestamp in any of the texts."""
    return max((found for text in texts for found in _timestamps(text)), default=None)


def moved(text: str, by: timedelta) -> str:
    """The text with every timestamp moved, each in the form and zone it was written in."""
    text = ISO.sub(lambda match: _moved_iso(match[0], by), text)
    return RFC822.sub(lambda match: _moved_rfc822(match[0], by), text)


def _timestamps(text: str) -> Iterable[datetime]:
    for pattern, parse in ((ISO, datetime.fromisoformat), (RFC822, parsedate_to_datetime)):
        for match in pattern.finditer(text):
            try:
                yield parse(match[0])
            except ValueError:
                continue  # the shape of a date but none, as 2026-02-30: feeds have such


def _moved_iso(stamp: str, by: timedelta) -> str:
    try:
        return (datetime.fromisoformat(stamp) + by).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return stamp


def _moved_rfc822(stamp: str, by: timedelta) -> str:
    try:
        return format_datetime(parsedate_to_datetime(stamp) + by)
    except (ValueError, OverflowError):
        return stamp
