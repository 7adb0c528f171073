"""The audit log: the event log, read by those who may, and its chain checked."""

from datetime import datetime

from sqlalchemy import Connection

from engine.desk.context import Context
from engine.desk.proof import prove
from engine.desk.release import audit_row
from engine.desk.rights import require
from engine.events.event import READERS, may_read
from engine.log.verify import AuditResult
from engine.model import SYSTEM, AuditRow, Principal, Record
from engine.store import desk
from engine.store import log as rows


class AuditPage(Record, frozen=True, kw_only=True):
    """``next_after`` is where the next page begins; None on the last one. ``withheld`` names the
    topics that whoever asks may not read: no row here does not mean that nothing happened."""

    rows: tuple[AuditRow, ...]
    next_after: int | None
    withheld: tuple[str, ...] = ()


def withheld_from(by: Principal) -> tuple[str, ...]:
    return tuple(topic for topic in READERS if not may_read(by.roles, frozenset({topic})))


class AuditDesk:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def page(
        self,
        by: Principal,
        subject: str | None = None,
        type_: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> AuditPage:
        """Events that match every given condition, oldest first, for an auditor.

        Who signed in with what is for admins only. In a thread as far as it takes time.
        """
        withheld = () if by.id == SYSTEM.id else withheld_from(by)

        def query(connection: Connection) -> AuditPage:
            require(by, "audit", desk.config(connection))
            lines = rows.page(
                connection,
                subject=subject,
                type_=type_,
                since=since,
                until=until,
                after_seq=after,
                without=withheld,
                limit=limit,
            )
            full = len(lines) == limit
            return AuditPage(
                rows=tuple(audit_row(line) for line in lines),
                next_after=lines[-1].seq if full else None,
                withheld=withheld,
            )

        return await self._context.read(query)

    async def verify(self, by: Principal) -> AuditResult:
        """Hold the whole log against its chain and its signed heads, in one read transaction."""

        def query(connection: Connection) -> AuditResult:
            require(by, "audit", desk.config(connection))
            return prove(connection)

        return await self._context.read(query)
