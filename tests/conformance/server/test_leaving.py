"""A server that restarts says goodbye, and nobody misses anything. Only of a server we started."""

import asyncio
import os
import signal
from pathlib import Path

import aiohttp
import pytest

from tests.conformance.server.conftest import OURS
from tests.conformance.server.desk import Desk
from tests.conformance.server.speaking import number, talking
from tests.end_to_end.process import serving, token

IS_ELSEWHERE = "WIREROOM_CONFORMANCE_URL" in os.environ

pytestmark = [
    pytest.mark.xdist_group("conformance"),
    pytest.mark.skipif(IS_ELSEWHERE, reason="This server is not ours to restart."),
]


async def test_a_restart_says_goodbye_and_is_resumed_without_a_gap(tmp_path: Path) -> None:
    data = tmp_path / "desk"
    secret = token(data, "Ana", "admin", "auditor")
    with serving("--data-dir", str(data), environment=OURS) as server:
        desk = Desk(server.url, secret, True)
        async with talking(desk) as talker, aiohttp.ClientSession() as http:
            headers = {"Authorization": f"Bearer {secret}"}
            stream = await http.get(f"{desk.url}/events?topics=config", headers=headers)
            await talker.follow("config")
            await desk.happens(3)
            seen = await talker.until_it_has(3)
            server.process.send_signal(signal.SIGTERM)
            goodbye = await talker.op("goodbye")
            code = await talker.code()
            streamed = (await asyncio.wait_for(stream.read(), 20)).decode()
        ended = server.process.wait(30)
    with serving("--data-dir", str(data), environment=OURS) as server:
        desk = Desk(server.url, secret, True)
        await desk.happens(2)
        async with talking(desk) as talker:
            subscribed = await talker.follow("config", since=seen[-1])
            later = await talker.until_it_has(2)

    low, high = goodbye["reconnect_ms"]
    assert 0 <= low <= high
    assert (code, ended) == (1012, 0)
    assert "retry: " in streamed.rpartition("data: ")[2]
    assert subscribed["recovered"] is True
    assert [number(cursor) for cursor in later] == [number(seen[-1]) + n for n in (1, 2)]


async def test_a_killed_server_is_resumed_without_a_gap(tmp_path: Path) -> None:
    data = tmp_path / "desk"
    secret = token(data, "Ana", "admin", "auditor")
    with serving("--data-dir", str(data), environment=OURS) as server:
        desk = Desk(server.url, secret, True)
        async with talking(desk) as talker:
            start = (await talker.follow("config"))["from"]
            await desk.happens(2)
            seen = await talker.until_it_has(2)
            await desk.happens(3)
            server.stop(signal.SIGKILL)
    with serving("--data-dir", str(data), environment=OURS) as server:
        async with talking(Desk(server.url, secret, True)) as talker:
            subscribed = await talker.follow("config", since=seen[-1])
            seen += await talker.until_it_has(3)

    assert subscribed["recovered"] is True
    assert [number(cursor) for cursor in seen] == [number(start) + n for n in range(1, 6)]
