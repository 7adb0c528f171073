"""How late the event loop runs: the first number to look at when everything feels slow."""

import asyncio
from collections.abc import Awaitable, Callable

LOOK_EVERY_S = 0.02


class LoopLag:
    """Asks to be called at fixed times and notes how late it was called."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._due = now() + LOOK_EVERY_S
        self._worst = 0.0

    def note(self) -> None:
        """Called by the loop; sets the next time."""
        late = self._now() - self._due
        self._worst = max(self._worst, late)
        self._due = self._now() + LOOK_EVERY_S

    def worst(self) -> float:
        """The longest delay (s) since this was last asked."""
        worst, self._worst = self._worst, 0.0
        return worst


async def watching(lag: LoopLag, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Feed ``lag`` until cancelled."""
    while True:
        await sleep(LOOK_EVERY_S)
        lag.note()
