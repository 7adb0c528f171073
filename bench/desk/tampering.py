"""Random single-byte changes to the database pages that hold events, and whether they are found.

.venv/bin/python bench/desk/tampering.py [--changes 2000] [--seed 1]

A change is *found* when `wireroom audit verify` would not call the log whole, *harmless* when it
does and every reading of the log (in order, by type, by subject) still gives what was recorded,
and *accepted* when it does and some reading does not. There must be none of those.
"""

import argparse
import asyncio
import random
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection

from engine.desk.notary import sign_end
from engine.desk.proof import prove
from engine.errors import WireroomError
from engine.events.access import AccessRefused
from engine.events.audit import AuditErased
from engine.events.event import Event
from engine.events.ingest import IngestSourceRemoved
from engine.log.signing import new_private, signing_key
from engine.store import heads, log
from engine.store.database import FILE_NAME, Database, examine
from engine.store.writer import Tx, Writer

EVENTS = 300
START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
ERASED = (20, 21, 22, 77)
HOLDERS = ("events", "ix_events_subject_seq", "ix_events_type_seq")

Outcome = Literal["found", "harmless", "accepted"]
Reading = tuple[tuple[Any, ...], ...]


class Change(NamedTuple):
    offset: int
    before: int
    after: int
    outcome: Outcome


def invented(number: int) -> Event:
    """Short data, and every seventh time some that fills several pages."""
    if number % 7:
        return IngestSourceRemoved(source_id=f"source-{number % 11}")
    message = f"Event {number}: " + "a long story " * (number * 5)
    return AccessRefused(principal_id=f"per-{number % 5}", name="Mo", message=message, count=1)


async def made(folder: Path) -> None:
    """A log with signed heads and erased events, closed and in one file."""
    database = Database(folder)
    database.open()
    writer = Writer(database, lambda: START, lambda _: None)
    private = new_private()

    def begin(tx: Tx) -> None:
        heads.add_key(tx.connection, signing_key(private))

    await writer.do(begin)
    for first in range(0, EVENTS, 50):
        await writer.do(partial(_fifty, first=first))
        await writer.do(lambda tx: sign_end(tx, private))
    await writer.do(_erase)
    await writer.do(lambda tx: sign_end(tx, private))
    await writer.close()
    database.close()


def _fifty(tx: Tx, first: int) -> None:
    for number in range(first, first + 50):
        tx.record(invented(number))


def _erase(tx: Tx) -> None:
    log.blank(tx.connection, ERASED)
    tx.record(AuditErased(subject="per-0", by="Ada", why="asked", events=((20, 22), (77, 77))))


def offsets(file: Path) -> list[int]:
    """Every byte of the pages that hold events or their indexes."""
    connection = sqlite3.connect(file)
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    marks = ",".join("?" * len(HOLDERS))
    pages = connection.execute(f"SELECT pageno FROM dbstat WHERE name IN ({marks})", HOLDERS)
    found = [(page - 1) * size + at for (page,) in pages for at in range(size)]
    connection.close()
    return found


def reading(connection: Connection) -> Reading:
    """What readers get: the log in order, then narrowed by type and by subject."""
    every = log.after(connection, 0, EVENTS * 2)
    narrowed = (
        log.page(connection, type_="access.refused", limit=EVENTS * 2),
        log.page(connection, subject="source-3", limit=EVENTS * 2),
        log.page(connection, subject="per-2", after_seq=50, limit=20),
    )
    return tuple(
        (line.seq, line.type, line.subject, line.time, line.data, line.hash)
        for line in (*every, *(line for page in narrowed for line in page))
    )


def judged(file: Path, recorded: Reading) -> Outcome:
    try:
        result = examine(file, prove)
    except WireroomError:
        return "found"
    if not result.ok:
        return "found"
    try:
        return "harmless" if examine(file, reading) == recorded else "accepted"
    except Exception:  # noqa: BLE001 - called whole, and cannot be read
        return "accepted"


def changes(folder: Path, count: int, seed: int) -> Iterator[Change]:
    """Change one byte, judge, put it back; ``count`` times."""
    chance = random.Random(seed)
    asyncio.run(made(folder))
    file = folder / FILE_NAME
    recorded = examine(file, reading)
    assert examine(file, prove).ok
    within = offsets(file)
    whole = file.read_bytes()
    for _ in range(count):
        offset = chance.choice(within)
        after = chance.choice([value for value in range(256) if value != whole[offset]])
        with file.open("r+b") as database:
            database.seek(offset)
            database.write(bytes([after]))
        yield Change(offset, whole[offset], after, judged(file, recorded))
        file.write_bytes(whole)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = Counter[str]()
        for change in changes(Path(folder), options.changes, options.seed):
            outcomes[change.outcome] += 1
            if change.outcome == "accepted":
                print(f"accepted: byte {change.offset}, {change.before} -> {change.after}")
    print(", ".join(f"{outcomes[name]} {name}" for name in ("found", "harmless", "accepted")))


if __name__ == "__main__":
    main()
