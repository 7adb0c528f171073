"""What this process is in the middle of: whether it leaves, and writes not yet finished."""

import asyncio
from typing import Any


class Life:
    """``draining`` turns true once, when the process has been told to leave."""

    def __init__(self) -> None:
        self.draining = False
        self._unfinished: set[asyncio.Task[Any]] = set()

    def undertake(self, task: "asyncio.Task[Any]") -> None:
        """Hold on to a write until it is done, whether or not its request still waits."""
        self._unfinished.add(task)
        task.add_done_callback(self._forget)

    async def settle(self, seconds: float) -> None:
        """Give writes that outlive their requests this long, before the engine closes."""
        if self._unfinished:
            await asyncio.wait(tuple(self._unfinished), timeout=seconds)

    def _forget(self, task: "asyncio.Task[Any]") -> None:
        self._unfinished.discard(task)
        if not task.cancelled():
            task.exception()  # seen: the request raises it, if it is still there
