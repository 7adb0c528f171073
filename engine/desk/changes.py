"""The second admin: what waits, confirm, refuse."""

from collections.abc import Callable

from msgspec.structs import replace
from sqlalchemy import Connection

from engine.desk import asking, config, people
from engine.desk.context import Context
from engine.desk.permit import permit
from engine.desk.rights import require
from engine.errors import Conflict, NotAllowed, NotFound
from engine.model import (
    Change,
    Config,
    DeputyGrant,
    PolicyChange,
    Principal,
    RoleGrant,
)
from engine.review.two_people import check_confirm
from engine.store import desk
from engine.store import people as rows
from engine.store.writer import Tx


class ChangeDesk:
    """``changed`` is called when somebody's rights may have changed."""

    def __init__(self, context: Context, changed: Callable[[], None]) -> None:
        self._context = context
        self._changed = changed

    async def waiting(self, by: Principal) -> tuple[Change, ...]:
        """What waits for a second admin."""

        def query(connection: Connection) -> tuple[Change, ...]:
            require(by, "people", desk.config(connection))
            return rows.waiting(connection)

        return await self._context.read(query)

    async def confirm(self, by: Principal, change_id: str) -> Change:
        """Do what another admin asked for. Raises SamePerson, and Conflict when it lapsed or
        what it would change has changed since."""

        def command(tx: Tx) -> Change:
            change = _asked(tx, by, change_id)
            check_confirm(change, by, tx.now)
            _check_asker(tx, change)
            _carry_out(tx, change, by)
            return asking.close(tx, change, "confirmed", by.name)

        done = await self._context.write(command)
        self._changed()
        return done

    async def refuse(self, by: Principal, change_id: str) -> Change:
        """It will not be done. Whoever asked may take it back in this way."""

        def command(tx: Tx) -> Change:
            return asking.close(tx, _asked(tx, by, change_id), "refused", by.name)

        return await self._context.write(command)


def _asked(tx: Tx, by: Principal, change_id: str) -> Change:
    permit(tx, by, "people")
    change = rows.change(tx.connection, change_id)
    if change is None:
        raise NotFound(f"Nothing waits under {change_id!r}.")
    return change


def _check_asker(tx: Tx, change: Change) -> None:
    """Two admins now: what somebody asked for before losing the role is not confirmed."""
    asker = rows.get(tx.connection, change.asked_by_id)
    if asker is not None and "admin" not in asker.roles:
        raise NotAllowed(f"{change.asked_by}, who asked for this, is no admin any more.")


def _carry_out(tx: Tx, change: Change, by: Principal) -> None:
    signed = {"by": change.asked_by, "confirmed_by": by.name}
    match change.what:
        case RoleGrant(person_id=person_id, role=role):
            people.check_role(role, desk.config(tx.connection))
            people.give(tx, people.known(tx, person_id), role, **signed)
        case DeputyGrant(person_id=person_id, stand_in=stand_in):
            person = people.known(tx, person_id)
            people.check_stand_in(person, stand_in, desk.config(tx.connection), tx.now)
            people.name_deputy(tx, person, stand_in, **signed)
        case PolicyChange() as wanted:
            config.put(tx, _merged(tx, wanted), wanted.fields, **signed)


def _merged(tx: Tx, wanted: PolicyChange) -> Config:
    """The config of now with what was asked for. What two people saw must still be so."""
    now = desk.config(tx.connection)
    for name in wanted.fields:
        if getattr(now, name) != getattr(wanted.before, name):
            raise Conflict(f"{name} has changed since this was asked for; ask again.")
    changed = {name: getattr(wanted.after, name) for name in wanted.fields}
    return config.consistent(replace(now, **changed))
