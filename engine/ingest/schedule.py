"""When the desk runs, and which edition a moment belongs to. Pure, over zoneinfo.

An edition is made of local days, midnight to midnight: the day the cadence runs and the days
before it without a run. A wall time that a clock change skips means the first instant after the
gap; one that comes twice means the first time. So every edition and every run happens once.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Final
from zoneinfo import ZoneInfo

from engine.errors import Invalid
from engine.model import Config, Edition

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = timedelta(days=1)
# Zones that crossed the date line skipped a whole day: a run may fall a day late.
_LATEST_SHIFT: Final = timedelta(days=2)


def edition_at(config: Config, now: datetime) -> Edition:
    """The edition that ``now`` falls into; ``opens_at <= now < closes_at``, in UTC."""
    zone = zone_of(config)
    days = _running_weekdays(config)
    today = now.astimezone(zone).date()
    last = next(day for day in _days(today) if day.weekday() in days)
    before = next(day for day in _days(today - _DAY, -_DAY) if day.weekday() in days)
    return Edition(
        id=last.isoformat(),
        opens_at=instant(datetime.combine(before + _DAY, time()), zone),
        closes_at=instant(datetime.combine(last + _DAY, time()), zone),
    )


def next_run(config: Config, after: datetime) -> datetime:
    """The first run later than ``after``, in UTC."""
    zone = zone_of(config)
    days = _running_weekdays(config)
    at = time.fromisoformat(config.time_of_day)
    start = (after.astimezone(zone) - _LATEST_SHIFT).date()
    runs = (
        instant(datetime.combine(day, at), zone) for day in _days(start) if day.weekday() in days
    )
    return next(run for run in runs if run > after)


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall time without zone: the first of two, or the first after a gap."""
    earlier = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if earlier.astimezone(zone).replace(tzinfo=None) == local:
        return earlier
    return _end_of_gap(local, zone)


def zone_of(config: Config) -> ZoneInfo:
    """The desk's time zone; raises Invalid for a name that is none."""
    try:
        return ZoneInfo(config.timezone)
    except (KeyError, ValueError, OSError):
        raise Invalid(f"There is no time zone {config.timezone!r}.") from None


def _end_of_gap(missing: datetime, zone: ZoneInfo) -> datetime:
    """The moment the clock jumped over ``missing``.

    Read with the offset after the jump the wall time lies before it, with the offset before the
    jump it lies after it: the jump is where the offset changes between those two instants.
    """
    low = missing.replace(tzinfo=zone, fold=1).astimezone(UTC)
    high = missing.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high


def _running_weekdays(config: Config) -> frozenset[int]:
    if not config.days_of_week:
        raise Invalid("days_of_week must name at least one day.")
    days = config.days_of_week[:1] if config.cadence == "weekly" else config.days_of_week
    return frozenset(_WEEKDAYS.index(day) for day in days)


def _days(start: date, step: timedelta = _DAY) -> Iterator[date]:
    return (start + step * n for n in count())
