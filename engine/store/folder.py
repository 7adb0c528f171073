"""The data folder and its one owner, who may hand it down to a successor.

The lock is the kernel's (flock), so it goes with the process however that ends; what the file
says only tells others whom to talk to. The lock belongs to the open file, not to the process: one
that inherits the descriptor owns the folder too, and it stays taken until both have let go.
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
    """A data folder this process owns until ``release``. ``lock`` is the open lock file."""

    def __init__(self, path: Path, lock: int, addr: str) -> None:
        self.path = path
        self.lock = lock
        self._addr = addr

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
        folder = cls(path, lock, addr)
        folder.claim()
        return folder

    @classmethod
    def share(cls, path: Path, addr: str, lock: int) -> "DataFolder":
        """Own the folder beside the process that handed ``lock`` down, which stays the one to
        talk to until ``claim``.

        Raises StoreFailed when ``lock`` is not this folder's, DataFolderBusy when it is not held.
        """
        try:
            is_ours = os.path.samestat(os.fstat(lock), (path / LOCK_NAME).stat())
        except OSError:
            is_ours = False
        if not is_ours:
            raise StoreFailed(f"The lock that was handed down is not that of the folder {path}.")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(path) from None
        return cls(path, lock, addr)

    def claim(self) -> None:
        """Write down that this process is the one to talk to, and where."""
        body = msgspec.json.encode(Owner(pid=os.getpid(), addr=self._addr))
        os.ftruncate(self.lock, 0)
        os.pwrite(self.lock, body, 0)

    def release(self) -> None:
        # A successor has put its own name there, and stays.
        if _read(self.path).pid == os.getpid():
            os.ftruncate(self.lock, 0)
        os.close(self.lock)


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
