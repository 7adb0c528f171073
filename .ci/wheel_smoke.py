"""Start the installed desk from an empty folder and see it fill. Standard library only."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

PATIENCE_S = 60.0


def main() -> None:
    wireroom = sys.argv[1]
    origin = f"http://127.0.0.1:{free_port()}"
    command = [wireroom, "serve", "--mock", "--addr", origin.removeprefix("http://")]
    desk = subprocess.Popen(command)  # noqa: S603 (the program that was just installed)
    try:
        issues = wait_for_issues(desk, origin)
        scripts = page_files(origin)
    finally:
        desk.send_signal(signal.SIGINT)
        left = desk.wait(timeout=30)
    expect(left in (0, 130), f"the desk left with {left}")
    expect(not list(Path().iterdir()), "the desk wrote into the folder it was started from")
    print(f"The wheel serves its packaged example day: {issues} issues,")
    print(f"and its page with {scripts} files.")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def wait_for_issues(desk: "subprocess.Popen[bytes]", origin: str) -> int:
    """Poll until the scripted issues and at least one that came from a feed are there."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        expect(desk.poll() is None, "the desk ended by itself")
        total = issue_total(origin)
        if total > 4:
            return total
        time.sleep(0.2)
    sys.exit("the desk did not fill from its packaged examples in time")


def issue_total(origin: str) -> int:
    try:
        address = f"{origin}/classify/today"
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 (always http)
            total: int = json.load(answer)["data"]["total"]
            return total
    except OSError:
        return 0


def page_files(origin: str) -> int:
    """Read the page and every file that it names."""
    with urllib.request.urlopen(origin, timeout=5) as answer:  # noqa: S310 (always http)
        named = set(re.findall(r'(?:href|src)="(/[^"]+)"', answer.read().decode()))
    for one in named:
        urllib.request.urlopen(origin + one, timeout=5).close()  # noqa: S310 (always http)
    return len(named)


def expect(fact: bool, otherwise: str) -> None:
    if not fact:
        sys.exit(otherwise)


if __name__ == "__main__":
    main()
