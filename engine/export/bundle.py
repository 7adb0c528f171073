"""The package that leaves: a released revision in, the bytes of one ZIP out. Pure.

The same input is the same bytes: no clock, no randomness, one order, one container form.
"""

import hashlib
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from msgspec.structs import asdict

from engine.errors import Invalid, PackageInvalid
from engine.export import container, package, report
from engine.export.package import (
    Approval,
    AuditFile,
    BriefFile,
    EvidenceFile,
    Facts,
    FileEntry,
    Manifest,
    SourceText,
    to_json,
)
from engine.export.redact import redacted
from engine.export.verify import verify
from engine.model import AuditRow, Evidence, Item, Record, Revision, SignOff
from engine.review.digest import SCHEME


class Released(Record, frozen=True, kw_only=True):
    """Everything a package is made of.

    ``signoffs`` are the valid ones (those that no longer count are left out), ``items`` at least
    the cited ones, ``contributors`` the ids of who wrote part of the text. ``later_items`` have
    come in since and are not included. Rows of ``audit`` about anything else are left out.
    ``timezone`` (an IANA name) is the one times are printed in.
    """

    revision: Revision
    signoffs: tuple[SignOff, ...]
    items: tuple[Item, ...]
    contributors: frozenset[str] = frozenset()
    later_items: int = 0
    audit: tuple[AuditRow, ...] = ()
    desk: str = "Wireroom"
    timezone: str = "UTC"


class Package(Record, frozen=True, kw_only=True):
    filename: str
    data: bytes
    sha256: str
    manifest: Manifest


def build(released: Released) -> Package:
    """Make the package. Raises PackageInvalid rather than let one leave that would not verify."""
    facts = _facts(released)
    files = _files(released, facts)
    manifest = Manifest(**asdict(facts), files=tuple(_file_entry(n, b) for n, b in files.items()))
    data = container.pack({**files, package.MANIFEST: to_json(manifest)})
    verdict = verify(data)
    if not verdict.ok:
        raise PackageInvalid(f"The package would not verify: {' '.join(verdict.problems)}")
    return Package(
        filename=f"{facts.brief_id}-{facts.revision}.zip",
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        manifest=manifest,
    )


def _facts(released: Released) -> Facts:
    revision, zone = released.revision, ZoneInfo(released.timezone)
    approvals = (s for s in released.signoffs if s.approve and not s.voided)
    return Facts(
        format=package.FORMAT,
        report_version=report.VERSION,
        brief_id=revision.brief_id,
        revision=revision.number,
        title=revision.content.title,
        desk=released.desk,
        timezone=released.timezone,
        as_of=revision.as_of.astimezone(zone),
        later_items=released.later_items,
        digest_scheme=SCHEME,
        digest=revision.digest,
        policy=revision.policy,
        single_signed=not revision.policy.dual,
        contributors=tuple(sorted(released.contributors)),
        signoffs=tuple(_approval(s, zone) for s in approvals),
    )


def _approval(signoff: SignOff, zone: ZoneInfo) -> Approval:
    return Approval(
        role=signoff.role,
        principal_id=signoff.principal_id,
        name=signoff.name,
        method=signoff.method,
        meaning="approved",
        digest=signoff.digest,
        at=signoff.at.astimezone(zone),
        expires_at=signoff.expires_at.astimezone(zone),
        deputy=signoff.deputy,
    )


def _files(released: Released, facts: Facts) -> dict[str, bytes]:
    """Every file but the manifest, in the order they are packed."""
    content, items = released.revision.content, {item.id: item for item in released.items}
    files = {
        package.BRIEF: to_json(_brief(released.revision)),
        package.ASSETS: to_json(content.assets),
        package.REPORT: report.render(facts, content).encode(),
    }
    for number, evidence in enumerate(content.evidence, start=1):
        files[package.evidence_name(number)] = to_json(_evidence(number, evidence, items))
    rows = redacted(released.audit, facts.brief_id)
    files[package.AUDIT] = to_json(AuditFile(brief_id=facts.brief_id, rows=rows))
    return files


def _brief(revision: Revision) -> BriefFile:
    content = asdict(revision.content)
    del content["assets"]
    return BriefFile(
        brief_id=revision.brief_id,
        revision=revision.number,
        as_of=revision.as_of,
        items=revision.items,
        author=revision.author,
        digest=revision.digest,
        policy=revision.policy,
        **content,
    )


def _evidence(number: int, evidence: Evidence, items: Mapping[str, Item]) -> EvidenceFile:
    item = items.get(evidence.item_id)
    if item is None:
        raise Invalid(f"Evidence {number} cites item {evidence.item_id}, which is not at hand.")
    source = SourceText(
        id=item.id,
        source_id=item.source_id,
        title=item.title,
        text=item.text,
        url=item.url,
        publisher=item.publisher,
        published=item.published,
        arrived=item.arrived,
    )
    return EvidenceFile(number=number, evidence=evidence, item=source)


def _file_entry(name: str, content: bytes) -> FileEntry:
    digest = hashlib.sha256(content).hexdigest()
    return FileEntry(name=name, size=len(content), sha256=digest)
