"""Which column holds what: a guess from the names, and a check of a given mapping. Pure."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from engine.errors import SourceFailed

FIELDS: Final = ("title", "text", "url", "guid", "publisher", "published")
# In the order they are tried; compared without case, spaces, dashes and underscores.
NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "title": ("title", "headline", "heading", "subject", "name"),
        "text": (
            *("text", "summary", "lead", "body", "content", "contenttext", "description"),
            *("statement", "abstract"),
        ),
        "url": ("url", "link", "href", "address", "permalink"),
        "guid": ("guid", "id", "ref", "reference", "uuid", "key"),
        "publisher": (
            *("publisher", "outlet", "source", "organisation", "organization", "newspaper"),
            *("author", "feed"),
        ),
        "published": (
            *("published", "publishedat", "publisheddate", "datepublished", "date", "timestamp"),
            *("time", "datetime", "pubdate", "when", "released", "created", "createdat"),
        ),
    }
)


def guess(header: Sequence[str]) -> dict[str, str]:
    """Field to column name for the names that are obvious; no column is used twice."""
    plain: dict[str, str] = {}
    for name in header:
        plain.setdefault(_plain(name), name)
    found: dict[str, str] = {}
    for field in FIELDS:
        known = next((known for known in NAMES[field] if known in plain), None)
        if known is not None:
            found[field] = plain.pop(known)
    return found


def settled(given: Mapping[str, str], header: Sequence[str]) -> dict[str, str]:
    """The mapping to read by: the given one, checked, or a guess. Raises SourceFailed."""
    columns = dict(given) or guess(header)
    missing = [column for column in columns.values() if column not in header]
    if missing:
        raise SourceFailed(f"There is no column {missing[0]!r}; the columns are {_listed(header)}.")
    if "title" not in columns:
        raise SourceFailed(f"No column holds the title; the columns are {_listed(header)}.")
    return columns


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def _listed(header: Sequence[str]) -> str:
    return ", ".join(name[:40] for name in header[:20])
