"""The private signing key's file in the data folder: only its owner may read it."""

import os
from pathlib import Path

from engine.errors import KeyUnusable

KEY_NAME, NEXT_NAME = "signing.key", "signing.key.next"


def read(folder: Path, name: str = KEY_NAME) -> bytes | None:
    """The key, None without one. Raises KeyUnusable when others can read it."""
    path = folder / name
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise KeyUnusable(
                    f"Others can read the signing key {path}: run chmod 600 {path}, and rotate the "
                    "key if somebody may have."
                )
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyUnusable(f"The signing key {path} cannot be read: {error.strerror}.") from None


def write(folder: Path, pem: bytes, name: str = KEY_NAME) -> None:
    """Put the key down whole or not at all, for nobody else's eyes."""
    path = folder / name
    partial = path.with_name(f".{name}.{os.getpid()}")
    try:
        private = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(private, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise KeyUnusable(f"The signing key {path} cannot be written: {error.strerror}.") from None
    finally:
        partial.unlink(missing_ok=True)


def promote(folder: Path) -> None:
    """Let the next key take the place of the one before."""
    (folder / NEXT_NAME).replace(folder / KEY_NAME)


def discard_next(folder: Path) -> None:
    (folder / NEXT_NAME).unlink(missing_ok=True)
