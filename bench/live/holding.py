"""What connections cost: memory while idle, time to come back, and those that read nothing."""

import re
import time
import urllib.request

from clients import Subscribers
from machine import resident_bytes, socket_bytes
from rounds import Bench, Figures, Target, ratio, title, values
from servers import PORT, Running

FILL_AT_MOST_S = 20


def idle_memory(bench: Bench) -> None:
    count = 5_000

    def measure(server: Running, subscribers: Subscribers) -> Figures:
        before, kernel = resident_bytes(server.serving_pids), socket_bytes()
        opened = subscribers.open(count)
        time.sleep(2)
        held = resident_bytes(server.serving_pids) - before
        return {
            "kb": held / count / 1024,
            "kernel": (socket_bytes() - kernel) / count / 1024,
            "us": 1e6 * opened["seconds"] / count,
        }

    title(f"Idle connections: {count:,}, each following")
    found = bench.interleaved(("nchan", "wireroom", "starlette", "socketio"), measure)
    for name, figures in found.items():
        values(name, figures, "kb", "KB resident a connection")
    target = Target(at_most=3)
    middle = sorted(each["kb"] for each in found["wireroom"])[len(found["wireroom"]) // 2]
    print(f"  wireroom: {target.verdict(middle)} KB")
    for name, figures in found.items():
        values(f"{name}, kernel (both ends)", figures, "kernel", "KB a connection")
    for name, figures in found.items():
        values(f"{name}, to connect and follow", figures, "us", "µs a connection")


def reconnect(bench: Bench) -> None:
    count, missed = 5_000, 100

    def measure(_server: Running, subscribers: Subscribers) -> Figures:
        subscribers.open(count)
        subscribers.saturate(1, 0.5)
        back = subscribers.ask(f"reconnect {missed}")
        whole = back["caught_up"] == count and not back["missing"] and not back["repeated"]
        if not whole:
            print(f"  ! {back}")
        return back

    title(f"Reconnect: {count:,} at once; with Wireroom each resumes and gets {missed} events")
    found = bench.interleaved(("nchan", "wireroom"), measure)
    for name, figures in found.items():
        values(name, figures, "seconds", "s until all are back")
    if "nchan" in found:
        target = Target(at_most=4)
        ratio("wireroom ÷ nchan", found["wireroom"], found["nchan"], "seconds", target)


def frozen(bench: Bench) -> None:
    count, still = 1_000, 100

    def measure(server: Running, subscribers: Subscribers) -> Figures:
        subscribers.open(count)
        subscribers.saturate(8, 1)
        subscribers.rate(20, 1)
        before = subscribers.rate(20, 2 * bench.seconds)
        rss, kernel = resident_bytes(server.serving_pids), socket_bytes()
        subscribers.ask(f"freeze {still}")
        until = time.monotonic() + FILL_AT_MOST_S
        while _slow(server.token) < still and time.monotonic() < until:
            subscribers.saturate(8, 1)
        after = subscribers.rate(20, 2 * bench.seconds)
        return {
            "blocked": _slow(server.token),
            "before": before["p99_us"],
            "after": after["p99_us"],
            "kb": (resident_bytes(server.serving_pids) - rss) / still / 1024,
            "kernel": (socket_bytes() - kernel) / still / 1024,
            "lost": after["lost"],
        }

    title(f"{still} of {count:,} subscribers frozen")
    found = bench.interleaved(("wireroom",), measure)["wireroom"]
    values("blocked, as the server says", found, "blocked", f"of {still}")
    values("p99 before", found, "before", "ms", 1e-3)
    values("p99 of the others", found, "after", "ms", 1e-3)
    renamed = (
        [{"p99": each["after"]} for each in found],
        [{"p99": each["before"]} for each in found],
    )
    ratio("with ÷ without", *renamed, "p99", Target(at_most=1.3))
    values("resident, a frozen one", found, "kb", "KB (<= 64)")
    values("kernel, a frozen one (both ends)", found, "kernel", "KB")
    values("lost by the others", found, "lost", "deliveries")


def _slow(token: str) -> float:
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/metrics", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read().decode()
    found = re.search(r"^wireroom_live_slow (\S+)", text, re.MULTILINE)
    return float(found[1]) if found else 0.0
