"""The files of a package and their shapes, as written and as checked. Pure.

Every shape refuses fields it does not know: a package says nothing that nobody checks.
"""

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from engine.model import (
    Assets,
    AuditRow,
    Content,
    Evidence,
    Policy,
    Priority,
    Record,
    Statement,
)

FORMAT: Final = "wireroom-package/1"
BRIEF, ASSETS, REPORT, AUDIT, MANIFEST = (
    "brief.json",
    "assets.json",
    "report.html",
    "audit.json",
    "manifest.json",
)
Time = Annotated[datetime, Meta(tz=True)]
"""A time that says its offset."""

FIXED_NAMES = (BRIEF, ASSETS, REPORT, AUDIT, MANIFEST)


def evidence_name(number: int) -> str:
    """The file of the evidence that the report prints as ``[number]``, from 1."""
    return f"evidence/{number}.json"


class BriefFile(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``brief.json``: one revision without its assets, which have their own file."""

    brief_id: str
    revision: int
    as_of: Time
    items: int
    author: str
    digest: str
    policy: Policy
    title: str
    quadrant: str
    priority: Priority
    summary: tuple[Statement, ...]
    risks: tuple[Statement, ...]
    opportunities: tuple[Statement, ...]
    recommendations: tuple[Statement, ...]
    evidence: tuple[Evidence, ...]

    def content(self, assets: dict[str, Assets]) -> Content:
        """What was signed, put together again."""
        return Content(
            title=self.title,
            quadrant=self.quadrant,
            priority=self.priority,
            summary=self.summary,
            risks=self.risks,
            opportunities=self.opportunities,
            recommendations=self.recommendations,
            evidence=self.evidence,
            assets=assets,
        )


class SourceText(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cited item, as far as a reader of the package needs it."""

    id: str
    source_id: str
    title: str
    text: str
    url: str
    publisher: str
    published: datetime | None
    arrived: datetime


class EvidenceFile(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``evidence/<n>.json``: one quote and the item it was taken from."""

    number: int
    evidence: Evidence
    item: SourceText

    def is_exact(self) -> bool:
        """Whether the item really says the quote, at the offsets the evidence names."""
        cited = self.evidence
        source = self.item.title if cited.field == "title" else self.item.text
        in_range = 0 <= cited.start <= cited.end <= len(source)
        quoted = source[cited.start : cited.end] if in_range else None
        return cited.item_id == self.item.id and quoted == cited.quote


class AuditFile(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``audit.json``: what the log says of this brief, without anybody's notes."""

    brief_id: str
    rows: tuple[AuditRow, ...]


class Approval(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who signed, in which role, how they signed in, what it means, and when.

    ``deputy`` is written only where one signed: packages of before deputies stay as they are.
    """

    role: str
    principal_id: str
    name: str
    method: str
    meaning: Literal["approved"]
    digest: str
    at: Time
    expires_at: Time
    deputy: bool = False


class FileEntry(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    size: int
    sha256: str


class Facts(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the manifest states, and all that the report prints beside the content.

    ``as_of`` and the times of the sign-offs carry the offset of the desk's ``timezone``, so that
    printing them needs no time-zone table.
    """

    format: Literal["wireroom-package/1"]
    report_version: int
    brief_id: str
    revision: int
    title: str
    desk: str
    timezone: str
    as_of: Time
    later_items: int
    digest_scheme: str
    digest: str
    policy: Policy
    single_signed: bool
    contributors: tuple[str, ...]
    signoffs: tuple[Approval, ...]


class Manifest(Facts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``manifest.json``: the facts, and name, size and SHA-256 of every other file."""

    files: tuple[FileEntry, ...]


def to_json(value: object) -> bytes:
    """The one form JSON has in a package: fields as declared, other keys sorted, indented."""
    compact = msgspec.json.encode(value, order="deterministic")
    return msgspec.json.format(compact, indent=2) + b"\n"
