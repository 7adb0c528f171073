"""A real server process, started as a user starts it, on a data folder and a free port."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WIREROOM = (sys.executable, "-m", "server.cli")
PATIENCE_S = 60.0


class Server:
    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws") + "/ws"

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and wait; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


@contextmanager
def serving(*arguments: str, environment: dict[str, str] | None = None) -> Iterator[Server]:
    """``wireroom serve`` with ``arguments``; ready when it says its address."""
    process = subprocess.Popen(
        [*WIREROOM, "serve", "--addr", "127.0.0.1:0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "WIREROOM_SETTLE_S": "0.1", **(environment or {})},
    )
    try:
        yield Server(process, _address(process))
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE_S)
        assert process.stdout is not None
        process.stdout.close()


def run(
    *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """``wireroom`` with ``arguments``, to its end."""
    return subprocess.run(
        [*WIREROOM, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env={**os.environ, **(environment or {})},
        check=False,
    )


def token(data_dir: Path, name: str, *roles: str) -> str:
    given = [part for role in roles for part in ("--role", role)]
    made = run("token", "issue", "--name", name, *given, "--data-dir", str(data_dir))
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        ready, _, _ = select.select([process.stdout], [], [], 1.0)
        if ready:
            line = process.stdout.readline()
            if not line:
                break
            said += line
            if found := re.search(r"is at (http\S+)", said):
                return found.group(1)
    raise AssertionError(f"The server did not start: {said}")
