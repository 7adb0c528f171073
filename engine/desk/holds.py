"""Legal holds: while one lasts, nothing about its subject is trimmed or erased."""

from sqlalchemy import Connection

from engine.desk.context import Context
from engine.desk.permit import permit
from engine.desk.rights import require
from engine.errors import Invalid, NotFound, OnHold
from engine.events.audit import AuditHeld, AuditHoldEnded
from engine.model import Hold, Principal
from engine.store import desk
from engine.store import holds as rows
from engine.store.writer import Tx


class HoldDesk:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def add(self, by: Principal, subject: str, why: str) -> Hold:
        """Hold a subject: an issue or its brief, an item, a person, by id or name. For an admin.

        Holding what is held already changes nothing. Raises Invalid without a reason.
        """
        subject, why = subject.strip(), why.strip()
        if not subject or not why:
            raise Invalid("A legal hold has a subject and says why.")

        def command(tx: Tx) -> Hold:
            permit(tx, by, "tokens")
            before = rows.get(tx.connection, subject)
            if before is not None:
                return before
            hold = Hold(subject=subject, why=why, by=by.name, at=tx.now)
            rows.add(tx.connection, hold)
            tx.record(AuditHeld(hold=hold))
            return hold

        return await self._context.write(command)

    async def remove(self, by: Principal, subject: str) -> Hold:
        """End a hold. For an admin. Raises NotFound."""

        def command(tx: Tx) -> Hold:
            permit(tx, by, "tokens")
            hold = rows.get(tx.connection, subject)
            if hold is None:
                raise NotFound(f"There is no legal hold on {subject[:64]!r}.")
            rows.remove(tx.connection, subject)
            tx.record(AuditHoldEnded(hold=hold, by=by.name))
            return hold

        return await self._context.write(command)

    async def every(self, by: Principal) -> tuple[Hold, ...]:
        """All holds, by subject, for an auditor."""

        def query(connection: Connection) -> tuple[Hold, ...]:
            require(by, "audit", desk.config(connection))
            return rows.every(connection)

        return await self._context.read(query)


def refuse_held(connection: Connection, *subjects: str | None) -> None:
    """Raise OnHold when one of the subjects is under a hold."""
    for subject in subjects:
        hold = rows.get(connection, subject) if subject else None
        if hold is not None:
            raise OnHold(f"{hold.subject} is under a legal hold by {hold.by}: {hold.why}.")
