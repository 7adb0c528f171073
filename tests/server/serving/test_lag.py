"""The loop's lag is what it was late, at worst, since somebody last looked."""

import asyncio

import pytest

from server.serving.lag import LOOK_EVERY_S, LoopLag, watching


class Loop:
    """A clock and a sleep: each sleep lasts as much longer as the loop is blocked then."""

    def __init__(self, *blocked: float) -> None:
        self.now = 100.0
        self._blocked = list(blocked)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        if not self._blocked:
            raise asyncio.CancelledError
        self.now += seconds + self._blocked.pop(0)


def test_the_worst_delay_is_told_once() -> None:
    clock = Loop()
    lag = LoopLag(clock)
    for late in (0.001, 0.030, 0.002):
        clock.now += LOOK_EVERY_S + late
        lag.note()

    assert round(lag.worst(), 6) == 0.030
    assert lag.worst() == 0.0


async def test_a_blocked_loop_shows() -> None:
    loop = Loop(0.0, 5.0, 0.0)
    lag = LoopLag(loop)

    with pytest.raises(asyncio.CancelledError):
        await watching(lag, loop.sleep)

    assert round(lag.worst(), 6) == 5.0
