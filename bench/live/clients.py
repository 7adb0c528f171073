"""The clients in C, compiled when they are needed, and spoken to by line."""

import json
import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parent / "c"
Answer = dict[str, Any]


class Tools:
    """Compiled programs in a folder of their own; raises SystemExit without a C compiler."""

    def __init__(self, folder: Path, core: int) -> None:
        self._folder = folder
        self.core = core
        for name in ("load", "get", "floor"):
            command = ["cc", "-O2", "-o", str(folder / name), str(SOURCES / f"{name}.c")]
            try:
                subprocess.run(command, check=True)
            except (OSError, subprocess.CalledProcessError) as error:
                raise SystemExit(f"A C compiler named cc is needed: {error}") from None

    def path(self, name: str) -> str:
        return str(self._folder / name)

    @contextmanager
    def subscribers(self, *given: object) -> Iterator["Subscribers"]:
        process = subprocess.Popen(
            [self.path("load"), *map(str, given)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {self.core}),
        )
        try:
            yield Subscribers(process)
        finally:
            process.kill()
            process.wait()

    def get(self, *given: object) -> Answer:
        done = subprocess.run(
            [self.path("get"), *map(str, given)],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
            preexec_fn=lambda: os.sched_setaffinity(0, {self.core}),
        )
        answer: Answer = json.loads(done.stdout)
        return answer


class Subscribers:
    """The load client; its commands are described in ``c/load.c``."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.pid = process.pid

    def open(self, count: int) -> Answer:
        answer = self.ask(f"open {count}")
        if answer["open"] < count:
            raise SystemExit(f"Only {answer['open']} of {count} subscribers got in.")
        return answer

    def ask(self, command: str, seconds: float = 0.0) -> Answer:
        """One command, its answer. ``seconds`` is how long it measures."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], seconds + 200)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            raise SystemExit(f"The load client did not answer {command!r}.")
        answer: Answer = json.loads(line)
        return answer

    def saturate(self, in_flight: int, seconds: float) -> Answer:
        return self.ask(f"saturate {in_flight} {seconds}", seconds)

    def rate(self, per_second: float, seconds: float) -> Answer:
        return self.ask(f"rate {per_second} {seconds}", seconds)
