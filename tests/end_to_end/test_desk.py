"""The whole desk as its users meet it: a real process, its command line, two kinds of client."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import websockets

from tests.end_to_end.process import PATIENCE_S, Server, run, serving, token

STORY = "The dockers of Calder rejected offer {n} on Monday. The port said {n} ships are waiting."


def items(count: int) -> list[dict[str, str]]:
    return [
        {
            "title": f"Calder port strike: dockers reject offer {n}",
            "text": STORY.format(n=n + 2),
            "url": f"https://outlet{n}.example/strike",
            "publisher": f"Outlet {n}",
        }
        for n in range(count)
    ]


class Follower:
    """Everything one WebSocket has brought, for tests to wait on."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self.events: list[dict[str, Any]] = []

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = json.loads(await self._socket.recv())
                if "op" not in message:
                    self.events.append(message)
                    if wanted(message):
                        return message

    @property
    def seqs(self) -> list[int]:
        ids = (event["id"] for event in self.events if not event["id"].startswith("~"))
        return [int(one.rpartition("-")[2]) for one in ids]


@asynccontextmanager
async def following(
    server: Server, secret: str, since: str | None = None
) -> AsyncIterator[Follower]:
    """A follower on the ``websockets`` package, which is not what the server is made of."""
    async with websockets.connect(server.ws_url, max_size=2**24) as socket:
        hello = json.loads(await socket.recv())
        if hello["auth"] == "required":
            await socket.send(json.dumps({"op": "auth", "id": 1, "token": secret}))
            assert json.loads(await socket.recv())["op"] == "ok"
        topics = ["issue", "brief", "review", "export", "ingest", "config"]
        subscribe = {"op": "subscribe", "id": 2, "topics": topics, "since": since}
        await socket.send(json.dumps({k: v for k, v in subscribe.items() if v is not None}))
        reply = json.loads(await socket.recv())
        assert reply["op"] == "subscribed"
        assert reply["recovered"] is (since is not None)
        yield Follower(socket)


def of_type(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event["type"] == name


async def call(server: Server, secret: str, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {secret}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, server.url + path, json=body) as answer,
    ):
        if answer.content_type == "application/zip":
            return await answer.read()
        return await answer.json()


async def test_feeds_become_a_signed_package_and_a_follower_sees_every_step(
    tmp_path: Path,
) -> None:
    data = tmp_path / "desk"
    ana = token(data, "Ana", "Analyst")
    sam = token(data, "Sam", "Strategy Head")
    with serving("--data-dir", str(data)) as server:
        async with following(server, ana) as follower:
            pushed = await call(server, ana, "POST", "/ingest/items", {"items": items(8)})
            written = await follower.until(of_type("brief.written"))
            brief = written["data"]["brief"]
            for secret, role in ((ana, "Analyst"), (sam, "Strategy Head")):
                await follower_settles(server, ana, brief["id"])
                digest = (await call(server, ana, "GET", f"/brief/{brief['id']}"))["data"]
                signed = await call(
                    server,
                    secret,
                    "POST",
                    "/review/signoff",
                    {
                        "role": role,
                        "approve": True,
                        "brief_id": brief["id"],
                        "digest": digest["brief"]["digest"],
                    },
                )
                assert signed["success"], signed
            await follower.until(of_type("review.gate_opened"))
            package = await call(server, sam, "POST", f"/export/{brief['id']}")
            await follower.until(of_type("export.created"))

    file = tmp_path / "package.zip"
    file.write_bytes(package)
    verified = run("verify", str(file))
    assert pushed["data"]["read"] == 8
    assert follower.seqs == list(range(follower.seqs[0], follower.seqs[0] + len(follower.seqs)))
    assert verified.returncode == 0, verified.stdout + verified.stderr


async def follower_settles(server: Server, secret: str, brief_id: str) -> None:
    """Open for review, so that the text stays as it is read."""
    await call(server, secret, "POST", f"/brief/{brief_id}/review")


