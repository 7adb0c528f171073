"""The edition, the desk's own settings, and what a day saved. Pure data."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from engine.model.ground import AUDIENCES, Audience, Priority, Record, Role


class Edition(Record, frozen=True, kw_only=True):
    """From cut-off to cut-off in the desk's time zone.

    ``id`` is the local date of the day the cadence runs; days without a run belong to the next
    one, so that Monday covers the weekend. ``opens_at`` is inclusive, ``closes_at`` is not.
    """

    id: str
    opens_at: datetime
    closes_at: datetime


class Config(Record, frozen=True, kw_only=True):
    """The desk's own settings, kept in the store and changed over ``POST /config``.

    ``daily`` runs on each of ``days_of_week``, ``weekly`` on the first of them, at
    ``time_of_day`` (24 h clock) in ``timezone`` (an IANA name).
    """

    cadence: Literal["daily", "weekly"] = "daily"
    time_of_day: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")] = "07:00"
    days_of_week: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = (
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
    )
    timezone: str = "UTC"
    audiences: tuple[Audience, ...] = AUDIENCES
    signoff_roles: tuple[Role, ...] = ("Analyst", "Strategy Head")
    signoff_ttl_hours: Annotated[int, Meta(ge=1, le=720)] = 24
    require_dual_signoff: bool = True
    autopublish: bool = False
    brief_min_priority: Priority = "medium"


class Roi(Record, frozen=True, kw_only=True):
    """Hours saved today, with every assumption that went in."""

    issues_processed: int
    before_hours: float
    after_minutes: float
    hours_saved: float
    fte_equiv: float
    assumptions: "RoiAssumptions"


class RoiAssumptions(Record, frozen=True, kw_only=True):
    days_per_issue: float = 0.5
    hours_per_day: float = 8.0
    roles_sharing: int = 4
    minutes_per_issue_after: float = 5.0
    hours_per_week: float = 40.0
