"""What is refused is in the log, however often it is tried, and cannot fill it."""

from datetime import timedelta

import pytest

from engine.desk.refusals import EVERY, KEPT, Tally
from engine.engine import Engine
from engine.errors import Unauthenticated
from engine.model import SYSTEM
from tests.engine.clock import START, FakeClock


async def failed(engine: Engine) -> list[dict[str, object] | None]:
    page = await engine.audit.page(SYSTEM, type_="access.sign_in_failed")
    return [row.data for row in page.rows]


async def guess(engine: Engine, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Unauthenticated):
            await engine.access.authenticate("wr_guessed")


async def test_a_thousand_guesses_in_a_minute_are_two_events(
    engine: Engine, clock: FakeClock
) -> None:
    await guess(engine, 1000)
    clock.advance(seconds=60)
    await engine.refusals.flush()

    assert await failed(engine) == [
        {"method": "token", "count": 1},
        {"method": "token", "count": 999},
    ]


async def test_without_guesses_nothing_more_is_written(engine: Engine, clock: FakeClock) -> None:
    await guess(engine, 1)
    clock.advance(minutes=5)

    await engine.refusals.flush()

    assert len(await failed(engine)) == 1


def test_what_was_written_long_ago_is_forgotten() -> None:
    tally = Tally()
    for number in range(KEPT):
        tally.count(f"refused {number}", START)
    assert tally.is_full_for("refused by another")

    tally.due(START + EVERY)

    assert not tally.is_full_for("refused by another")


def test_each_key_has_its_own_minute() -> None:
    tally = Tally()
    late = START + timedelta(seconds=40)

    first = [tally.count("a", START), tally.count("b", late)]
    second = [tally.count("a", START + EVERY), tally.count("b", START + EVERY)]

    assert (first, second) == ([1, 1], [1, 0])
