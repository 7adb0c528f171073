"""Runs a client in a process of its own and reads what it says happens to it.

A driver is a command that is given an address and options as JSON, and prints one JSON object a
line: ``event`` or ``snapshot`` with its cursor, ``waits_ms`` before it comes back, ``refused`` with
a code. Any client in any language can be driven so.
"""

import asyncio
import json
import os
import shlex
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PATIENCE_S = 30.0
DRIVERS: dict[str, Sequence[str]] = {
    "python": (sys.executable, str(HERE / "follow.py")),
    "javascript": (
        shutil.which("node") or "",
        "--no-warnings",
        "--experimental-websocket",
        str(HERE / "follow.mjs"),
    ),
}
if other := os.environ.get("WIREROOM_CONFORMANCE_CLIENT"):
    DRIVERS = {"other": shlex.split(other)}


class Driven:
    """A client at work."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[dict[str, Any]] = []

    @property
    def shown(self) -> list[str]:
        """Cursors of events and snapshots, in the order in which they were handed out."""
        return [str(v) for one in self.said for k, v in one.items() if k in ("event", "snapshot")]

    @property
    def waits_ms(self) -> list[float]:
        return [one["waits_ms"] for one in self.said if "waits_ms" in one]

    async def until_it_shows(self, count: int) -> list[str]:
        while len(self.shown) < count:
            await self._listen()
        return self.shown

    async def until_refused(self) -> str:
        while not self.said or "refused" not in self.said[-1]:
            await self._listen()
        return str(self.said[-1]["refused"])

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            line = await self._process.stdout.readline()
        assert line, f"The client ended after {self.said}."
        self.said.append(json.loads(line))


@asynccontextmanager
async def driven(driver: Sequence[str], url: str, **options: Any) -> AsyncIterator[Driven]:
    wanted = json.dumps({"topics": ["issue"], **options})
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    process = await asyncio.create_subprocess_exec(
        *driver,
        url,
        wanted,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        yield Driven(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
