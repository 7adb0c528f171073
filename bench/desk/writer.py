"""Commands a second through the one writer, each durable: one at a time, and many at once.

.venv/bin/python bench/desk/writer.py [--rounds 5]
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from engine.events.desk import ConfigChanged
from engine.model import Config
from engine.store.database import Database
from engine.store.writer import Tx, Writer

CONFIG = Config()


def command(tx: Tx) -> None:
    tx.record(ConfigChanged(config=CONFIG, by="bench", fields=()))


async def one_at_a_time(writer: Writer, count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        await writer.do(command)
    return count / (time.perf_counter() - started)


async def many_at_once(writer: Writer, count: int) -> float:
    started = time.perf_counter()
    await asyncio.gather(*(writer.do(command) for _ in range(count)))
    return count / (time.perf_counter() - started)


async def measure(folder: Path, rounds: int) -> None:
    database = Database(folder)
    database.open()
    writer = Writer(database, lambda: datetime.now(UTC), lambda _: None)
    singly, batched = [], []
    for _ in range(rounds):
        singly.append(await one_at_a_time(writer, 500))
        batched.append(await many_at_once(writer, 4_000))
    await writer.close()
    database.close()
    for name, values in (("one at a time", singly), ("many at once", batched)):
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"{name}: {low:,.0f} / {middle:,.0f} / {high:,.0f} commands/s (min/median/max)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), rounds))


if __name__ == "__main__":
    main()
