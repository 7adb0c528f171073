"""Restarts under load: real processes, one after the other, and nobody notices."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, closing
from itertools import count
from pathlib import Path

import aiohttp
import pytest

from engine.store.folder import owner
from server.client import Event, Follower, Snapshot, follow
from tests.end_to_end.process import PATIENCE_S, Server, serving, token

FOLLOWERS = 50
RESTARTS = 3


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    """A data folder; whoever owns it in the end is stopped, since nobody else knows its number."""
    folder = tmp_path / "desk"
    yield folder
    last = owner(folder)
    if last is not None:
        os.kill(last.pid, signal.SIGTERM)
        await has_left(folder, last.pid)


def pid_of(folder: Path) -> int:
    found = owner(folder)
    return found.pid if found else 0


async def has_left(folder: Path, pid: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while is_running(pid):  # noqa: ASYNC110 - a process rings no bell
            await asyncio.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def children_of(pid: int) -> set[int]:
    """The kernel lists them by the thread that started them."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(child) for one in lists for child in one.read_text().split()}


async def restart(folder: Path) -> None:
    """Ask for a successor; returns when the predecessor has gone."""
    before = pid_of(folder)
    os.kill(before, signal.SIGUSR2)
    async with asyncio.timeout(PATIENCE_S):
        while pid_of(folder) in (0, before):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
    await has_left(folder, before)


async def gather_events(follower: Follower, heard: list[Event | Snapshot]) -> None:
    async with aclosing(follower.__aiter__()) as messages:
        async for message in messages:
            heard.append(message)


async def change(
    server: Server, secret: str, stop: asyncio.Event, parity: int, *, keeps_alive: bool
) -> list[int]:
    """Change the config again and again; the status of every answer."""
    statuses: list[int] = []
    connector = aiohttp.TCPConnector(force_close=not keeps_alive)
    headers = {"Authorization": f"Bearer {secret}"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        for n in count():
            if stop.is_set():
                return statuses
            minute = (2 * n + parity) % 1_440
            body = {"time_of_day": f"{minute // 60:02}:{minute % 60:02}"}
            async with session.post(f"{server.url}/config", json=body) as answer:
                await answer.read()
                statuses.append(answer.status)
            await asyncio.sleep(0.05)
    return statuses


def committed(folder: Path) -> list[int]:
    with closing(sqlite3.connect(folder / "wireroom.sqlite3")) as connection:
        query = "SELECT seq FROM events WHERE type = 'config.changed' ORDER BY seq"
        return [row[0] for row in connection.execute(query)]


async def test_restarts_lose_no_event_fail_no_request_and_refuse_no_connection(
    folder: Path,
) -> None:
    secret = token(folder, "Ada", "admin")
    unlimited = {"WIREROOM_PRINCIPAL_RATE": "0"}
    with serving("--data-dir", str(folder), environment=unlimited) as server:
        followers = [
            follow(server.url, topics=["config"], token=secret, snapshot=False)
            for _ in range(FOLLOWERS)
        ]
        heard: list[list[Event | Snapshot]] = [[] for _ in followers]
        following = [
            asyncio.create_task(gather_events(follower, messages))
            for follower, messages in zip(followers, heard, strict=True)
        ]
        await until(lambda: all(follower.state == "following" for follower in followers))
        stop = asyncio.Event()
        changing = [
            asyncio.create_task(change(server, secret, stop, parity, keeps_alive=bool(parity)))
            for parity in (0, 1)
        ]

        for done in range(1, RESTARTS + 1):
            await restart(folder)
            # Back-off is each follower's own: one still away now would sleep through the next.
            await until(lambda n=done: all(one.reconnects >= n for one in followers))
            await until(lambda: all(one.state == "following" for one in followers))
        stop.set()
        statuses = [status for task in changing for status in await task]
        expected = committed(folder)
        await until(lambda: all(one and number(one[-1]) >= expected[-1] for one in heard))
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)

    assert set(statuses) == {200}
    assert len(statuses) == len(expected)
    assert all([number(message) for message in messages] == expected for messages in heard)
    assert all(follower.reconnects == RESTARTS for follower in followers)


def number(message: Event | Snapshot) -> int:
    """A snapshot in the middle would mean that something could not be recovered."""
    assert isinstance(message, Event)
    return int(message.id.rpartition("-")[2])


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - other tasks ring no bell
            await asyncio.sleep(0.02)


async def test_a_successor_that_cannot_start_leaves_everything_as_it_was(folder: Path) -> None:
    secret = token(folder, "Ada", "admin")
    config = folder.parent / "settings.toml"
    config.write_text("ring_size = 100\n")
    with serving("--data-dir", str(folder), "--config", str(config)) as server:
        before = pid_of(folder)
        config.write_text("ring_size = 0\n")

        os.kill(before, signal.SIGUSR2)
        await until(lambda: len(children_of(before)) > 1)
        await until(lambda: len(children_of(before)) == 1)

        async with aiohttp.ClientSession() as session:
            headers = {"Authorization": f"Bearer {secret}"}
            async with session.get(f"{server.url}/config", headers=headers) as answer:
                assert answer.status == 200
        assert pid_of(folder) == before
        config.write_text("ring_size = 200\n")
        await restart(folder)
        assert pid_of(folder) not in (0, before)


async def test_a_mock_desk_says_no_to_a_successor_and_goes_on() -> None:
    with serving("--mock") as server:
        os.kill(server.process.pid, signal.SIGUSR2)

        async with aiohttp.ClientSession() as session:
            for _ in range(3):
                async with session.get(f"{server.url}/readyz") as answer:
                    assert answer.status == 200
        assert server.stop() == 0


async def test_told_to_stop_while_a_successor_starts_both_are_gone(folder: Path) -> None:
    token(folder, "Ada", "admin")
    with serving("--data-dir", str(folder)) as server:
        worker = children_of(server.process.pid)

        os.kill(server.process.pid, signal.SIGUSR2)
        await until(lambda: len(children_of(server.process.pid)) > 1)
        (successor,) = children_of(server.process.pid) - worker
        stopped = await asyncio.to_thread(server.stop)

    assert stopped == 0
    assert not is_running(successor)
    assert owner(folder) is None
