"""What is done again and again beside the desk's work, and must never stop it."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger("wireroom.chores")


class Chore:
    """Does ``work`` every ``every_s`` seconds from ``start`` to ``close``."""

    def __init__(self, name: str, every_s: float, work: Callable[[], Awaitable[object]]) -> None:
        self._name = name
        self._every_s = every_s
        self._work = work
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._loop(), name=f"wireroom-{self._name}")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _loop(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self._work()
            except Exception:  # the next time may go better
                log.exception("chore_failed", chore=self._name)
