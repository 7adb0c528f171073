"""Running the command line in this process, and a desk in another."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).parents[3]


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Wireroom = Callable[..., Ran]


class Running(NamedTuple):
    """A desk that serves; ``said`` is what it printed until it was ready."""

    url: str
    said: str
    process: "subprocess.Popen[str]"


def serving(folder: Path, *options: str) -> Iterator[Running]:
    """Serve from ``folder`` until the caller is done, then leave as Ctrl-C does."""
    command = [sys.executable, "-m", "server.cli", "serve", "--addr", "127.0.0.1:0", *options]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("WIREROOM_")
    }
    environment["PYTHONPATH"] = str(REPOSITORY)
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = ""
        while "Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, f"the desk ended with {process.wait()}: {said}"
            said += line
        yield Running(said.split()[3], said, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        process.stdout.close()
