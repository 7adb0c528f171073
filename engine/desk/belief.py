"""Credentials that were checked a moment ago: believed for a second, and asked about in time.

One that is in use is checked again before its second is over. So a crowd with one credential never
waits for the store together.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from engine.errors import NotAllowed, Unauthenticated, WireroomError
from engine.model import Principal
from engine.ports import Clock

BELIEVED_FOR = timedelta(seconds=1)
"""How long a checked credential is believed before the store is asked again."""
RENEWED_AFTER = timedelta(seconds=0.5)
BELIEVED_AT_MOST = 4096


class Key(NamedTuple):
    kind: Literal["token", "session"]
    secret: str


class Holder(NamedTuple):
    """Whose a credential is, and when it ends."""

    principal: Principal
    until: datetime | None = None


class _Belief(NamedTuple):
    principal: Principal
    renew: datetime
    end: datetime


class Beliefs:
    """``look`` says whose a credential is; it raises Unauthenticated for nobody's."""

    def __init__(self, clock: Clock, look: Callable[[Key], Awaitable[Holder]]) -> None:
        self._clock = clock
        self._look = look
        self._believed: dict[Key, _Belief] = {}
        self._renewals: dict[Key, asyncio.Task[None]] = {}
        self._era = 0

    def recall(self, key: Key) -> Principal | None:
        """Whose it was within the last second; None when ``ask`` must say."""
        believed, now = self._believed.get(key), self._clock()
        if believed is None or now >= believed.end:
            return None
        if now >= believed.renew and key not in self._renewals:
            self._renewals[key] = task = asyncio.create_task(self._renew(key))
            task.add_done_callback(lambda _: self._renewals.pop(key, None))
        return believed.principal

    async def ask(self, key: Key) -> Principal:
        """Whose it is now. Raises what ``look`` does.

        Not believed when rights have changed while it was looked up, nor beyond its own end. Its
        second begins with the question: how long the answer took, another process may know better.
        """
        era, now = self._era, self._clock()
        principal, until = await self._look(key)
        if era == self._era:
            if len(self._believed) >= BELIEVED_AT_MOST:
                self._believed.clear()
            end = now + BELIEVED_FOR
            self._believed[key] = _Belief(principal, now + RENEWED_AFTER, min(end, until or end))
        return principal

    def forget(self, key: Key | None = None) -> None:
        """Believe nothing any more, or not this."""
        self._era += 1
        if key is None:
            self._believed.clear()
        else:
            self._believed.pop(key, None)

    async def close(self) -> None:
        """Returns when nothing is looked up any more."""
        await asyncio.gather(*self._renewals.values(), return_exceptions=True)

    async def _renew(self, key: Key) -> None:
        with suppress(WireroomError):  # whoever asks next hears of it
            try:
                await self.ask(key)
            except (Unauthenticated, NotAllowed):
                self._believed.pop(key, None)
