"""The data folder and its one owner.

The lock is the kernel's (flock), so it goes with the process however that ends; what the file
says only tells others whom to talk to.
"""

import fcntl
import os
from pathlib import Path

import msgspec

from engine.errors import DataFolderBusy, StoreFailed
from engine.model import Record

LOCK_NAME = "owner.lock"


class Owner(Record, frozen=True, kw_only=True):
    """The process that serves a data folder; ``addr`` is empty when it serves nobody else."""

    pid: int
    addr: str = ""


class DataFolder:
    """A data folder this process owns until ``release``."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def acquire(cls, path: Path, addr: str = "") -> "DataFolder":
        """Create the folder if needed and take its lock.

        Raises DataFolderBusy naming the owner, StoreFailed when it cannot be written.
        """
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(path / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreFailed(f"The data folder {path} cannot be used: {error.strerror}.") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise _busy(path) from None
        folder = cls(path, lock)
        folder.announce(addr)
        return folder

    def announce(self, addr: str) -> None:
        """Write down where this process can be reached."""
        body = msgspec.json.encode(Owner(pid=os.getpid(), addr=addr))
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, body, 0)

    def release(self) -> None:
        os.ftruncate(self._lock, 0)
        os.close(self._lock)


def owner(path: Path) -> Owner | None:
    """The live owner of a data folder, or None. Takes nothing and creates nothing."""
    try:
        lock = os.open(path / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(path)
    else:
        return None
    finally:
        os.close(lock)


def _read(path: Path) -> Owner:
    try:
        return msgspec.json.decode((path / LOCK_NAME).read_bytes(), type=Owner)
    except (OSError, msgspec.DecodeError):
        return Owner(pid=0)


def _busy(path: Path) -> DataFolderBusy:
    found = _read(path)
    where = f" at {found.addr}" if found.addr else ""
    return DataFolderBusy(
        f"The data folder {path} belongs to another running Wireroom (process {found.pid}{where})."
    )
