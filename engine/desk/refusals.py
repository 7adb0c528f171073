"""Failed sign-ins and forbidden requests in the log, without letting anybody fill it.

The first is written at once; what follows within the minute is counted, and written as one.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from engine.desk.context import Context
from engine.events.access import AccessRefused, AccessSignInFailed
from engine.events.event import Event
from engine.model import Principal

EVERY = timedelta(minutes=1)
KEPT = 256
"""People and ways of signing in that are counted apart; what goes beyond shares one count."""

Make = Callable[[int], Event]


class Tally:
    """Counts by key, and says when to write. Pure."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._written: dict[str, datetime] = {}

    def count(self, key: str, now: datetime) -> int:
        """How many to write now; 0 while the last time is less than a minute ago."""
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._due(key, now)

    def due(self, now: datetime) -> dict[str, int]:
        """What has been counted and may be written by now. Forgets what was written long ago."""
        found = {key: self._due(key, now) for key in tuple(self._counts)}
        for key, written in tuple(self._written.items()):
            if now - written >= EVERY and key not in self._counts:
                del self._written[key]
        return {key: count for key, count in found.items() if count}

    def is_full_for(self, key: str) -> bool:
        return key not in self._written and len(self._written) >= KEPT

    def _due(self, key: str, now: datetime) -> int:
        written = self._written.get(key)
        if written is not None and now - written < EVERY:
            return 0
        self._written[key] = now
        return self._counts.pop(key)


class Refusals:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._tally = Tally()
        self._make: dict[str, Make] = {}

    async def sign_in_failed(self, method: str) -> None:
        """A credential that is nobody's. ``method`` says how it came; nothing of it is kept."""
        await self._met(
            f"sign-in {method}", lambda count: AccessSignInFailed(method=method, count=count)
        )

    async def refused(self, by: Principal, message: str) -> None:
        """Somebody may not do what they asked for."""

        def make(count: int) -> Event:
            return AccessRefused(principal_id=by.id, name=by.name, message=message, count=count)

        await self._met(f"refused {by.id}", make)

    async def flush(self) -> None:
        """Write what was counted since; a chore, so that the last of a burst is not lost."""
        for key, count in self._tally.due(self._context.clock()).items():
            await self._write(key, count)

    async def _met(self, key: str, make: Make) -> None:
        if self._tally.is_full_for(key):
            key = key.partition(" ")[0]
        self._make[key] = make
        count = self._tally.count(key, self._context.clock())
        if count:
            await self._write(key, count)

    async def _write(self, key: str, count: int) -> None:
        event = self._make.pop(key)(count)
        await self._context.write(lambda tx: tx.record(event))
