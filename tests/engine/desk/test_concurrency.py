"""Many people at once on one brief: what comes of it is what one order of theirs would bring."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from engine.desk.edit import BriefEdit
from engine.desk.review import SignRequest
from engine.engine import Engine
from engine.errors import WireroomError
from engine.model import SYSTEM, BriefRow, Principal
from engine.settings import Settings
from engine.store.writer import Tx
from tests.engine.clock import FakeClock
from tests.engine.desk.conftest import EVERYTHING, Mirror
from tests.engine.desk.day import ANA, BOTH, SAM, STRIKE, entry, with_strike
from tests.engine.desk.inline_worker import InlineWorker

AT_ONCE = 200
DI = Principal(id="per-di", name="Di", roles=("Analyst",))
EVE = Principal(id="per-eve", name="Eve", roles=("Strategy Head",))
REVIEWERS = (ANA, SAM, BOTH, DI, EVE)
KINDS = ("sign", "sign", "sign", "decline", "clear", "withdraw", "edit", "edit", "adopt", "export")


class Wish(Struct, frozen=True):
    """What somebody wants; ``n`` tells one edit from the other."""

    n: int
    kind: str
    by: Principal
    role: str


class Played(Struct):
    """What came of the wishes: the order they were taken in, and what each was answered."""

    order: list[int] = []
    answers: dict[int, str] = {}
    read: dict[int, str] = {}


now_playing: ContextVar[int | None] = ContextVar("now_playing", default=None)


def wishes(seed: int) -> list[Wish]:
    draw = random.Random(seed)
    return [
        Wish(n, draw.choice(KINDS), by := draw.choice(REVIEWERS), draw.choice(by.roles))
        for n in range(AT_ONCE)
    ]


async def fulfil(engine: Engine, wish: Wish, digest: str) -> object:
    """Ask for it, as somebody who has read the revision with ``digest``."""
    by, role = wish.by, wish.role
    match wish.kind:
        case "sign" | "decline":
            request = SignRequest(
                role=role, approve=wish.kind == "sign", brief_id=STRIKE, digest=digest
            )
            return await engine.review.sign(by, request)
        case "clear":
            return await engine.review.clear_decline(by, STRIKE, role, "Settled")
        case "withdraw":
            return await engine.review.withdraw(by, STRIKE, role)
        case "edit":
            edit = BriefEdit(title=f"Port shut, as told {wish.n} times")
            return await engine.briefs.edit(by, STRIKE, digest, edit)
        case "adopt":
            return await engine.briefs.adopt(by, STRIKE, digest)
        case "export":
            return await engine.exports.create(by, STRIKE)
    raise AssertionError(wish.kind)


async def play_one(engine: Engine, wish: Wish, played: Played, digest: str | None = None) -> None:
    """Read, then ask for it; without ``digest`` of what it says at that moment."""
    now_playing.set(wish.n)
    played.read[wish.n] = digest or (await engine.briefs.get(STRIKE)).brief.digest
    try:
        await fulfil(engine, wish, played.read[wish.n])
        played.answers[wish.n] = "done"
    except WireroomError as error:
        played.answers[wish.n] = error.code


def remember_order(engine: Engine, played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """Note, in the writer's own thread, whose command it has just begun."""
    plain: Callable[[Callable[[Tx], Any]], Awaitable[Any]] = engine._context.write

    async def write(command: Callable[[Tx], Any]) -> Any:
        n = now_playing.get()

        def noted(tx: Tx) -> Any:
            if n is not None and n not in played.order:
                played.order.append(n)
            return command(tx)

        return await plain(noted)

    monkeypatch.setattr(engine._context, "write", write)


async def a_desk(folder: Path) -> Engine:
    """A frozen brief with a proposal beside it, and nothing that happens by itself."""
    settings = Settings(data_dir=folder, mock=True, settle_s=0)
    engine = await Engine.open(settings, FakeClock(), InlineWorker())
    await with_strike(engine)
    await engine.ingest.push(SYSTEM, [entry(1)])
    await engine.settled()
    await engine.stand_down()
    return engine


@pytest.fixture
async def desks(tmp_path: Path) -> AsyncIterator[tuple[Engine, Engine]]:
    one, other = await a_desk(tmp_path / "one"), await a_desk(tmp_path / "other")
    yield one, other
    await one.close()
    await other.close()


async def brief(engine: Engine) -> BriefRow:
    return (await engine.briefs.get(STRIKE)).brief


def told(row: BriefRow) -> BriefRow:
    """The row without the one thing that is drawn by lot: the id of the package."""
    from msgspec.structs import replace

    same: BriefRow = replace(row, exported="exp" if row.exported else None)
    return same


@pytest.mark.parametrize("seed", range(3))
async def test_two_hundred_at_once_come_out_as_in_one_order(
    desks: tuple[Engine, Engine], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, serial = desks
    first, second = Played([], {}, {}), Played([], {}, {})
    all_of = wishes(seed)
    heard = [Mirror(await engine.snapshot(EVERYTHING)) for engine in desks]
    for engine, mirror in zip(desks, heard, strict=True):
        engine.log.listen(mirror)
    remember_order(together, first, monkeypatch)

    await asyncio.gather(*(play_one(together, wish, first) for wish in all_of))
    for n in first.order:
        await play_one(serial, all_of[n], second, first.read[n])

    assert sorted(first.order) == list(range(AT_ONCE))
    assert second.answers == first.answers
    assert told(await brief(serial)) == told(await brief(together))
    assert heard[1].types == heard[0].types
    assert len(set(first.answers.values())) > 3


async def test_of_many_edits_at_once_none_is_lost(desks: tuple[Engine, Engine]) -> None:
    engine, _ = desks
    played = Played([], {}, {})
    edits = [Wish(n, "edit", BOTH, "Analyst") for n in range(AT_ONCE)]
    before = await brief(engine)

    await asyncio.gather(*(play_one(engine, edit, played, before.digest) for edit in edits))

    winners = [n for n, answer in played.answers.items() if answer == "done"]
    after = await engine.briefs.get(STRIKE)
    assert set(played.answers.values()) == {"done", "stale_digest"}
    assert len(winners) == after.brief.revision - before.revision == 1
    assert after.brief.title == f"Port shut, as told {winners[0]} times"
