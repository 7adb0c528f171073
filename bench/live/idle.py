"""What a quiet WebSocket costs the server: resident memory, by path.

    python bench/live/idle.py [connections]

Each path gets a process of its own, with a desk in a temporary folder. A first thousand
connections come before anything is counted, so that arenas and caches are warm, and stay: what
they would free, the counted ones would use. Every connection has subscribed and then says
nothing. Kernel memory is not counted.
"""

import asyncio
import base64
import json
import os
import resource
import secrets
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from engine.engine import Engine
from engine.settings import Settings
from server.app import create_app
from server.serving.serve import run

PATHS = ("slim", "stock")
WARM_UP = 1_000
SUBSCRIBE = {"op": "subscribe", "id": 1, "topics": ["issue"], "snapshot": False}


def main() -> None:
    if len(sys.argv) == 4:
        serve(sys.argv[2] == "slim", Path(sys.argv[3]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 2 * WARM_UP,) * 2)
    for path in PATHS:
        kilobytes, milliseconds = measure(path, count)
        print(
            f"{path:6} {count} connections: {kilobytes:.2f} KB resident each, "
            f"{milliseconds:.2f} ms CPU of the server to connect one"
        )


def measure(path: str, count: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, __file__, "serve", path, folder], stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            others = connect(port, WARM_UP)
            before, cpu = resident_kb(server.pid), cpu_s(server.pid)
            sockets = connect(port, count)
            cost = (resident_kb(server.pid) - before) / count
            spent = (cpu_s(server.pid) - cpu) * 1000 / count
            close(sockets + others)
            return cost, spent
        finally:
            server.terminate()
            server.wait(30)


def serve(is_slim: bool, folder: Path) -> None:
    """A server whose reads are open, and that plays nothing."""
    import uvloop

    settings = Settings(
        addr="127.0.0.1:0",
        data_dir=folder,
        mock=True,
        slim_websocket=is_slim,
        max_connections=19_000,
        heartbeat_s=3600,
        log_level="warning",
    )

    def announce(address: str) -> None:
        print(address.rpartition(":")[2], flush=True)

    async def served() -> None:
        engine = await Engine.open(settings)
        try:
            await run(settings, announce, create=lambda given: create_app(given, engine))
        finally:
            await engine.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(served())


def connect(port: int, count: int) -> list[socket.socket]:
    return [subscriber(port) for _ in range(count)]


def subscriber(port: int) -> socket.socket:
    """A socket that has read the server's answer to its subscription."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    sock.sendall(
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101\r\n"
        "Accept-Language: en-GB,en;q=0.7\r\nPragma: no-cache\r\n\r\n".encode()
    )
    read_until(sock, b'"op":"hello"')
    text = json.dumps(SUBSCRIBE).encode()
    sock.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
    read_until(sock, b'"op":"subscribed"')
    return sock


def read_until(sock: socket.socket, wanted: bytes) -> None:
    received = b""
    while wanted not in received:
        more = sock.recv(65_536)
        if not more:
            raise SystemExit(f"The server hung up: {received!r}")
        received += more


def close(sockets: list[socket.socket]) -> None:
    for sock in sockets:
        sock.close()


def resident_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise SystemExit("The server has gone.")


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
