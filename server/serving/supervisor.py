"""Telling systemd what it asks for with ``Type=notify``: ready, leaving, a new main process."""

import os
import socket
from contextlib import suppress


def notify(message: str) -> None:
    """Send one ``NAME=value``; without a supervisor, or if it does not listen, nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.sendto(message.encode(), address)
