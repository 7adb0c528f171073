"""The second place: signed heads are appended to it, so that a cut or rolled back log shows.

A file (JSON Lines, only ever appended to) or a URL that takes the same lines by POST. Blocking:
call it off the event loop.
"""

import os
import urllib.error
import urllib.request
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from engine.errors import AnchorFailed
from engine.model import Record, SignedHead, SigningKey

TIMEOUT_S = 5.0
MEDIA_TYPE = "application/x-ndjson"

Entry = SigningKey | SignedHead
_decoder = msgspec.json.Decoder(Entry)


class Anchored(Record, frozen=True, kw_only=True):
    """What an anchor file holds; ``unreadable`` counts lines that are none of ours."""

    keys: tuple[SigningKey, ...]
    heads: tuple[SignedHead, ...]
    unreadable: int


class Anchor(Protocol):
    def append(self, entries: Sequence[Entry]) -> None:
        """Put the entries there for good. Raises AnchorFailed; then none may be relied on."""
        ...


def anchor_at(place: str) -> Anchor | None:
    """The anchor that the setting names, None for an empty one."""
    if not place:
        return None
    return UrlAnchor(place) if "://" in place else FileAnchor(Path(place))


class FileAnchor:
    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, entries: Sequence[Entry]) -> None:
        try:
            file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(file, _torn(file) + lines(entries))
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise AnchorFailed(
                f"The anchor {self._path} cannot be written: {error.strerror}."
            ) from None


class UrlAnchor:
    def __init__(self, url: str) -> None:
        self._url = url

    def append(self, entries: Sequence[Entry]) -> None:
        request = urllib.request.Request(  # noqa: S310 (the settings have looked at the scheme)
            self._url, data=lines(entries), headers={"Content-Type": MEDIA_TYPE}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 (the settings have looked at the scheme)
                answer.read(1)
        except urllib.error.HTTPError as error:
            error.close()
            raise AnchorFailed(f"The anchor answered {error.code}.") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise AnchorFailed(f"The anchor could not be reached: {reason}.") from None


def read(path: Path) -> Anchored:
    """Every entry of an anchor file. Raises AnchorFailed when it cannot be read.

    A line that a crash has torn is counted and passed over: signatures say what to believe.
    """
    keys: list[SigningKey] = []
    heads: list[SignedHead] = []
    unreadable = 0
    try:
        with path.open("rb") as file:
            for line in file:
                entry = _entry(line)
                if isinstance(entry, SigningKey):
                    keys.append(entry)
                elif entry is not None:
                    heads.append(entry)
                else:
                    unreadable += bool(line.strip())
    except OSError as error:
        raise AnchorFailed(f"The anchor {path} cannot be read: {error.strerror}.") from None
    return Anchored(keys=tuple(keys), heads=tuple(heads), unreadable=unreadable)


def lines(entries: Iterable[Entry]) -> bytes:
    return b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)


def _entry(line: bytes) -> Entry | None:
    try:
        entry: Entry = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return entry


def _torn(file: int) -> bytes:
    """A line break when the last line was left without one."""
    size = os.fstat(file).st_size
    return b"\n" if size and os.pread(file, 1, size - 1) != b"\n" else b""
