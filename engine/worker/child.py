"""One worker process and the pipes to it: start, exchange one job, stop."""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

from engine.worker.frames import FAILED, PART, REPLY, read_failure, read_result, request
from engine.worker.jobs import Job, joined

# -P: nothing is imported from the folder the desk happens to be started in.
COMMAND: Final = (sys.executable, "-P", "-m", "engine.worker")
_PIECE: Final = 256 * 1024
_LEAVE_S: Final = 5.0


class Died(Exception):
    """The process is gone."""


class Child:
    """A running worker process. One exchange at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process has no pipes")
        self._process = process
        self._requests = process.stdin
        self._replies = process.stdout

    @classmethod
    async def start(cls, command: Sequence[str] = COMMAND) -> Self:
        """Start it in a session of its own: signals of the terminal are the parent's business."""
        return cls(
            await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
                env=_environment(),
            )
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    async def exchange(self, job: Job[Any]) -> Any:
        """The result of ``job``; raises its error, or Died."""
        head, body = request(job)
        try:
            await self._send(head, body)
        except (ConnectionError, RuntimeError) as error:
            # uvloop raises RuntimeError on a pipe whose other end has gone.
            raise Died from error
        try:
            return await self._receive(job)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Died from error

    async def stop(self) -> None:
        """End its input and wait until it has left."""
        self._requests.close()
        try:
            async with asyncio.timeout(_LEAVE_S):
                await self._process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        self._requests.close()
        await self._process.wait()

    async def _send(self, head: bytes, body: bytes) -> None:
        self._requests.write(head)
        # In pieces: the loop is free between them, and little is buffered.
        view = memoryview(body)
        for start in range(0, len(body), _PIECE):
            self._requests.write(view[start : start + _PIECE])
            await self._requests.drain()
        await self._requests.drain()

    async def _receive(self, job: Job[Any]) -> Any:
        parts: list[Any] = []
        while True:
            kind, length = REPLY.unpack(await self._replies.readexactly(REPLY.size))
            encoded = await self._replies.readexactly(length)
            if kind == FAILED:
                raise read_failure(encoded)
            parts.append(read_result(job, encoded))
            if kind != PART:
                return joined(parts)
            await asyncio.sleep(0)


def _environment() -> dict[str, str]:
    """The parent's, with the place this very package was imported from in front."""
    home = str(Path(__file__).resolve().parents[2])
    others = os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": os.pathsep.join([home, others] if others else [home])}
