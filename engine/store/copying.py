"""A consistent copy of the database in one file, made while others write to it."""

import os
import sqlite3
from pathlib import Path

from engine.errors import StoreFailed


def copy(source: Path, target: Path) -> None:
    """Write what ``source`` holds at one moment into ``target``, for its owner alone.

    Writers are not held up. Nothing of erased rows is in the copy. Raises StoreFailed; then there
    is no ``target``.
    """
    try:
        # SQLite fills an empty file, and would give a new one to everybody the umask lets in.
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreFailed(f"{target} cannot be written: {error.strerror}.") from None
    try:
        _copy(source, target)
    except (sqlite3.Error, OSError) as error:
        target.unlink(missing_ok=True)
        raise StoreFailed(f"{source} could not be copied to {target}: {error}.") from None


def _copy(source: Path, target: Path) -> None:
    connection = sqlite3.connect(
        f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=10, isolation_level=None
    )
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()
    with target.open("rb") as file:
        os.fsync(file.fileno())
