"""What a process is born with: a listening socket and, from a predecessor, its data folder.

Descriptors come by number: from the generation before in ``WIREROOM_HERITAGE``, from systemd's
socket activation in ``LISTEN_FDS`` and ``LISTEN_PID``. Both are taken out of the environment, so
that no child believes they were meant for it.
"""

import os
import socket
from collections.abc import MutableMapping
from contextlib import suppress

from msgspec import Struct

from engine.errors import SettingInvalid

VARIABLE = "WIREROOM_HERITAGE"
READY = b"ready"
_FIRST_FD = 3  # systemd's SD_LISTEN_FDS_START


class Heritage(Struct, frozen=True):
    """``lock`` is the data folder's, ``ready`` a pipe on which the predecessor waits for a word."""

    sock: socket.socket | None = None
    lock: int | None = None
    ready: int | None = None

    def tell_ready(self) -> None:
        """From now on the predecessor may leave."""
        if self.ready is not None:
            with suppress(BrokenPipeError):  # it has left already, in another way
                os.write(self.ready, READY)
            os.close(self.ready)


def written(sock: int, lock: int, ready: int) -> str:
    """The variable's value for a successor that inherits these descriptors."""
    return f"{sock},{lock},{ready}"


def take(environ: MutableMapping[str, str]) -> Heritage:
    """What this process was given, if anything. Raises SettingInvalid for what cannot be it."""
    given = environ.pop(VARIABLE, None)
    activated = {name: environ.pop(name, "") for name in ("LISTEN_PID", "LISTEN_FDS")}
    environ.pop("LISTEN_FDNAMES", None)
    if given is not None:
        return _from_predecessor(given)
    if activated["LISTEN_PID"] == str(os.getpid()):
        return _from_systemd(activated["LISTEN_FDS"])
    return Heritage()


def _from_predecessor(given: str) -> Heritage:
    try:
        sock, lock, ready = (int(part) for part in given.split(","))
        for number in (lock, ready):
            os.set_inheritable(number, False)
    except (ValueError, OSError):
        raise SettingInvalid(f"{VARIABLE} is {given!r}; only Wireroom itself sets it.") from None
    return Heritage(_socket(sock, VARIABLE), lock, ready)


def _from_systemd(count: str) -> Heritage:
    if count != "1":
        raise SettingInvalid(f"LISTEN_FDS is {count!r}: Wireroom listens on exactly one socket.")
    return Heritage(_socket(_FIRST_FD, "LISTEN_FDS"))


def _socket(number: int, variable: str) -> socket.socket:
    try:
        sock = socket.socket(fileno=number)
    except OSError as error:
        raise SettingInvalid(f"{variable} names no socket: {error.strerror}.") from None
    sock.set_inheritable(False)
    sock.setblocking(False)
    return sock
