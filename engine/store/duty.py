"""Who does what only one process may do, while two share a data folder.

Runs, the scribe and the clock belong to the process on duty. The lease is the kernel's (flock on
a file of its own), so it needs no renewing and no clock, nobody can lose it without knowing, and
it is free the moment its holder has ended, however that came about.
"""

import fcntl
import os
from pathlib import Path

from engine.errors import StoreFailed

DUTY_NAME = "duty.lock"


class Duty:
    def __init__(self, folder: Path) -> None:
        self._path = folder / DUTY_NAME
        self._lock: int | None = None

    @property
    def is_held(self) -> bool:
        return self._lock is not None

    def take(self) -> bool:
        """Go on duty unless another process is; never waits. Raises StoreFailed."""
        if self._lock is not None:
            return True
        try:
            lock = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreFailed(f"{self._path} cannot be used: {error.strerror}.") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
