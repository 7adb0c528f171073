"""Sign-offs a second through the one writer, each durable (synchronous=FULL).

.venv/bin/python bench/desk/signoffs.py [--rounds 5] [--briefs 500] [--flight 64]

Each round two people sign every brief of the edition, one request for each, so many in flight; then
both take them back, unmeasured. ``--profile`` says where the writer's time goes, of one round.
"""

import argparse
import asyncio
import cProfile
import pstats
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

from engine import Engine, Settings
from engine.desk.importing import ImportedBrief, ImportedIssue
from engine.desk.review import SignRequest
from engine.model import SYSTEM, BriefRow, Entry, Principal
from engine.store.writer import Writer

SIGNERS = (("Ann Berg", "Analyst"), ("Bo Lind", "Strategy Head"))
Seat = tuple[BriefRow, Principal, str]


def an_issue(n: int) -> ImportedIssue:
    said = f"Berth fees at port {n} rise by nine percent."
    return ImportedIssue(
        id=f"port-{n}",
        title=f"Port {n} raises berth fees",
        quadrant="Policy",
        score=0.8,
        entries=(Entry(title=f"Port {n} raises fees", text=said, url=f"https://o{n}.example/"),),
        brief=ImportedBrief(title=f"Port {n} raises berth fees", summary=(said,)),
    )


async def seats(engine: Engine, briefs: int) -> list[Seat]:
    """Everybody who is to sign, and what: people come with their tokens, as they do over REST."""
    await engine.importing.adopt(SYSTEM, [an_issue(n) for n in range(briefs)])
    people = []
    for name, role in SIGNERS:
        issued = await engine.access.issue_token(SYSTEM, name, (role,), None)
        people.append((await engine.access.authenticate(issued.token), role))
    rows = (await engine.review.status()).briefs
    return [(row, *who) for who, row in product(people, rows)]


async def each(work: list[Seat], flight: int, call: Callable[[Seat], Awaitable[object]]) -> float:
    """Every call, ``flight`` of them at a time; how many a second."""
    waiting = iter(work)

    async def one() -> None:
        for seat in waiting:
            await call(seat)

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(flight)))
    return len(work) / (time.perf_counter() - started)


async def measure(folder: Path, rounds: int, briefs: int, flight: int, profile: bool) -> None:
    engine = await Engine.open(Settings(data_dir=folder), resume=False)
    work = await seats(engine, briefs)

    async def sign(seat: Seat) -> None:
        row, by, role = seat
        request = SignRequest(role=role, approve=True, brief_id=row.id, digest=row.digest)
        await engine.review.sign(by, request)

    async def take_back(seat: Seat) -> None:
        row, by, role = seat
        await engine.review.withdraw(by, row.id, role)

    figures = []
    for _ in range(rounds):
        figures.append(await each(work, flight, sign))
        await each(work, flight, take_back)
    if profile:
        await profiled(engine, lambda: each(work, flight, sign))
    await engine.close()
    low, middle, high = min(figures), statistics.median(figures), max(figures)
    print(
        f"{briefs} briefs, 2 signers, {flight} in flight, {rounds} rounds: "
        f"{low:,.0f} / {middle:,.0f} / {high:,.0f} sign-offs/s (min/median/max)"
    )


async def profiled(engine: Engine, run: Callable[[], Awaitable[object]]) -> None:
    """One round with a profiler in the writer's thread."""
    profiler = cProfile.Profile()
    writer: Writer = engine._writer
    plain = writer._commit

    def commit(batch: Any) -> object:
        profiler.enable()
        try:
            return plain(batch)
        finally:
            profiler.disable()

    with patch.object(writer, "_commit", commit):
        await run()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(28)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--briefs", type=int, default=500)
    parser.add_argument("--flight", type=int, default=64)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), given.rounds, given.briefs, given.flight, given.profile))


if __name__ == "__main__":
    main()
