"""How long a credential is believed, and that one in use never makes anybody wait."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from engine.desk import belief
from engine.desk.belief import Beliefs, Holder, Key
from engine.errors import NotAllowed, StoreFailed, Unauthenticated
from engine.model import Principal
from tests.engine.clock import FakeClock

MIRA = Principal(id="per-mira", name="Mira", roles=("Analyst",))
CHANGED = Principal(id="per-mira", name="Mira", roles=("Strategy Head",))
KEY = Key("token", "wr_one")


class Store:
    """Answers when it is let to."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.asked = 0
        self.answer: Holder | Exception = Holder(MIRA)
        self.lets = asyncio.Event()
        self.lets.set()

    async def look(self, key: Key) -> Holder:
        self.asked += 1
        answer = self.answer
        await self.lets.wait()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def store(clock: FakeClock) -> Store:
    return Store(clock)


@pytest.fixture
async def beliefs(store: Store) -> AsyncIterator[Beliefs]:
    beliefs = Beliefs(store.clock, store.look)
    yield beliefs
    store.lets.set()
    await beliefs.close()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_was_asked_is_recalled_for_a_second(beliefs: Beliefs, store: Store) -> None:
    assert beliefs.recall(KEY) is None
    await beliefs.ask(KEY)
    at_once = beliefs.recall(KEY)
    store.clock.advance(seconds=1)

    assert at_once == MIRA
    assert beliefs.recall(KEY) is None
    assert store.asked == 1


async def test_one_in_use_is_asked_again_in_time_and_once(beliefs: Beliefs, store: Store) -> None:
    await beliefs.ask(KEY)
    store.lets.clear()
    store.clock.advance(seconds=0.6)
    meanwhile = [beliefs.recall(KEY) for _ in range(3)]
    await settle()
    meanwhile.append(beliefs.recall(KEY))
    store.lets.set()
    await settle()
    store.clock.advance(seconds=0.6)

    assert meanwhile == [MIRA] * 4
    assert store.asked == 2
    assert beliefs.recall(KEY) == MIRA


async def test_one_that_is_not_in_use_is_not_asked_again(beliefs: Beliefs, store: Store) -> None:
    await beliefs.ask(KEY)
    beliefs.recall(KEY)
    store.clock.advance(seconds=5)
    await settle()

    assert store.asked == 1


@pytest.mark.parametrize(
    ("answer", "recalled"),
    [
        (Holder(CHANGED), CHANGED),
        (Unauthenticated("It has ended."), None),
        (NotAllowed("No role is left."), None),
    ],
)
async def test_a_renewal_learns_what_has_changed_elsewhere(
    answer: Holder | Exception, recalled: Principal | None, beliefs: Beliefs, store: Store
) -> None:
    await beliefs.ask(KEY)
    store.answer = answer
    store.clock.advance(seconds=0.6)
    beliefs.recall(KEY)
    await settle()

    assert beliefs.recall(KEY) == recalled


async def test_a_store_that_fails_is_told_to_whoever_asks_next(
    beliefs: Beliefs, store: Store
) -> None:
    await beliefs.ask(KEY)
    store.answer = StoreFailed("The disk is gone.")
    store.clock.advance(seconds=0.6)
    beliefs.recall(KEY)
    await settle()
    within_its_second = beliefs.recall(KEY)
    await settle()
    store.clock.advance(seconds=0.6)

    assert within_its_second == MIRA
    assert beliefs.recall(KEY) is None
    with pytest.raises(StoreFailed):
        await beliefs.ask(KEY)


async def test_a_slow_answer_is_believed_for_a_second_from_its_question(
    beliefs: Beliefs, store: Store
) -> None:
    store.lets.clear()
    asking = asyncio.create_task(beliefs.ask(KEY))
    await settle()
    store.clock.advance(seconds=0.9)
    store.lets.set()
    await asking
    within_its_second = beliefs.recall(KEY)
    store.clock.advance(seconds=0.1)

    assert within_its_second == MIRA
    assert beliefs.recall(KEY) is None


@pytest.mark.parametrize("forgotten", [None, KEY])
async def test_what_was_looked_up_before_rights_changed_is_not_believed(
    forgotten: Key | None, beliefs: Beliefs, store: Store
) -> None:
    store.lets.clear()
    asking = asyncio.create_task(beliefs.ask(KEY))
    await settle()
    beliefs.forget(forgotten)
    store.lets.set()

    assert await asking == MIRA
    assert beliefs.recall(KEY) is None


async def test_a_credential_is_not_believed_beyond_its_own_end(
    beliefs: Beliefs, store: Store
) -> None:
    store.answer = Holder(MIRA, store.clock() + timedelta(seconds=0.2))
    await beliefs.ask(KEY)
    before = beliefs.recall(KEY)
    store.clock.advance(seconds=0.2)

    assert before == MIRA
    assert beliefs.recall(KEY) is None


async def test_a_flood_of_credentials_is_not_kept(
    beliefs: Beliefs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(belief, "BELIEVED_AT_MOST", 3)
    keys = [Key("token", f"wr_{number}") for number in range(7)]
    for key in keys:
        await beliefs.ask(key)

    assert 0 < sum(beliefs.recall(key) is not None for key in keys) <= 3


async def test_closing_waits_for_what_is_looked_up(beliefs: Beliefs, store: Store) -> None:
    await beliefs.ask(KEY)
    store.lets.clear()
    store.clock.advance(seconds=0.6)
    beliefs.recall(KEY)
    closing = asyncio.create_task(beliefs.close())
    await settle()
    was_waiting = not closing.done()
    store.lets.set()
    await closing

    assert was_waiting
