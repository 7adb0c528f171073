"""The live channel's figures, measured on loopback against those it is compared with.

    .venv/bin/python bench/live/figures.py [SCENARIO ...] [--rounds 5] [--seconds 3]

Servers are pinned to the first core, clients to the last. README.md beside this file says what
each scenario measures and how long it takes.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import desk
import fanout
import holding
import machine
from clients import Tools
from rounds import Bench
from servers import Servers

SCENARIOS: dict[str, Callable[[Bench], None]] = {
    "fanout": fanout.one_at_a_time,
    "inflight": fanout.in_flight,
    "latency": fanout.latency,
    "durable": fanout.durable,
    "idle": holding.idle_memory,
    "everybody": fanout.everybody,
    "reconnect": holding.reconnect,
    "frozen": holding.frozen,
    "ingest": desk.while_ingesting,
    "get": desk.hot_get,
    "sustained": fanout.sustained,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of one measurement")
    parser.add_argument("--sustained", type=float, default=60.0, help="seconds; the target is 300")
    parser.add_argument(
        "--tolerate", type=float, default=0.12, help="share of a core that others may take"
    )
    parser.add_argument(
        "--peers", default=sys.executable, help="a Python that has starlette and python-socketio"
    )
    given = parser.parse_args()
    unknown = [name for name in given.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"there is no scenario {unknown[0]!r}: {', '.join(SCENARIOS)}")
    cores = sorted(os.sched_getaffinity(0))
    machine.allow_many_files()
    with tempfile.TemporaryDirectory() as folder:
        tools = Tools(Path(folder), cores[-1])
        servers = Servers(Path(folder), cores[0], tools.path("floor"), given.peers)
        bench = Bench(
            servers,
            tools,
            rounds=given.rounds,
            seconds=given.seconds,
            sustained_s=given.sustained,
            tolerated=given.tolerate,
        )
        run(bench, given.scenarios or list(SCENARIOS), cores)


def run(bench: Bench, names: list[str], cores: list[int]) -> None:
    print(f"{machine.describe()}\nservers on core {cores[0]}, clients on core {cores[-1]}")
    print(f"{bench.rounds} interleaved rounds of {bench.seconds:g} s; min / median / max")
    for name, why in bench.servers.missing.items():
        print(f"without {name}: {why}")
    began = time.monotonic()
    for name in names:
        SCENARIOS[name](bench)
    print(
        f"\n{time.monotonic() - began:.0f} s; others took up to {bench.worst_foreign:.0%} of a core"
    )


if __name__ == "__main__":
    main()