async def test_a_killed_server_goes_on_with_its_run_and_a_follower_misses_nothing(
    tmp_path: Path,
) -> None:
    data = tmp_path / "desk"
    ana = token(data, "Ana", "Analyst", "admin")
    rows = "title,link\n" + "".join(
        f"Council of Brenn number {n} meets on {n * 7},https://b{n}.example/\n" for n in range(3000)
    )
    headers = {"Authorization": f"Bearer {ana}", "Content-Type": "text/csv"}
    with serving("--data-dir", str(data)) as server:
        async with following(server, ana) as first:
            async with aiohttp.ClientSession(headers=headers) as session:
                answer = await session.post(f"{server.url}/ingest/items", data=rows.encode())
                assert answer.status in (200, 202), await answer.text()
            await first.until(of_type("issue.added"))
            server.stop(signal.SIGKILL)
            with pytest.raises(websockets.ConnectionClosed):
                await first.until(lambda _: False)
    seen = [event["id"] for event in first.events if not event["id"].startswith("~")]

    with serving("--data-dir", str(data)) as server:
        async with following(server, ana, since=seen[-1]) as second:
            finished = await second.until(of_type("ingest.finished"))
        status = await call(server, ana, "GET", "/ingest/status")

    numbers = first.seqs + second.seqs
    run_row = finished["data"]["run"]
    assert run_row["read"] == run_row["new"] + run_row["duplicates"] == 3000
    assert status["data"]["count"] == status["data"]["last_run"]["new"] + near(status)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def near(status: dict[str, Any]) -> int:
    """Near-duplicates are kept; exact ones are not, and these rows have none."""
    return int(status["data"]["last_run"]["duplicates"])


async def test_an_answered_signoff_survives_kill_nine(tmp_path: Path) -> None:
    data = tmp_path / "desk"
    ana = token(data, "Ana", "Analyst")
    with serving("--data-dir", str(data)) as server:
        async with following(server, ana) as follower:
            await call(server, ana, "POST", "/ingest/items", {"items": items(8)})
            brief = (await follower.until(of_type("brief.written")))["data"]["brief"]
        request = {"role": "Analyst", "approve": True, "brief_id": brief["id"]}
        signed = await call(server, ana, "POST", "/review/signoff", request)
        server.stop(signal.SIGKILL)

    with serving("--data-dir", str(data)) as server:
        after = await call(server, ana, "GET", f"/brief/{brief['id']}")

    assert signed["success"]
    assert [s["name"] for s in after["data"]["brief"]["signoffs"]] == ["Ana"]


def test_ctrl_c_ends_the_server_in_order(tmp_path: Path) -> None:
    with serving("--data-dir", str(tmp_path / "desk")) as server:
        code = server.stop(signal.SIGINT)

    assert code == 0


def test_a_second_server_on_the_same_folder_or_port_is_told_in_one_sentence(
    tmp_path: Path,
) -> None:
    with serving("--data-dir", str(tmp_path / "desk")) as server:
        address = server.url.removeprefix("http://")
        folder = run("serve", "--data-dir", str(tmp_path / "desk"), "--addr", "127.0.0.1:0")
        port = run("serve", "--data-dir", str(tmp_path / "other"), "--addr", address)

    for result, words in ((folder, "belongs to another running Wireroom"), (port, "in use")):
        assert result.returncode != 0
        assert words in result.stderr
        assert "Traceback" not in result.stderr
        assert len(result.stderr.strip().splitlines()) <= 2


async def test_outside_mock_mode_nothing_is_open_but_the_public_paths(tmp_path: Path) -> None:
    with serving("--data-dir", str(tmp_path / "desk")) as server:
        async with aiohttp.ClientSession() as session:
            closed = await session.get(f"{server.url}/classify/today")
            alive = await session.get(f"{server.url}/healthz")
            ready = await session.get(f"{server.url}/readyz")

    assert (closed.status, alive.status, ready.status) == (401, 200, 200)


async def test_the_example_day_plays_a_proposal_and_two_signoffs(tmp_path: Path) -> None:
    with serving("--mock") as server:
        async with following(server, "") as follower:
            await follower.until(of_type("ingest.progress"))
            await follower.until(of_type("brief.proposed"))
            await follower.until(of_type("review.signed"))
            await follower.until(of_type("review.gate_opened"))

    types = {event["type"] for event in follower.events}
    assert {"issue.added", "ingest.progress", "brief.written"} <= types
    assert follower.seqs == list(range(follower.seqs[0], follower.seqs[0] + len(follower.seqs)))
