"""What happens by the clock alone: sign-offs lapse, the next edition opens, a run is due."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace
from sqlalchemy import Connection

from engine.desk import asking, editions, standing
from engine.desk.context import Context
from engine.errors import WireroomError
from engine.ingest.schedule import next_run
from engine.review import transitions
from engine.store import briefs, desk, people
from engine.store.writer import Tx

LOOK_EVERY_S = 15.0
"""How late the clock may be noticed when it jumps (suspend, a changed config)."""
CONTINUES_FOR = timedelta(minutes=1)
"""A run that fell due while the desk was restarting is made up for; an older one is not."""

log = structlog.get_logger("wireroom.timekeeper")


class Timekeeper:
    def __init__(self, context: Context, run: Callable[[], Awaitable[object]]) -> None:
        self._context = context
        self._run_due = run
        self._task: asyncio.Task[None] | None = None
        self._looked_at = context.clock()

    async def start(self) -> None:
        """Go on where the last timekeeper, of this process or another, has stopped just now."""
        before = await self._context.read(desk.looked_at)
        if before is not None and timedelta() <= self._looked_at - before <= CONTINUES_FOR:
            self._looked_at = before
        self._task = asyncio.create_task(self._loop(), name="wireroom-timekeeper")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
            seen = self._looked_at
            with contextlib.suppress(WireroomError):  # a disk that refuses must not stop leaving
                await self._context.write(lambda tx: desk.put_looked_at(tx.connection, seen))

    async def tick(self) -> None:
        """Do what has become due since the last look."""
        now = self._context.clock()
        config, due = await self._context.read(lambda c: (desk.config(c), _is_due(c, now)))
        if due:
            await self._context.write(catch_up)
        since, self._looked_at = self._looked_at, now
        if next_run(config, since) <= now:
            await self._run_due()

    async def _loop(self) -> None:
        while True:
            pause = LOOK_EVERY_S
            try:
                await self.tick()
                pause = await self._pause()
            except Exception:  # the clock goes on whatever one tick met
                log.exception("tick_failed")
            await asyncio.sleep(pause)

    async def _pause(self) -> float:
        deadline = await self._context.read(_next_deadline)
        if deadline is None:
            return LOOK_EVERY_S
        left = (deadline - self._context.clock()).total_seconds()
        return min(max(left, 0.05), LOOK_EVERY_S)


def catch_up(tx: Tx) -> None:
    """Open the edition of this moment and void what has lapsed."""
    editions.current(tx)
    asking.lapse(tx)
    for brief_id in briefs.expiring(tx.connection, tx.now):
        found = standing.load(tx, brief_id)
        review, voided = transitions.expire(found.review, tx.now)
        row = standing.save(tx, replace(found, review=review), by_person=False)
        standing.announce_voided(tx, row, voided, "It expired")


def _is_due(connection: Connection, now: datetime) -> bool:
    deadline = _next_deadline(connection)
    return deadline is None or deadline <= now


def _next_deadline(connection: Connection) -> datetime | None:
    edition, expiry = desk.edition(connection), briefs.next_expiry(connection)
    moments = (edition.closes_at if edition else None, expiry, people.next_lapse(connection))
    return min((moment for moment in moments if moment is not None), default=None)
