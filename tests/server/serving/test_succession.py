"""A successor counts only once it says that it serves; otherwise we go on, without it."""

import asyncio
import os
import socket
import sys
from collections.abc import Iterator, Sequence

import pytest
from structlog.testing import capture_logs

from server.serving import heritage, succession
from server.serving.succession import Succession

READY = f"""
import os, time
number = int(os.environ[{heritage.VARIABLE!r}].split(",")[2])
os.write(number, {heritage.READY!r})
"""


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


@pytest.fixture
def lock(sock: socket.socket) -> int:
    return sock.fileno()  # any descriptor will do


def runs(monkeypatch: pytest.MonkeyPatch, *codes: str) -> None:
    """Each attempt runs the next of these instead of our own command."""
    waiting = list(codes)

    def command() -> Sequence[str]:
        return (sys.executable, "-c", waiting.pop(0))

    monkeypatch.setattr(succession, "command", command)


def attempts(succession_: Succession) -> "asyncio.Task[int]":
    succession_.ask()
    return asyncio.create_task(succession_.happens(succession_._sock.fileno()))


async def refused(logs: Sequence[object]) -> None:
    async with asyncio.timeout(20):
        while not any("successor_failed" in str(entry) for entry in logs):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_it_is_there_when_it_says_so(
    sock: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs(monkeypatch, READY)
    waiting = Succession(sock)

    pid = await attempts(waiting)

    assert waiting._process is not None
    assert pid == waiting._process.pid
    assert waiting._process.wait() == 0


async def test_one_that_ends_first_is_told_in_the_log_and_the_next_may_succeed(
    sock: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs(monkeypatch, "raise SystemExit(1)", READY)
    waiting = Succession(sock)

    with capture_logs() as logs:
        happening = attempts(waiting)
        await refused(logs)
        waiting.ask()
        await happening

    assert "ended before it was ready" in str(logs)
    assert waiting._process is not None
    assert waiting._process.wait() == 0


async def test_one_that_takes_too_long_is_ended(
    sock: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(succession, "PATIENCE_S", 0.05)
    runs(monkeypatch, "import time; time.sleep(60)")
    waiting = Succession(sock)

    with capture_logs() as logs:
        happening = attempts(waiting)
        await refused(logs)
        happening.cancel()

    assert "not ready within" in str(logs)
    assert waiting._process is not None
    assert waiting._process.returncode == -9


async def test_who_is_told_to_stop_takes_a_half_started_successor_along(
    sock: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs(monkeypatch, "import time; time.sleep(60)")
    waiting = Succession(sock)
    happening = attempts(waiting)
    async with asyncio.timeout(20):
        while waiting._process is None:  # noqa: ASYNC110 - the thread rings no bell
            await asyncio.sleep(0.01)

    happening.cancel()
    await asyncio.gather(happening, return_exceptions=True)

    assert waiting._process.returncode == -9


async def test_where_there_can_be_no_successor_the_log_says_why(sock: socket.socket) -> None:
    waiting = Succession(sock, refusal="The data of this desk goes with it.")

    with capture_logs() as logs:
        happening = attempts(waiting)
        await refused(logs)
        happening.cancel()

    assert "goes with it" in str(logs)


async def test_a_command_that_is_gone_is_told(
    sock: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(succession, "command", lambda: ("/nowhere/wireroom",))
    waiting = Succession(sock)

    with capture_logs() as logs:
        happening = attempts(waiting)
        await refused(logs)
        happening.cancel()

    assert "cannot be started" in str(logs)


def test_the_successor_is_started_as_we_were() -> None:
    assert succession.command() == (sys.executable, *sys.orig_argv[1:])
    assert os.path.isabs(succession.command()[0])  # noqa: PTH117 - a string is what exec takes
