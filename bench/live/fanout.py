"""Fan-out and latency: one event to everybody, against nchan, the C loop and the usual choices."""

from clients import Subscribers
from machine import cpu_seconds, resident_bytes
from rounds import BURSTS, Bench, Figures, Target, ratio, title, values
from servers import Running

KEY = "deliveries_per_s"
OF_THE_FLOOR = {100: 0.75, 1_000: 0.70, 5_000: 0.50}
IN_BURSTS_TO = 100
"""With more subscribers a burst has too few events: the first ones after a rest cost more."""
OTHERS_AT = 1_000
"""How many subscribers the slow servers are asked to serve."""


def one_at_a_time(bench: Bench) -> None:
    for count in OF_THE_FLOOR:
        _fan_out(bench, count, 1, "floor", Target(at_least=1.1), Target(OF_THE_FLOOR[count]))


def in_flight(bench: Bench) -> None:
    _fan_out(bench, 1_000, 8, "floor joined", Target(at_least=8), Target(at_least=0.85))


def _fan_out(
    bench: Bench, count: int, flight: int, floor: str, than_nchan: Target, than_floor: Target
) -> None:
    title(f"Fan-out, {count:,} subscribers, {flight} in flight (min / median / max)")
    others = ("starlette", "socketio") if count == OTHERS_AT else ()
    found = _measured(bench, count, flight, ("floor", floor, "nchan", "wireroom", *others))
    for name, figures in found.items():
        values(name, figures, KEY, "deliveries/s")
    for name, figures in found.items():
        values(f"{name}, server's CPU", figures, "cpu_us", "µs a delivery")
    for name in found:
        if name != "wireroom":
            target = than_nchan if name == "nchan" else than_floor if name == floor else Target()
            ratio(f"wireroom ÷ {name}", found["wireroom"], found[name], KEY, target)


def _measured(
    bench: Bench, count: int, flight: int, servers: tuple[str, ...]
) -> dict[str, list[Figures]]:
    def saturated(server: Running, subscribers: Subscribers, seconds: float) -> Figures:
        before = cpu_seconds(server.serving_pids)
        found = _whole(subscribers.saturate(flight, seconds))
        cpu = cpu_seconds(server.serving_pids) - before
        return {**found, "cpu_us": 1e6 * cpu / max(1, found["delivered"])}

    def opened(server: Running, subscribers: Subscribers) -> Figures:
        subscribers.open(count)
        return saturated(server, subscribers, bench.seconds)

    def burst(server: Running, subscribers: Subscribers) -> Figures:
        return saturated(server, subscribers, bench.seconds / BURSTS)

    if count > IN_BURSTS_TO:
        return bench.interleaved(servers, opened)
    return bench.by_bursts(servers, lambda subscribers: subscribers.open(count), burst)


def latency(bench: Bench) -> None:
    def measure(_server: Running, subscribers: Subscribers) -> Figures:
        subscribers.open(1_000)
        subscribers.rate(20, 1)
        return _whole(subscribers.rate(20, 2 * bench.seconds))

    title("Latency, 20 events/s to 1,000 subscribers (min / median / max)")
    found = bench.interleaved(("nchan", "wireroom", "starlette"), measure)
    for key, name in (("p50_us", "p50"), ("p99_us", "p99")):
        for server, figures in found.items():
            values(f"{server} {name}", figures, key, "ms", 1e-3)
        if "nchan" in found:
            target = Target(at_most=1)
            ratio(f"wireroom ÷ nchan, {name}", found["wireroom"], found["nchan"], key, target)


def durable(bench: Bench) -> None:
    """From a command to the socket: decided, committed with fsync, announced, written. Then the
    same from the end of the commit."""

    def measure(_server: Running, subscribers: Subscribers) -> Figures:
        subscribers.open(1_000)
        subscribers.ask("via durable")
        subscribers.rate(20, 1)
        found = _whole(subscribers.rate(20, 2 * bench.seconds))
        subscribers.ask("via committed")
        beyond = _whole(subscribers.rate(20, 2 * bench.seconds))
        return {**found, "beyond_p50_us": beyond["p50_us"], "beyond_p99_us": beyond["p99_us"]}

    title("Durable path: command to socket, 20 commands/s to 1,000 subscribers")
    found = bench.interleaved(("wireroom",), measure)["wireroom"]
    values("p50", found, "p50_us", "ms", 1e-3)
    values("p99", found, "p99_us", "ms", 1e-3)
    values("p50 beyond the commit", found, "beyond_p50_us", "ms", 1e-3)
    values("p99 beyond the commit (<= 25)", found, "beyond_p99_us", "ms", 1e-3)


def everybody(bench: Bench) -> None:
    count = 15_000

    def measure(_server: Running, subscribers: Subscribers) -> Figures:
        subscribers.open(count)
        found = _whole(subscribers.saturate(1, 2 * bench.seconds))
        return {"ms": 1e3 / found["events_per_s"]}

    title(f"One node: {count:,} connections held, an event to all of them")
    found = bench.interleaved(("floor", "nchan", "wireroom"), measure)
    for name, figures in found.items():
        values(name, figures, "ms", "ms an event")
    target = Target(at_most=1.5)
    ratio("wireroom ÷ floor", found["wireroom"], found["floor"], "ms", target)


def sustained(bench: Bench) -> None:
    def measure(server: Running, subscribers: Subscribers) -> Figures:
        subscribers.open(1_000)
        subscribers.rate(2_000, 10)
        held = []
        found: Figures = {}
        lost = 0.0
        for _ in range(max(1, int(bench.sustained_s / 5))):
            found = subscribers.rate(2_000, 5)
            lost += found["lost"] + found["missing"]
            held.append(resident_bytes(server.serving_pids) / 2**20)
        swing = (max(held) - min(held)) / min(held)
        return {**found, "lost": lost, "rss": held[-1], "swing": 100 * swing}

    title(f"Sustained: 2,000 events/s to 1,000 subscribers for {bench.sustained_s:.0f} s")
    found = [bench.one("wireroom", measure)]
    for key, unit in (("lost", "lost (0)"), ("swing", "% swing of memory (<= 10)")):
        values(key, found, key, unit)
    values("resident", found, "rss", "MiB")
    values("p99 of the last 5 s", found, "p99_us", "ms", 1e-3)


def _whole(found: Figures) -> Figures:
    """A figure of a server that lost something is no figure."""
    broken = {key: found[key] for key in ("lost", "missing", "repeated", "closed") if found[key]}
    if broken:
        print(f"  ! {broken}")
    return found
