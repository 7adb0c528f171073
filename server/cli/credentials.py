"""The token for a running desk: from the environment or a private file, never from an option.

What stands on a command line is in the shell's history and in the process list.
"""

from collections.abc import Mapping
from pathlib import Path

from engine.errors import SettingInvalid

VARIABLE = "WIREROOM_TOKEN"


def token(environ: Mapping[str, str], file: Path | None) -> str | None:
    """The token in ``file``, else the one in the environment, else None."""
    if file is None:
        return environ.get(VARIABLE) or None
    return secret_in(file, "token")


def secret_in(file: Path, noun: str) -> str:
    """What a private file holds. Raises SettingInvalid, also when others can read it."""
    try:
        open_to_others = file.stat().st_mode & 0o077
        secret = file.read_text("utf-8").strip()
    except OSError as error:
        raise SettingInvalid(f"The {noun} file {file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SettingInvalid(f"The {noun} file {file} does not hold a {noun}.") from None
    if open_to_others:
        raise SettingInvalid(f"Others can read the {noun} file {file}: run chmod 600 {file}.")
    if not secret:
        raise SettingInvalid(f"The {noun} file {file} is empty.")
    return secret
