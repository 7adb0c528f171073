"""A new source, checked: its id, its kind, its columns. Pure: nothing is fetched or opened."""

import re
import unicodedata
from collections.abc import Container
from typing import Final
from urllib.parse import urlsplit

from msgspec import field

from engine.errors import Conflict, Invalid, NotAllowed
from engine.ingest.columns import FIELDS
from engine.ingest.urls import canonical_url, host_of, is_url
from engine.model import ID_PATTERN, Record, Source, SourceKind

_ENDINGS: Final[dict[str, SourceKind]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
_FEED_ENDINGS: Final = (".xml", ".rss", ".atom", ".rdf", ".json")
_SLUG_LENGTH: Final = 40
_LONGEST: Final = 2_000


class NewSource(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source as someone asks for it. Without ``kind`` it is guessed from the location."""

    location: str = ""
    kind: SourceKind | None = None
    title: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    id: str | None = None


def checked(new: NewSource, taken: Container[str] = (), *, allow_files: bool = True) -> Source:
    """The source to add. Raises Invalid, NotAllowed (a file where only URLs are), Conflict."""
    location = new.location.strip()
    kind = new.kind or guess_kind(location)
    if kind != "push":
        _check_location(location, kind, allow_files=allow_files)
    _check_columns(new.columns, kind)
    title = " ".join(new.title.split())[:200] or _name(location) or kind
    return Source(
        id=_given_id(new.id, taken) if new.id is not None else _free_id(title, taken),
        kind=kind,
        location=location,
        title=title,
        columns=new.columns,
    )


def push_source(title: str) -> Source:
    """The source that items pushed under this title belong to: the same one every time."""
    shown = " ".join(title.split())[:200] or "push"
    return Source(id=_slug(shown) or "push", kind="push", location="", title=shown)


def guess_kind(location: str) -> SourceKind:
    """By the ending: rows by theirs, a path without a known ending is a folder, else a feed."""
    path = (urlsplit(location).path if is_url(location) else location).lower()
    for ending, kind in _ENDINGS.items():
        if path.endswith(ending):
            return kind
    if is_url(location) or path.endswith(_FEED_ENDINGS):
        return "feed"
    return "folder"


def _check_location(location: str, kind: SourceKind, *, allow_files: bool) -> None:
    if not location or len(location) > _LONGEST or "\0" in location:
        raise Invalid("location must be a path or an http(s) URL of at most 2,000 characters.")
    if is_url(location):
        if kind == "folder":
            raise Invalid("location of a folder must be a path, not a URL.")
        if not canonical_url(location):
            raise Invalid("location is not a valid http(s) URL.")
        if "@" in urlsplit(location).netloc:
            raise Invalid("location must not carry a user name or password: everybody reads it.")
    elif re.match(r"[a-z][a-z0-9+.-]+://", location.lower()):
        raise Invalid("location must be a path or an http(s) URL.")
    elif not allow_files:
        raise NotAllowed("Only http(s) URLs may be added here, not paths.")


def _check_columns(columns: dict[str, str], kind: SourceKind) -> None:
    if columns and kind not in ("csv", "jsonl", "folder"):
        raise Invalid(f"columns are for csv and jsonl sources, not for {kind}.")
    for name in columns:
        if name not in FIELDS:
            raise Invalid(f"columns names {name!r}; an item has {', '.join(FIELDS)}.")
    if columns and "title" not in columns:
        raise Invalid("columns must say which column holds the title.")


def _given_id(wanted: str, taken: Container[str]) -> str:
    if not re.fullmatch(ID_PATTERN.strip("^$"), wanted):
        raise Invalid("id must be 1 to 64 lower-case letters, digits and dashes.")
    if wanted in taken:
        raise Conflict(f"There is already a source {wanted!r}.")
    return wanted


def _free_id(title: str, taken: Container[str]) -> str:
    slug = _slug(title) or "source"
    if slug not in taken:
        return slug
    return next(name for n in range(2, 1_000_000) if (name := f"{slug}-{n}") not in taken)


def _slug(title: str) -> str:
    letters = unicodedata.normalize("NFKD", title).lower()
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_LENGTH].rstrip("-")


def _name(location: str) -> str:
    """The host of a URL, the last part of a path without its ending."""
    if is_url(location):
        return host_of(location)
    return re.sub(r"\.\w{1,6}$", "", location.rstrip("/").rpartition("/")[2])
