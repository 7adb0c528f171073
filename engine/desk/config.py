"""The desk's settings: read them, change them by merging."""

import re
import unicodedata
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import UNSET, Struct, UnsetType, structs

from engine.desk import asking
from engine.desk.context import Context
from engine.desk.permit import permit
from engine.desk.standing import apply_policy, policy_of
from engine.errors import Invalid
from engine.events.desk import ConfigChanged
from engine.model import Audience, Change, Config, PolicyChange, Principal, Priority
from engine.review.rules import check_policy
from engine.review.two_people import loosened, may_alone
from engine.store import desk
from engine.store.writer import Tx

RESERVED_ROLES = frozenset({"viewer", "auditor", "admin", "system"})
"""Roles that give other rights; nobody signs by virtue of them."""


TAKES = {
    "cadence": "'daily' or 'weekly'",
    "time_of_day": "a time of the 24 h clock as HH:MM, such as '07:00'",
    "days_of_week": "a list of some of mon, tue, wed, thu, fri, sat, sun",
    "signoff_roles": "a list of names of 1 to 50 printable characters",
    "signoff_ttl_hours": "a whole number of hours from 1 to 720",
}
"""What the keys take whose values ``Config`` checks, in words."""

_KEY = re.compile(r" - at `\$\.(\w+)")


class ConfigChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys to change; what is left out stays. Values are checked as ``Config`` says."""

    cadence: str | UnsetType = UNSET
    time_of_day: str | UnsetType = UNSET
    days_of_week: tuple[str, ...] | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    audiences: tuple[Audience, ...] | UnsetType = UNSET
    signoff_roles: tuple[str, ...] | UnsetType = UNSET
    signoff_ttl_hours: int | UnsetType = UNSET
    require_dual_signoff: bool | UnsetType = UNSET
    autopublish: bool | UnsetType = UNSET
    brief_min_priority: Priority | UnsetType = UNSET


class ConfigDesk:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self) -> Config:
        return await self._context.read(desk.config)

    async def change(self, by: Principal, change: ConfigChange) -> Config | Change:
        """Merge ``change`` into the config. Raises Invalid, naming the key.

        A changed review policy reaches every open brief in the same transaction. One that asks
        less of the signers waits, whole, until another admin confirms it.
        """

        def command(tx: Tx) -> Config | Change:
            before = desk.config(tx.connection)
            permit(tx, by, "configure")
            after = merged(before, change)
            fields = tuple(n for n in Config.__struct_fields__ if _differs(before, after, n))
            if loosened(before, after) and not may_alone(by):
                return asking.ask(tx, by, PolicyChange(before=before, after=after, fields=fields))
            return put(tx, after, fields, by=by.name) if fields else after

        return await self._context.write(command)


def put(
    tx: Tx, after: Config, fields: tuple[str, ...], *, by: str, confirmed_by: str = ""
) -> Config:
    """Store the config, on record, and let its policy reach the briefs."""
    desk.put_config(tx.connection, after)
    tx.record(ConfigChanged(config=after, by=by, fields=fields, confirmed_by=confirmed_by))
    apply_policy(tx, after)
    return after


def merged(config: Config, change: ConfigChange) -> Config:
    """The config with the change applied, checked as a whole. Raises Invalid."""
    values: dict[str, Any] = msgspec.to_builtins(config)
    values |= {k: v for k, v in structs.asdict(change).items() if v is not UNSET}
    try:
        after = msgspec.convert(values, Config)
    except msgspec.ValidationError as error:
        raise _not_taken(error) from None
    return consistent(after)


def _not_taken(error: msgspec.ValidationError) -> Invalid:
    """In words, where msgspec shows a pattern."""
    found = _KEY.search(str(error))
    key = found[1] if found else ""
    if key not in TAKES:
        return Invalid(f"The config cannot be changed: {error}.")
    return Invalid(f"{key} must be {TAKES[key]}.", field=key)


def consistent(config: Config) -> Config:
    """The config, checked as a whole. Raises Invalid."""
    for name in ("days_of_week", "audiences", "signoff_roles"):
        values = getattr(config, name)
        if not values:
            raise Invalid(f"{name} must not be empty.", field=name)
        if len({_folded(value) for value in values}) != len(values):
            raise Invalid(f"{name} lists something twice.", field=name)
    for role in config.signoff_roles:
        if role != role.strip() or _folded(role) in RESERVED_ROLES:
            raise Invalid(
                f"signoff_roles: {role!r} cannot be a sign-off role.", field="signoff_roles"
            )
    check_policy(policy_of(config))
    try:
        ZoneInfo("" if config.timezone == "localtime" else config.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            f"timezone {config.timezone[:64]!r} is not an IANA time zone, such as 'Europe/Paris'.",
            field="timezone",
        ) from None
    return config


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _differs(before: Config, after: Config, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))
