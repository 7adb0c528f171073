"""People, their roles and deputies, and what two admins do together. Pure data."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from engine.model.desk import Config
from engine.model.ground import Record, Role

Moment = Annotated[datetime, Meta(tz=True)]

PROVIDED = "idp-"
"""Begins the id of everybody whose roles come from the identity provider, and nobody else's."""


class StandIn(
    Record, frozen=True, kw_only=True, rename={"start": "from"}, forbid_unknown_fields=True
):
    """A person stands in for a role from ``start`` (inclusive) to ``until`` (exclusive)."""

    role: Role
    start: Moment
    until: Moment


class Person(Record, frozen=True, kw_only=True):
    """Somebody the desk knows. ``since`` is None for those known before it was written down."""

    id: str
    name: str
    roles: tuple[str, ...] = ()
    since: datetime | None = None
    deputy_of: tuple[StandIn, ...] = ()


class RoleGrant(Record, frozen=True, kw_only=True, tag_field="kind", tag="grant"):
    person_id: str
    name: str
    role: str


class DeputyGrant(Record, frozen=True, kw_only=True, tag_field="kind", tag="deputy"):
    person_id: str
    name: str
    stand_in: StandIn


class PolicyChange(Record, frozen=True, kw_only=True, tag_field="kind", tag="policy"):
    """``fields`` name what differs between the config at asking and the one asked for."""

    before: Config
    after: Config
    fields: tuple[str, ...]


Wanted = RoleGrant | DeputyGrant | PolicyChange


class Change(Record, frozen=True, kw_only=True):
    """What one admin has asked for and another must confirm before ``lapses_at``."""

    id: str
    what: Wanted
    asked_by: str
    asked_by_id: str
    asked_at: datetime
    lapses_at: datetime
    state: Literal["waiting", "confirmed", "refused", "lapsed"] = "waiting"
    closed_by: str = ""
