"""The servers that are compared: how each is started, on one core, and how the client speaks to it.

Only one of them works at a time. Those that are not installed are left out, and named.
"""

import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from machine import children

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PORT = 8791
"""Of the first server; the next port is where Wireroom is told what to say. Those that run beside
it have the next two each."""
EVENT_BYTES = 300
NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")

NGINX = """
{user}
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
load_module {module};
events {{ worker_connections 19000; }}
http {{
  access_log off;
  nchan_shared_memory_size 256M;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /sub {{
      nchan_subscriber websocket;
      nchan_channel_id bench;
      nchan_subscriber_first_message newest;
    }}
    location = /pub {{
      nchan_publisher websocket;
      nchan_channel_id bench;
      nchan_message_timeout 5s;
    }}
  }}
}}
"""


class Running(NamedTuple):
    """A server that listens. ``client`` is what the load client is started with."""

    name: str
    process: "subprocess.Popen[str]"
    client: tuple[object, ...]
    token: str = ""

    @property
    def pids(self) -> list[int]:
        return [self.process.pid, *children(self.process.pid)]

    @property
    def serving_pids(self) -> list[int]:
        """Without Wireroom's worker, which holds no connection."""
        return [self.process.pid] if self.name == "wireroom" else self.pids


class Servers:
    """``core`` is the servers'; ``peers`` the Python that has starlette and python-socketio."""

    def __init__(self, folder: Path, core: int, floor: str, peers: str) -> None:
        self._folder = folder
        self._core = core
        self._floor = floor
        self._peers = peers
        self._starts = 0
        self.missing = dict(self._not_installed())

    def _not_installed(self) -> Iterator[tuple[str, str]]:
        if not (shutil.which("nginx") and NCHAN_MODULE.exists()):
            yield "nchan", "install nginx and libnginx-mod-nchan"
        for name, modules in (("starlette", "starlette, uvicorn"), ("socketio", "socketio")):
            found = subprocess.run([self._peers, "-c", f"import {modules}"], capture_output=True)
            if found.returncode:
                yield name, f"{self._peers} cannot import {modules} (see --peers)"

    def has(self, name: str) -> bool:
        return name not in self.missing

    @contextmanager
    def start(self, name: str, body_bytes: int = 0, place: int = 0) -> Iterator[Running]:
        port = PORT + 2 * place
        self._starts += 1
        folder = self._folder / f"{name}-{self._starts}"
        folder.mkdir()
        process = subprocess.Popen(
            self._command(name, port, folder, body_bytes),
            stdout=subprocess.PIPE,
            stderr=(folder / "stderr").open("w"),
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            preexec_fn=lambda: os.sched_setaffinity(0, {self._core}),
        )
        try:
            yield self._ready(name, port, process, folder)
        finally:
            _stop(process)
            shutil.rmtree(folder)

    def _command(self, name: str, port: int, folder: Path, body_bytes: int) -> list[str]:
        match name:
            case "wireroom":
                script = str(HERE / "wireroom_server.py")
                return [sys.executable, script, str(port), str(port + 1), str(folder / "desk")]
            case "nchan":
                user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
                text = NGINX.format(user=user, folder=folder, module=NCHAN_MODULE, port=port)
                (folder / "nginx.conf").write_text(text)
                return ["nginx", "-p", str(folder), "-c", "nginx.conf", "-g", "daemon off;"]
            case "floor" | "floor joined":
                return [self._floor, str(port), "joined" if "joined" in name else "each"]
        script = str(HERE / "peers" / f"{name}_server.py")
        return [self._peers, script, str(port), str(body_bytes)]

    def _ready(
        self, name: str, port: int, process: "subprocess.Popen[str]", folder: Path
    ) -> Running:
        if name == "wireroom":
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise SystemExit("Wireroom did not start:\n" + (folder / "stderr").read_text())
            said = json.loads(line)
            client = ("wireroom", port, port + 1, said["event_bytes"], said["token"])
            return Running(name, process, client, said["token"])
        _wait_for_port(name, port, process, folder)
        dialect = "socketio" if name == "socketio" else "plain"
        return Running(name, process, (dialect, port, port, EVENT_BYTES))


def _wait_for_port(name: str, port: int, process: "subprocess.Popen[str]", folder: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"{name} did not start:\n" + (folder / "stderr").read_text())


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
