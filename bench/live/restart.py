"""Restarts a desk again and again under followers and requests, and counts what was lost.

    python -m bench.live.restart --followers 2000 --restarts 20

Loopback only. Prints one JSON object; exits with 1 when anything was lost, failed or refused.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
from contextlib import closing
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.live.restart_clients import Follower, Requester, Tally

WIREROOM = (sys.executable, "-m", "server.cli")
START_S = 60.0
RECONNECT_S = 30.0
READS = ("/healthz", "/classify/today", "/exports/today", "/roi/today", "/config")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def owner(data_dir: Path) -> int:
    """The process that the data folder names."""
    try:
        return int(json.loads((data_dir / "owner.lock").read_text() or "{}").get("pid", 0))
    except (OSError, ValueError):
        return 0


def is_alive(pid: int) -> bool:
    """Whether the process still runs; one that has ended and waits to be seen does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(") ")[2][0] != "Z"


async def restart(data_dir: Path) -> tuple[float, float]:
    """Seconds until the successor was the owner, and until the predecessor had left."""
    before, began = owner(data_dir), time.monotonic()
    os.kill(before, signal.SIGUSR2)
    async with asyncio.timeout(START_S):
        while owner(data_dir) in (0, before):
            await asyncio.sleep(0.02)
        taken = time.monotonic() - began
        while is_alive(before):
            await asyncio.sleep(0.02)
    return taken, time.monotonic() - began


async def load(requester: Requester, rate: float, stop: asyncio.Event, first: int) -> None:
    """Reads, at a steady rate."""
    due = time.monotonic()
    for n in count(first):
        if stop.is_set():
            return
        await requester.ask("GET", READS[n % len(READS)])
        due = max(due + 1 / rate, time.monotonic())
        await asyncio.sleep(due - time.monotonic())


async def write(requester: Requester, rate: float, stop: asyncio.Event, number: int) -> int:
    """Changes of the config, each of which is an event; how many were accepted.

    One of the two writers writes odd values and one even ones: every write changes something.
    """
    accepted = 0
    for n in count():
        if stop.is_set():
            return accepted
        minute = (2 * n + number) % 1_440
        body = json.dumps({"time_of_day": f"{minute // 60:02}:{minute % 60:02}"}).encode()
        accepted += await requester.ask("POST", "/config", body)
        await asyncio.sleep(1 / rate)
    return accepted


def committed(data_dir: Path, after: int) -> list[int]:
    """What the followers should have been told, from the store itself."""
    with closing(sqlite3.connect(data_dir / "wireroom.sqlite3")) as connection:
        query = "SELECT seq FROM events WHERE type = 'config.changed' AND seq > ? ORDER BY seq"
        return [row[0] for row in connection.execute(query, (after,))]


async def all_following(followers: list[Follower]) -> None:
    async with asyncio.timeout(RECONNECT_S + len(followers) / 100):
        for follower in followers:
            await follower.is_following.wait()


async def settle(followers: list[Follower], expected: list[int]) -> None:
    """Wait until everybody has been told the last event, at most so long."""
    end = time.monotonic() + RECONNECT_S
    while time.monotonic() < end:
        if all(follower.seqs[-1:] == expected[-1:] for follower in followers):
            return
        await asyncio.sleep(0.1)


