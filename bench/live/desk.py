"""The channel beside the desk's other work: while an ingest runs, and the hot cached read."""

import json
import os
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from clients import Subscribers
from machine import Load, children
from rounds import Bench, Figures, Target, ratio, title, values
from servers import PORT, Running

ROWS = 6_000
NICE = 10
PLACES = ("Brenn", "Calder", "Halmere", "Lindale", "Ostby", "Pelsk", "Sorrel", "Torrow")
MATTERS = ("budget vote", "ferry strike", "water ban", "bank merger", "data leak", "tram fire")
HOT = "/classify/today?limit=2"


def while_ingesting(bench: Bench) -> None:
    """The worker runs niced on the client's core, as it would beside a busy server."""

    def measure(server: Running, subscribers: Subscribers) -> Figures:
        _settle(server, 40)
        for pid in children(server.process.pid):
            os.sched_setaffinity(pid, {bench.tools.core})
            os.setpriority(os.PRIO_PROCESS, pid, NICE)
        subscribers.open(1_000)
        subscribers.rate(20, 1)
        asked = (PORT, HOT, 8, 100, 2 * bench.seconds, server.token)
        with ThreadPoolExecutor(1) as meanwhile:
            got_idle = meanwhile.submit(bench.tools.get, *asked)
            idle = subscribers.rate(20, 2 * bench.seconds)
        load = Load([])
        began = time.monotonic()
        with ThreadPoolExecutor(2) as meanwhile:
            run = meanwhile.submit(_ingest, server, ROWS, 1)
            got = meanwhile.submit(bench.tools.get, *asked)
            busy = subscribers.rate(20, 2 * bench.seconds)
            covered = not run.done()
            found = {
                "idle": idle["p99_us"],
                "busy": busy["p99_us"],
                "lost": busy["lost"],
                "get_idle": got_idle.result()["p99_us"],
                "get": got.result()["p99_us"],
                "late": got.result()["late_p99_us"],
                "core": 100 * load.of_core(bench.tools.core),
            }
            run.result()
        if not covered:
            print("  ! the ingest ended before the measurement: take fewer --seconds")
        return {**found, "took": time.monotonic() - began}

    title(f"While {ROWS:,} items are ingested: 20 events/s to 1,000 subscribers, 100 GETs/s")
    found = bench.interleaved(("wireroom",), measure)["wireroom"]
    values("p99 idle", found, "idle", "ms", 1e-3)
    values("p99 while ingesting", found, "busy", "ms", 1e-3)
    busy, idle = (
        [{"p99": each["busy"]} for each in found],
        [{"p99": each["idle"]} for each in found],
    )
    ratio("ingesting ÷ idle", busy, idle, "p99", Target(at_most=2))
    values("cached GET p99 idle", found, "get_idle", "ms", 1e-3)
    values("cached GET p99 while ingesting", found, "get", "ms (< 10)", 1e-3)
    values("the client asked late, p99", found, "late", "ms", 1e-3)
    values("lost", found, "lost", "deliveries")
    values("load of the client's core", found, "core", "%")
    values("the ingest took", found, "took", "s")


def hot_get(bench: Bench) -> None:
    """The same number of bytes from both, 64 connections, as fast as answers come."""
    title("Hot cached GET through all middlewares, 64 connections")
    if not bench.servers.has("starlette"):
        print("  starlette is not installed")
        return
    ours: list[Figures] = []
    theirs: list[Figures] = []
    for _ in range(bench.rounds):
        with bench.servers.start("wireroom") as server:
            body = _settle(server, 40)
            ours.append(bench.tools.get(PORT, HOT, 64, 0, bench.seconds, server.token))
        with bench.servers.start("starlette", body):
            theirs.append(bench.tools.get(PORT, "/hot", 64, 0, bench.seconds))
    key = "answers_per_s"
    values("wireroom", ours, key, "answers/s")
    values("starlette on uvicorn, bare", theirs, key, "answers/s")
    values("wireroom, a whole answer", ours, "answer_bytes", "bytes")
    values("starlette, a whole answer", theirs, "answer_bytes", "bytes")
    ratio("wireroom ÷ starlette", ours, theirs, key, Target(at_least=1.2))


def _settle(server: Running, rows: int) -> int:
    """A few items first: what the first ones cost once is not measured. The hot body's bytes."""
    _ingest(server, rows, 0)
    time.sleep(1.5)  # briefs are written once their issues stand still
    return len(_call(server, HOT))


def _ingest(server: Running, rows: int, batch: int) -> None:
    """Upload invented rows and wait until all are committed."""
    body = "\n".join(("title,link,outlet", *(_row(n, batch) for n in range(rows)))).encode()
    run = json.loads(_call(server, "/ingest/items", body))["data"]
    while run["finished"] is None:
        time.sleep(0.2)
        last = json.loads(_call(server, "/ingest/status"))["data"]["last_run"]
        run = last if last and last["id"] == run["id"] else run


def _row(n: int, batch: int) -> str:
    place, matter = PLACES[n % 8], MATTERS[n // 8 % 6]
    title = f"{place} {matter}: report {batch}-{n} of day {n // 48}"
    return f"{title},https://o{n}.example/{batch},O{n % 60}"


def _call(server: Running, path: str, body: bytes | None = None) -> bytes:
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "text/csv"}
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return bytes(answer.read())
