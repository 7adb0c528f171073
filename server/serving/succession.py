"""Raising the next generation: the same command, with our socket and our data folder's lock.

It serves beside us before we are told, so there is no moment at which nobody listens. If it does
not come to that, nothing has changed here and we go on.
"""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Sequence

import structlog

from server.serving import heritage

PATIENCE_S = 60.0
"""A successor that does not serve by then will not."""

log = structlog.get_logger(__name__)


class SuccessorFailed(Exception):
    """The next generation does not serve; says why."""


class Succession:
    """Waits until it is asked for a successor. ``refusal`` says why there can be none."""

    def __init__(self, sock: socket.socket, refusal: str = "") -> None:
        self._sock = sock
        self._refusal = refusal
        self._asked = asyncio.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self) -> None:
        self._asked.set()

    async def happens(self, lock: int) -> int:
        """The process id of a successor that serves. A failed attempt is logged, and the next
        request is a new one; cancelling ends an attempt under way."""
        while True:
            await self._asked.wait()
            try:
                return await self._attempt(lock)
            except SuccessorFailed as error:
                log.error("successor_failed", reason=str(error))
            except Exception:  # whatever it was, we go on serving
                log.exception("successor_failed")
            self._asked.clear()

    async def _attempt(self, lock: int) -> int:
        if self._refusal:
            raise SuccessorFailed(self._refusal)
        hear, tell = os.pipe()
        try:
            self._process = await asyncio.to_thread(_start, self._sock.fileno(), lock, tell)
        except OSError as error:
            os.close(hear)
            raise SuccessorFailed(f"It cannot be started: {error.strerror}.") from None
        finally:
            os.close(tell)
        log.info("successor_starts", successor=self._process.pid)
        try:
            await _ready(hear)
        except BaseException:
            await _end(self._process)
            raise
        finally:
            os.close(hear)
        return self._process.pid


def command() -> Sequence[str]:
    """How this process was started, with whatever the interpreter was told."""
    return (sys.executable, *sys.orig_argv[1:])


def _start(sock: int, lock: int, ready: int) -> subprocess.Popen[bytes]:
    # Not asyncio's: its transport would kill the successor when our loop closes.
    return subprocess.Popen(  # noqa: S603 - the very command we were started with
        command(),
        pass_fds=(sock, lock, ready),
        env={**os.environ, heritage.VARIABLE: heritage.written(sock, lock, ready)},
    )


async def _ready(hear: int) -> None:
    """Return once the successor says that it serves. Raises SuccessorFailed."""
    loop = asyncio.get_running_loop()
    spoke = asyncio.Event()
    loop.add_reader(hear, spoke.set)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await spoke.wait()
    except TimeoutError:
        raise SuccessorFailed(f"It was not ready within {PATIENCE_S:g} s.") from None
    finally:
        loop.remove_reader(hear)
    if os.read(hear, len(heritage.READY)) != heritage.READY:
        raise SuccessorFailed("It ended before it was ready; its own message says why.")


async def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    await asyncio.shield(asyncio.to_thread(process.wait))