async def measure(arguments: argparse.Namespace, data_dir: Path, port: int, token: str) -> bool:
    tally, stop = Tally(), asyncio.Event()
    followers = [Follower(port, ["config"], token, tally) for _ in range(arguments.followers)]
    for start in range(0, len(followers), 200):
        await asyncio.gather(*(one.connect() for one in followers[start : start + 200]))
    await all_following(followers)
    requesters = [
        Requester(port, token, tally, keeps_alive=bool(n % 2)) for n in range(arguments.requesters)
    ]
    writers = [Requester(port, token, tally, keeps_alive=keeps) for keeps in (True, False)]
    rate = arguments.requests / len(requesters)
    reading = [asyncio.create_task(load(one, rate, stop, n)) for n, one in enumerate(requesters)]
    writing = [
        asyncio.create_task(write(one, arguments.events / 2, stop, n))
        for n, one in enumerate(writers)
    ]
    taken: list[float] = []
    left: list[float] = []
    for _ in range(arguments.restarts):
        await asyncio.sleep(1)
        one, whole = await restart(data_dir)
        taken.append(one)
        left.append(whole)
        await all_following(followers)
    stop.set()
    await asyncio.gather(*reading)
    accepted = sum(await asyncio.gather(*writing))
    expected = committed(data_dir, after=0)
    await settle(followers, expected)
    for client in (*followers, *requesters, *writers):
        (client.stop if isinstance(client, Follower) else client.close)()
    lost = sum(len(set(expected) - set(one.seqs)) for one in followers)
    latencies = sorted(tally.latencies)
    print(
        json.dumps(
            {
                "followers": len(followers),
                "restarts": arguments.restarts,
                "events": len(expected),
                "writes_accepted": accepted,
                "deliveries_expected": len(expected) * len(followers),
                "lost": lost,
                "never_committed": sum(len(set(one.seqs) - set(expected)) for one in followers),
                "repeated": tally.repeated,
                "not_recovered": tally.unrecovered,
                "dropped_without_goodbye": tally.dropped,
                "reconnects": tally.reconnects,
                "requests": tally.requests,
                "failed": len(tally.failed),
                "failures": sorted(set(tally.failed))[:10],
                "refused": tally.refused,
                "request_ms": {
                    "p50": round(1000 * latencies[len(latencies) // 2], 1),
                    "p99": round(1000 * latencies[int(0.99 * len(latencies))], 1),
                    "max": round(1000 * latencies[-1], 1),
                },
                "successor_ready_s": _spread(taken),
                "predecessor_gone_s": _spread(left),
                "follower_away_s": _spread(tally.gaps_s),
            },
            indent=2,
        )
    )
    bad = (lost, tally.failed, tally.refused, tally.repeated, tally.unrecovered, tally.dropped)
    return not any(bad) and accepted == len(expected)


def _spread(values: list[float]) -> dict[str, float]:
    named = {"min": min(values), "median": statistics.median(values), "max": max(values)}
    return {name: round(value, 2) for name, value in named.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--followers", type=int, default=2000)
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--requesters", type=int, default=10)
    parser.add_argument("--requests", type=float, default=50.0, help="reads a second, in all")
    parser.add_argument("--events", type=float, default=10.0, help="writes a second, in all")
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="wireroom-restart-") as folder:
        data_dir, port = Path(folder, "desk"), free_port()
        issue = (*WIREROOM, "token", "issue", "--name", "Ada", "--role", "admin")
        made = subprocess.run(
            [*issue, "--data-dir", str(data_dir)], capture_output=True, text=True, check=True
        )
        serve = (*WIREROOM, "serve", "--addr", f"127.0.0.1:{port}", "--data-dir", str(data_dir))
        unlimited = {**os.environ, "WIREROOM_PRINCIPAL_RATE": "0"}
        first = subprocess.Popen(serve, stdout=subprocess.DEVNULL, env=unlimited)
        try:
            with asyncio.Runner() as runner:
                is_whole = runner.run(_run(arguments, data_dir, port, made.stdout.strip()))
        finally:
            last = owner(data_dir)
            if last:
                os.kill(last, signal.SIGTERM)
            first.wait(START_S)
            while last and is_alive(last):
                time.sleep(0.1)
    sys.exit(0 if is_whole else 1)


async def _run(arguments: argparse.Namespace, data_dir: Path, port: int, token: str) -> bool:
    asker = Requester(port, token, Tally(), keeps_alive=False)
    async with asyncio.timeout(START_S):
        while not await asker.ask("GET", "/readyz"):
            await asyncio.sleep(0.1)
    return await measure(arguments, data_dir, port, token)


if __name__ == "__main__":
    main()
