"""What ``wireroom ingest`` is given: paths and URLs as sources. Looks, but opens nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from engine.errors import Invalid
from engine.ingest.files import files_in
from engine.ingest.sources import NewSource, guess_kind
from engine.ingest.urls import is_url

ReadKind = Literal["feed", "csv", "jsonl", "folder"]
"""The kinds that are read: to a push source, items are sent."""


def source_at(place: str, kind: ReadKind | None, title: str, columns: dict[str, str]) -> NewSource:
    """The source at a path or URL. Raises Invalid when nothing lies there."""
    asked = NewSource(location=place, kind=kind or guess_kind(place), title=title, columns=columns)
    if is_url(place):
        return asked
    path = Path(place)
    if not path.exists():
        raise Invalid(f"There is no file or folder {place}.")
    if path.is_dir() and kind not in (None, "folder"):
        raise Invalid(f"{place} is a folder: it cannot be read as {kind}.")
    if not path.is_dir() and asked.kind == "folder":
        if kind == "folder":
            raise Invalid(f"{place} is not a folder.")
        asked = replace(asked, kind="feed")  # a file whose name says nothing
    elif path.is_dir():
        asked = replace(asked, kind="folder")
    absolute: NewSource = replace(asked, location=str(path.resolve()))
    return absolute


def files_of(folder: NewSource) -> Iterator[NewSource]:
    """The files of a folder, one by one: what is sent to a desk that runs elsewhere."""
    for path, kind in files_in(Path(folder.location)):
        columns = folder.columns if kind in ("csv", "jsonl") else {}
        yield NewSource(location=str(path), kind=kind, title=path.stem, columns=columns)
