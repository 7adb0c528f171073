"""People and roles: who is there, granting and taking away, deputies.

What takes two admins only begins here: it waits until ``changes.py`` hears the second.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec.structs import replace
from sqlalchemy import Connection

from engine.desk import asking, standing
from engine.desk.context import Context
from engine.desk.permit import permit
from engine.desk.rights import require
from engine.errors import Conflict, Invalid, NotFound, UnknownRole
from engine.events.access import (
    AccessDeputyNamed,
    AccessDeputyRemoved,
    AccessRoleGranted,
    AccessRoleRemoved,
)
from engine.model import (
    PROVIDED,
    SYSTEM,
    Change,
    Config,
    DeputyGrant,
    Person,
    Principal,
    RoleGrant,
    StandIn,
)
from engine.review.two_people import may_alone, takes_two
from engine.store import access as principals
from engine.store import desk, people
from engine.store.writer import Tx

T = TypeVar("T")
HOUSE_ROLES = ("viewer", "auditor", "admin")
LONGEST = timedelta(days=366)


class PeopleDesk:
    """``changed`` is called when somebody's rights have: what was believed of them is over."""

    def __init__(self, context: Context, changed: Callable[[], None]) -> None:
        self._context = context
        self._changed = changed

    async def listed(self, by: Principal) -> tuple[Person, ...]:
        """Everybody the desk knows, by name, for an admin."""

        def query(connection: Connection) -> tuple[Person, ...]:
            require(by, "people", desk.config(connection))
            return people.every(connection)

        return await self._context.read(query)

    async def grant(self, by: Principal, person_id: str, role: str) -> Person | Change:
        """Give a role. A sign-off role, and ``admin``, wait for a second admin."""

        def command(tx: Tx) -> Person | Change:
            config, person = _asked(tx, by, person_id)
            check_role(role, config)
            _refuse_provided(person)
            if role in person.roles:
                return person
            if takes_two(role, config) and not may_alone(by):
                wanted = RoleGrant(person_id=person.id, name=person.name, role=role)
                return asking.ask(tx, by, wanted)
            return give(tx, person, role, by=by.name)

        return await self._write(command)

    async def take(self, by: Principal, person_id: str, role: str) -> Person:
        """Take a role away: at once, with every sign-off the person gave in it."""

        def command(tx: Tx) -> Person:
            _, person = _asked(tx, by, person_id)
            _refuse_provided(person)
            if role not in person.roles:
                raise NotFound(f"{person.name} does not hold the role {role}.")
            if role == "admin" and not may_alone(by) and _is_last_admin(tx, person):
                raise Conflict(f"{person.name} is the last admin; name another one first.")
            kept = tuple(held for held in person.roles if held != role)
            principals.put_roles(tx.connection, person.id, kept)
            after: Person = replace(person, roles=kept)
            tx.record(AccessRoleRemoved(person=after, role=role, by=by.name))
            why = f"{by.name} took the role {role} away from {person.name}"
            standing.role_taken(tx, person.id, role, why, deputy=False)
            return after

        return await self._write(command)

    async def deputise(self, by: Principal, person_id: str, stand_in: StandIn) -> Person | Change:
        """Name somebody's stand-in for a sign-off role; waits for a second admin."""

        def command(tx: Tx) -> Person | Change:
            config, person = _asked(tx, by, person_id)
            check_stand_in(person, stand_in, config, tx.now)
            if stand_in in person.deputy_of:
                return person
            if not may_alone(by):
                wanted = DeputyGrant(person_id=person.id, name=person.name, stand_in=stand_in)
                return asking.ask(tx, by, wanted)
            return name_deputy(tx, person, stand_in, by=by.name)

        return await self._write(command)

    async def end_deputy(self, by: Principal, person_id: str, role: str) -> Person:
        """End a deputyship before its time, with every sign-off given in it."""

        def command(tx: Tx) -> Person:
            _, person = _asked(tx, by, person_id)
            kept = tuple(one for one in person.deputy_of if one.role != role)
            if kept == person.deputy_of:
                raise NotFound(f"{person.name} is no deputy of {role}.")
            people.remove_stand_in(tx.connection, person.id, role)
            after: Person = replace(person, deputy_of=kept)
            tx.record(AccessDeputyRemoved(person=after, role=role, by=by.name))
            why = f"{by.name} ended {person.name}'s time as deputy of {role}"
            standing.role_taken(tx, person.id, role, why, deputy=True)
            return after

        return await self._write(command)

    async def _write(self, command: Callable[[Tx], T]) -> T:
        done = await self._context.write(command)
        self._changed()
        return done


def give(tx: Tx, person: Person, role: str, *, by: str, confirmed_by: str = "") -> Person:
    """The person with the role, stored and on record."""
    after: Person = replace(person, roles=tuple(dict.fromkeys((*person.roles, role))))
    principals.put_roles(tx.connection, person.id, after.roles)
    tx.record(AccessRoleGranted(person=after, role=role, by=by, confirmed_by=confirmed_by))
    return after


def name_deputy(
    tx: Tx, person: Person, stand_in: StandIn, *, by: str, confirmed_by: str = ""
) -> Person:
    """The person as deputy, stored and on record."""
    others = tuple(one for one in person.deputy_of if one.role != stand_in.role)
    after: Person = replace(person, deputy_of=(*others, stand_in))
    people.put_stand_in(tx.connection, person.id, stand_in)
    tx.record(AccessDeputyNamed(person=after, stand_in=stand_in, by=by, confirmed_by=confirmed_by))
    return after


def known(tx: Tx, person_id: str) -> Person:
    """Raises NotFound."""
    person = people.get(tx.connection, person_id)
    if person is None:
        raise NotFound(f"There is nobody with the id {person_id!r}.")
    return person


def check_role(role: str, config: Config) -> None:
    names = (*config.signoff_roles, *HOUSE_ROLES)
    if role not in names:
        raise UnknownRole(f"There is no role {role!r}: known are {', '.join(sorted(names))}.")


def _asked(tx: Tx, by: Principal, person_id: str) -> tuple[Config, Person]:
    config = desk.config(tx.connection)
    permit(tx, by, "people")
    return config, known(tx, person_id)


def _is_last_admin(tx: Tx, person: Person) -> bool:
    """Admins of the identity provider do not count: whether they still are is its to say."""
    admins = (one for one in people.every(tx.connection) if "admin" in one.roles)
    return all(one.id in (person.id, SYSTEM.id) or one.id.startswith(PROVIDED) for one in admins)


def _refuse_provided(person: Person) -> None:
    """What a desk gave them here would not be theirs: their roles come with each token."""
    if person.id.startswith(PROVIDED):
        raise Conflict(f"{person.name}'s roles come from the identity provider: change them there.")


def check_stand_in(person: Person, stand_in: StandIn, config: Config, now: datetime) -> None:
    if stand_in.role not in config.signoff_roles:
        roles = ", ".join(config.signoff_roles)
        raise UnknownRole(f"Deputies are for sign-off roles: {roles}.")
    if stand_in.role in person.roles:
        raise Conflict(f"{person.name} holds the role {stand_in.role} and needs no deputyship.")
    if not stand_in.start < stand_in.until or stand_in.until <= now:
        raise Invalid("A deputyship ends after it begins, and not in the past.")
    if stand_in.until - stand_in.start > LONGEST:
        raise Invalid("A deputyship lasts a year at most; longer than that, grant the role.")
