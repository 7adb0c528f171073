"""Asks again, every few seconds, what the credentials of open streams are worth."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from engine.errors import Unauthenticated
from engine.model import Principal

EVERY_S = 4.0

StillValid = Callable[[], Awaitable[Principal]]
"""Whose credential it is now; raises Unauthenticated once it is nobody's."""
Told = Callable[[Principal | None], None]

logger = structlog.get_logger(__name__)


class Rights:
    """One timer for all streams. A store that cannot be read changes nobody's rights."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        self._every_s = every_s
        self._watched: dict[object, tuple[StillValid, Told]] = {}
        self._task: asyncio.Task[None] | None = None

    def watch(self, stream: object, still_valid: StillValid, told: Told) -> None:
        """From now on tell this stream whose credential it is; None when nobody's."""
        self._watched[stream] = still_valid, told
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def forget(self, stream: object) -> None:
        self._watched.pop(stream, None)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            await self.check()

    async def check(self) -> None:
        """Ask for every stream once."""
        for stream, (still_valid, told) in tuple(self._watched.items()):
            try:
                principal: Principal | None = await still_valid()
            except Unauthenticated:
                principal = None
            except Exception:  # one failing check must not end the others'
                logger.exception("live_rights_check_failed")
                continue
            if stream in self._watched:
                told(principal)
            await asyncio.sleep(0)
