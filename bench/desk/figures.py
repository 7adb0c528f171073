"""The desk's figures, measured on a real server on loopback: one command prints them all.

    .venv/bin/python bench/desk/figures.py [--rows FILE.csv] [--rounds 5]

The server and its niced worker are pinned to one core, this client to the
other. ``--rows`` is a CSV to ingest
(columns are guessed); without it 6,000 invented rows are used.
"""

import argparse
import asyncio
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp
import msgspec

sys.path.insert(0, str(Path(__file__).parent))
from http_load import measure, percentile

PORT = 8797
URL = f"http://127.0.0.1:{PORT}"
AUTHORIZATION = "Authorization: Bearer "
UNREACHED = "10000000"
"""Requests are counted as always, and none is one too many."""
PLACES = ("Brenn", "Calder", "Halmere", "Lindale", "Ostby", "Pelsk", "Sorrel", "Torrow")
MATTERS = ("budget vote", "ferry strike", "water ban", "bank merger", "data leak", "tram fire")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    body = given.rows.read_bytes() if given.rows else invented(6_000)
    print(f"{len(cores)} cores; server on {cores[0]}, client on {cores[-1]}; {given.rounds} rounds")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(every_figure(Path(folder), body, given.rounds, cores[0]))


def invented(count: int) -> bytes:
    lines = ["title,link,outlet"]
    for n in range(count):
        place, matter = PLACES[n % 8], MATTERS[n // 8 % 6]
        lines.append(
            f"{place} {matter}: report {n} of day {n // 48},https://o{n}.example/,O{n % 60}"
        )
    return "\n".join(lines).encode()


@contextmanager
def server(folder: Path, core: int) -> Iterator[tuple[int, float]]:
    """A server that listens; its process id and how long it took to get there (s)."""
    command = [sys.executable, "-m", "server.cli", "serve", "--addr", f"127.0.0.1:{PORT}"]
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--data-dir", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "WIREROOM_PRINCIPAL_RATE": UNREACHED},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    assert process.stdout is not None
    while "Wireroom is at" not in process.stdout.readline():
        if process.poll() is not None:
            raise SystemExit("The server did not start.")
    try:
        yield process.pid, time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def token(folder: Path, name: str, *roles: str) -> str:
    given = [part for role in roles for part in ("--role", role)]
    command = [sys.executable, "-m", "server.cli", "token", "issue", "--name", name, *given]
    answer = subprocess.run(
        [*command, "--data-dir", str(folder)], capture_output=True, text=True, check=True
    )
    return answer.stdout.strip()


class Ingested(NamedTuple):
    """What one round of ingesting showed."""

    seconds: float
    p99_ms: float
    lag_ms: float
    missed: int
    memory: tuple[int, int]


async def every_figure(folder: Path, body: bytes, rounds: int, core: int) -> None:
    starts, ingests = [], []
    for _ in range(rounds):
        with server(folder / "idle", core) as (pid, seconds):
            starts.append(seconds)
            memory = resident(pid)
    show("start-up until it listens, s", starts, 2)
    print(f"idle resident memory: server {memory[0]} MB, worker {memory[1]} MB")
    for turn in range(rounds):
        desk = folder / f"desk-{turn}"
        ana, sam = token(desk, "Ana", "Analyst", "admin"), token(desk, "Sam", "Strategy Head")
        with server(desk, core) as (pid, _):
            async with aiohttp.ClientSession(headers=bearer(ana)) as session:
                ingests.append(await ingesting(pid, session, body, f"{AUTHORIZATION}{ana}\r\n"))
                if turn == rounds - 1:
                    await cached("idle", rounds, f"{AUTHORIZATION}{ana}\r\n")
                    await signoffs(session, sam, rounds)
    show("ingest, s", [each.seconds for each in ingests], 1)
    show("cached GET while ingesting, p99 ms", [each.p99_ms for each in ingests], 2)
    show("loop's worst lag while ingesting, ms", [each.lag_ms for each in ingests], 1)
    show("peak resident server, MB", [each.memory[0] for each in ingests], 0)
    show("peak resident worker, MB", [each.memory[1] for each in ingests], 0)
    print(f"events missed by the follower: {sum(each.missed for each in ingests)}")


async def ingesting(
    pid: int, session: aiohttp.ClientSession, body: bytes, headers: str
) -> Ingested:
    """Ingest while 64 connections ask 10 times a second and one follower notes every event."""
    SEEN.seqs.clear()
    follower = asyncio.create_task(follow(session))
    await asyncio.sleep(0.5)
    await lag_ms(session)  # what the start cost
    loading = asyncio.create_task(ingest(session, body))
    await asyncio.sleep(0.3)
    latencies, failed = await measure(
        PORT, "/classify/today", connections=64, seconds=3, rate=10, headers=headers
    )
    assert not failed
    run = await loading
    print(
        f"ingest: {run['read']} read, {run['new']} new, {run['duplicates']} duplicate, "
        f"{run['rejected']} rejected"
    )
    late, peak = await lag_ms(session), (peak_of(pid), peak_of(children(pid)[0]))
    got, missed = await stop(follower, await events_head(session))
    print(f"events: {got} delivered to one follower, {missed} missed")
    return Ingested(run["seconds"], percentile(latencies, 0.99) * 1e3, late, missed, peak)


async def cached(name: str, rounds: int, headers: str) -> None:
    for rate, said in ((10.0, "64 connections x 10/s"), (0.0, "64 connections, saturated")):
        tails, rates = [], []
        for _ in range(rounds):
            latencies, failed = await measure(
                PORT, "/classify/today", connections=64, seconds=2, rate=rate, headers=headers
            )
            assert not failed
            tails.append(percentile(latencies, 0.99) * 1e3)
            rates.append(len(latencies) / 2)
        show(f"cached GET {name}, {said}: p99 ms", tails, 2)
        show(f"cached GET {name}, {said}: answers/s", rates, 0)


async def ingest(session: aiohttp.ClientSession, body: bytes) -> dict[str, float]:
    """Upload rows and wait until they are all committed."""
    started = time.perf_counter()
    answer = await session.post(
        f"{URL}/ingest/items", data=body, headers={"Content-Type": "text/csv"}
    )
    run = (await answer.json())["data"]
    while run["finished"] is None:
        await asyncio.sleep(0.1)
        last = (await (await session.get(f"{URL}/ingest/status")).json())["data"]["last_run"]
        if last and last["id"] == run["id"]:
            run = last
    return {**run, "seconds": time.perf_counter() - started}


class Seen:
    def __init__(self) -> None:
        self.seqs: list[int] = []
        self.waiting: dict[int, float] = {}
        self.at: dict[str, float] = {}


SEEN = Seen()


async def follow(session: aiohttp.ClientSession) -> None:
    """Note every recorded event's number and when it came."""
    topics = ["issue", "brief", "review", "config", "export", "edition", "ingest", "access"]
    async with session.ws_connect(f"{URL}/ws", max_msg_size=2**26) as ws:
        await ws.receive()
        await ws.send_json({"op": "subscribe", "id": 1, "topics": topics})
        async for message in ws:
            event = msgspec.json.decode(message.data)
            if "op" in event or event["id"].startswith("~"):
                continue
            SEEN.seqs.append(int(event["id"].rpartition("-")[2]))
            if event["type"] in ("review.signed", "review.withdrawn"):
                SEEN.at[event["type"] + event["subject"]] = time.perf_counter()


async def signoffs(session: aiohttp.ClientSession, sam: str, rounds: int) -> None:
    """From sending a sign-off to its event at a follower."""
    follower = asyncio.create_task(follow(session))
    while not (rows := (await status(session))["briefs"]):
        await asyncio.sleep(0.2)
    await asyncio.sleep(2)  # the scribe finishes what the ingest left
    rows = (await status(session))["briefs"][:40]
    waits: list[float] = []
    for _ in range(rounds):
        for row in rows:
            what = {"role": "Strategy Head", "approve": True, "brief_id": row["id"]}
            started = time.perf_counter()
            await session.post(f"{URL}/review/signoff", json=what, headers=bearer(sam))
            key = "review.signed" + row["id"]
            waits.append(SEEN.at.pop(key) - started)
            gone = {"role": "Strategy Head", "brief_id": row["id"]}
            await session.post(f"{URL}/review/withdraw", json=gone, headers=bearer(sam))
    print(
        f"sign-off sent to event received: p50 {percentile(waits, 0.5) * 1e3:.1f} ms, "
        f"p99 {percentile(waits, 0.99) * 1e3:.1f} ms of {len(waits)}"
    )
    follower.cancel()


async def status(session: aiohttp.ClientSession) -> dict[str, list[dict[str, str]]]:
    return (await (await session.get(f"{URL}/review/status")).json())["data"]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def events_head(session: aiohttp.ClientSession) -> int:
    page = (await (await session.get(f"{URL}/classify/today?limit=1")).json())["data"]
    return int(page["at"].rpartition("-")[2])


async def stop(follower: asyncio.Task[None], head: int) -> tuple[int, int]:
    while SEEN.seqs and SEEN.seqs[-1] < head:
        await asyncio.sleep(0.05)
    follower.cancel()
    whole = set(range(SEEN.seqs[0], SEEN.seqs[-1] + 1))
    return len(SEEN.seqs), len(whole - set(SEEN.seqs))


async def lag_ms(session: aiohttp.ClientSession) -> float:
    """The event loop's worst delay since this was last asked."""
    text = await (await session.get(f"{URL}/metrics")).text()
    found = re.search(r"^wireroom_loop_lag_seconds (\S+)$", text, re.MULTILINE)
    assert found
    return float(found[1]) * 1e3


def resident(pid: int) -> list[int]:
    """Resident memory of a process and its children, MB."""
    return [megabytes(one) for one in (pid, *children(pid))]


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def megabytes(pid: int | str) -> int:
    return _status(pid, "VmRSS")


def peak_of(pid: int | str) -> int:
    return _status(pid, "VmHWM")


def _status(pid: int | str, name: str) -> int:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition(f"{name}:")[2].split()[0]) // 1024


def show(name: str, values: list[float], digits: int) -> None:
    low, middle, high = min(values), statistics.median(values), max(values)
    print(f"{name}: {low:.{digits}f} / {middle:.{digits}f} / {high:.{digits}f} (min/median/max)")


if __name__ == "__main__":
    main()
