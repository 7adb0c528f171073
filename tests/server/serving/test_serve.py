"""The process from start to end, on a real port."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from msgspec.structs import replace

from engine import Settings
from engine.errors import SettingInvalid
from server import keys
from server.app import create_app
from server.serving import serve as serving
from server.serving import succession
from server.serving.heritage import READY, VARIABLE, Heritage
from server.serving.listening import bind
from tests.server.desk import FakeEngine
from tests.server.live.serving import until

START = """
import sys
from pathlib import Path
from engine import Settings
from server.serving.serve import serve

if __name__ == "__main__":
    settings = Settings(addr="127.0.0.1:0", data_dir=Path(sys.argv[1]), log_level="error")
    serve(settings, lambda address: print(address, flush=True))
"""


SUCCESSOR = f"""
import os
os.write(int(os.environ[{VARIABLE!r}].split(",")[2]), {READY!r})
"""


class Running:
    """A server on the test's loop, with a fake engine behind it."""

    def __init__(self, settings: Settings, given: Heritage = serving.NOTHING) -> None:
        self.desk = FakeEngine()
        self.stop = asyncio.Event()
        self.address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.app: web.Application | None = None
        run = serving.run(settings, self.address.set_result, self.stop, self.create, given)
        self.task = asyncio.create_task(run)

    async def create(self, settings: Settings) -> web.Application:
        self.app = await create_app(settings, self.desk)  # type: ignore[arg-type]  # a fake
        return self.app


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(addr="127.0.0.1:0", data_dir=tmp_path, mock=True)


@pytest.fixture
async def running(settings: Settings) -> AsyncIterator[Running]:
    running = Running(settings)
    yield running
    running.stop.set()
    await running.task


async def test_the_address_is_told_once_it_answers(running: Running) -> None:
    address = await running.address

    async with ClientSession() as session, session.get(f"{address}/readyz") as response:
        assert response.status == 200


async def test_leaving_is_quick_with_streams_and_idle_connections_open(
    running: Running,
) -> None:
    address = await running.address
    async with ClientSession() as session, session.ws_connect(f"{address}/ws") as socket:
        await socket.receive_json()
        async with session.get(f"{address}/healthz") as response:
            await response.read()

        began = time.monotonic()
        running.stop.set()
        goodbye = await socket.receive_json()
        await socket.receive()
        await running.task

    assert goodbye["op"] == "goodbye"
    assert socket.close_code == 1012
    assert time.monotonic() - began < serving.SHUTDOWN_S


async def test_a_connection_that_has_said_nothing_is_counted_and_closed_when_we_leave(
    running: Running,
) -> None:
    host, port = (await running.address).removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    assert running.app is not None
    connections = running.app[keys.CONNECTIONS]
    await until(lambda: len(connections) == 1)

    running.stop.set()
    async with asyncio.timeout(5):
        said = await reader.read()
    await running.task

    assert said == b""
    assert len(connections) == 0
    writer.close()


async def test_a_request_in_flight_is_answered_before_we_leave(running: Running) -> None:
    address = await running.address
    running.desk.gate.clear()
    async with ClientSession() as session:
        asking = asyncio.create_task(session.get(f"{address}/roi/today"))
        await running.desk.asked.wait()

        running.stop.set()
        await asyncio.sleep(0)
        running.desk.gate.set()

        response = await asking
        assert response.status == 200
        await response.read()


async def test_while_leaving_the_server_is_not_ready(
    settings: Settings,
) -> None:
    running = Running(replace(settings, behind_proxy=True, drain_s=0.2))
    address = await running.address

    running.stop.set()
    await asyncio.sleep(0)
    async with ClientSession() as session, session.get(f"{address}/readyz") as response:
        status, code = response.status, (await response.json())["code"]
    await running.task

    assert (status, code) == (503, "shutting_down")
    assert running.app is not None
    assert running.app[keys.LIFE].draining


async def test_a_successor_that_serves_is_left_to(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "LINGER_S", 0.2)
    monkeypatch.setattr(succession, "command", lambda: (sys.executable, "-c", SUCCESSOR))
    raised: list[subprocess.Popen[bytes]] = []
    start = succession._start

    def start_and_note(*numbers: int) -> subprocess.Popen[bytes]:
        raised.append(start(*numbers))
        return raised[-1]

    monkeypatch.setattr(succession, "_start", start_and_note)
    running = Running(replace(settings, mock=False))
    address = await running.address
    async with ClientSession() as session:
        async with session.get(f"{address}/healthz") as response:
            stays = "Connection" not in response.headers

        os.kill(os.getpid(), signal.SIGUSR2)
        async with asyncio.timeout(20):
            while not running.desk.told:  # noqa: ASYNC110 - the fake rings no bell
                await asyncio.sleep(0.01)
        async with session.get(f"{address}/readyz") as response:
            status, connection = response.status, response.headers["Connection"]
        await running.task

    assert [process.wait() for process in raised] == [0]
    assert stays
    assert (status, connection) == (503, "close")
    assert running.desk.told == ["stand down"]


async def test_a_successor_takes_the_folder_and_then_says_that_it_serves(
    settings: Settings,
) -> None:
    hear, tell = os.pipe()
    with bind(settings) as sock:
        given = Heritage(sock.dup(), lock=0, ready=tell)
        running = Running(settings, given)

        address = await running.address
        async with ClientSession() as session, session.get(f"{address}/healthz") as response:
            status = response.status
        running.stop.set()
        await running.task

    assert status == 200
    assert running.desk.told == ["claim"]
    assert os.read(hear, 16) == READY
    os.close(hear)


async def test_a_mock_desk_has_no_successor(running: Running) -> None:
    address = await running.address

    os.kill(os.getpid(), signal.SIGUSR2)
    async with ClientSession() as session, session.get(f"{address}/readyz") as response:
        status = response.status

    assert status == 200
    assert running.desk.told == []


async def test_a_port_in_use_stops_before_the_data_folder_is_touched(
    settings: Settings, tmp_path: Path
) -> None:
    with bind(settings) as first:
        first.listen()
        port = first.getsockname()[1]
        busy = replace(settings, addr=f"127.0.0.1:{port}", data_dir=tmp_path / "untouched")

        with pytest.raises(SettingInvalid, match="in use"):
            await serving.run(busy, print)

    assert not busy.data_dir.exists()


async def test_what_fails_at_the_start_frees_the_port(settings: Settings) -> None:
    async def broken(_settings: Settings) -> web.Application:
        raise SettingInvalid("The example day cannot be read.")

    with pytest.raises(SettingInvalid, match="example day"):
        await serving.run(settings, print, create=broken)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
async def test_with_a_certificate_the_server_speaks_tls(settings: Settings, tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-nodes", "-keyout", str(key), "-out", str(cert), "-days", "1", "-subj", "/CN=desk"),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await make.wait() == 0
    running = Running(replace(settings, tls_cert=cert, tls_key=key))

    address = await running.address
    async with ClientSession() as session, session.get(f"{address}/healthz", ssl=False) as answer:
        status = answer.status
    running.stop.set()
    await running.task

    assert address.startswith("https://")
    assert status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_real_process_with_success(
    tmp_path: Path, number: signal.Signals
) -> None:
    script = tmp_path / "start.py"
    script.write_text(START)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        str(tmp_path / "desk"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        address = (await process.stdout.readline()).decode().strip()
        async with ClientSession() as session, session.get(f"{address}/healthz") as response:
            assert response.status == 200

        process.send_signal(number)

        assert await process.wait() == 0
