"""Killed under load: what was answered is there, and nothing that was never asked for.

``WIREROOM_CRASHES`` sets how often (3 in the normal run).
"""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import aiohttp
import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from engine import Engine, Settings
from engine.desk.importing import ImportedBrief, ImportedIssue
from engine.events.review import ReviewSigned
from engine.log.verify import verify
from engine.model import SYSTEM, BriefRow, Entry
from engine.store import briefs, log
from engine.store.database import Database
from tests.end_to_end.process import PATIENCE_S, Server, run, serving

UNLIMITED = {"WIREROOM_PRINCIPAL_RATE": "0"}
CRASHES = int(os.environ.get("WIREROOM_CRASHES", "3"))
SIGNERS = 8
ROLE = "Analyst"


class Tally(Struct):
    """Every sign-off that was asked for, by its note, and those that were answered."""

    sent: set[str] = set()
    answered: set[str] = set()


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


async def furnish(folder: Path) -> str:
    """A desk with a brief for each task of the one signer; the signer's token."""
    engine = await Engine.open(Settings(data_dir=folder), resume=False)
    await engine.importing.adopt(SYSTEM, [an_issue(n) for n in range(SIGNERS)])
    issued = await engine.access.issue_token(SYSTEM, "Ann Berg", (ROLE,), None)
    await engine.close()
    return issued.token


async def sign_without_end(
    server: Server, token: str, n: int, notes: Iterator[str], tally: Tally
) -> None:
    """Sign a brief, take it back, and again, until the server is gone."""
    seat = {"brief_id": f"port-{n}", "role": ROLE}
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(server.url, headers=headers) as session:
        while True:
            note = next(notes)
            tally.sent.add(note)
            body = {**seat, "approve": True, "note": note}
            async with session.post("/review/signoff", json=body) as answer:
                done = await answer.json()
            # Once in a while what the last crash left behind still stands: that signs nothing.
            if any(s["note"] == note for s in done["data"]["signed"][0]["signoffs"]):
                tally.answered.add(note)
            async with session.post("/review/withdraw", json=seat) as answer:
                await answer.read()


async def crash(
    folder: Path, token: str, after_s: float, notes: Iterator[str], tally: Tally
) -> None:
    """One life of a server: serve, be signed at, be killed in the middle of it."""
    with serving("--data-dir", str(folder), environment=UNLIMITED) as server:
        signing = [
            asyncio.create_task(sign_without_end(server, token, n, notes, tally))
            for n in range(SIGNERS)
        ]
        await asyncio.sleep(after_s)  # how long it lives is drawn, not waited for
        server.process.send_signal(signal.SIGKILL)
        ends = await asyncio.wait_for(asyncio.gather(*signing, return_exceptions=True), PATIENCE_S)
        assert all(isinstance(end, aiohttp.ClientError) for end in ends), ends


def check(folder: Path, tally: Tally) -> None:
    """The store after a crash, against what the clients know."""
    database = Database(folder)

    def look(connection: Connection) -> tuple[list[str], dict[str, BriefRow], bool]:
        signed, rows = [], {}
        for line in log.every(connection):
            if line.topic in ("brief", "review"):
                event = msgspec.json.decode(line.data, type=dict)
                rows[line.subject] = msgspec.convert(event["brief"], BriefRow)
            if line.type == "review.signed":
                signed.append(msgspec.json.decode(line.data, type=ReviewSigned).signoff.note)
        chain = verify(log.every(connection), log.head(connection))
        stored = {row: briefs.get(connection, row) for row in rows}
        assert {row: found.row for row, found in stored.items() if found} == rows
        return signed, rows, chain.ok

    signed, _, is_intact = database.read(look)
    database.close()
    assert tally.answered <= set(signed), "an answered sign-off is lost"
    assert set(signed) <= tally.sent, "a sign-off is there that nobody gave"
    assert max(Counter(signed).values(), default=1) == 1, "a sign-off is there twice"
    assert is_intact


async def test_a_server_killed_under_load_loses_no_answered_sign_off(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    token = await furnish(folder)
    notes, tally, draw = (f"sign-off {n}" for n in count()), Tally(set(), set()), random.Random()

    for _ in range(CRASHES):
        await crash(folder, token, draw.uniform(0.05, 0.8), notes, tally)
        check(folder, tally)

    audited = run("audit", "verify", "--data-dir", str(folder))
    assert audited.returncode == 0, audited.stderr
    assert len(tally.answered) >= CRASHES
    print(f"{CRASHES} crashes: {len(tally.answered)} answered of {len(tally.sent)}, none lost")
