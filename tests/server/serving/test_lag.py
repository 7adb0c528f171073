"""The loop's lag is what it was late, at worst, since somebody last looked."""

import asyncio
import contextlib

from server.serving.lag import LOOK_EVERY_S, LoopLag, watching


class Hand:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_worst_delay_is_told_once() -> None:
    clock = Hand()
    lag = LoopLag(clock)
    for late in (0.001, 0.030, 0.002):
        clock.now += LOOK_EVERY_S + late
        lag.note()

    assert round(lag.worst(), 6) == 0.030
    assert lag.worst() == 0.0


async def test_a_blocked_loop_shows() -> None:
    clock = Hand()
    lag = LoopLag(clock)
    task = asyncio.create_task(watching(lag))
    await asyncio.sleep(0)

    clock.now += LOOK_EVERY_S + 5.0
    await asyncio.sleep(2 * LOOK_EVERY_S)

    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert lag.worst() >= 5.0
