"""The base of every model, and the kinds of values that several of them share. Pure."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Priority = Literal["low", "medium", "high", "critical"]
PRIORITIES: tuple[Priority, ...] = ("low", "medium", "high", "critical")
LensName = Literal["ceo", "coo", "director"]
Audience = Literal["CEO", "COO", "Director", "Board", "Members"]
AUDIENCES: tuple[Audience, ...] = ("CEO", "COO", "Director", "Board", "Members")
SourceKind = Literal["feed", "csv", "jsonl", "folder", "push"]
BriefState = Literal["draft", "in_review", "released", "merged"]
Quadrant = Annotated[str, Meta(min_length=1, max_length=50)]

ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,63}$"
Id = Annotated[str, Meta(pattern=ID_PATTERN)]
Role = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")]
Score = Annotated[float, Meta(ge=0.0, le=1.0)]


class Record(Struct, frozen=True, kw_only=True):
    """Base of every model struct: immutable, fields given by name."""
