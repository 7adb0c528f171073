"""Whether a package is what it says, and what cannot be known offline. Pure; never raises.

It trusts nothing it can make again: the container, every checksum, the JSON form, the digest of
the signed text, the gate over the stated sign-offs, the quotes, and the report.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

from engine.errors import PackageInvalid, WireroomError
from engine.export import container, package, report
from engine.export.package import (
    Approval,
    AuditFile,
    BriefFile,
    EvidenceFile,
    Manifest,
    to_json,
)
from engine.model import Assets, Content, Record, SignOff
from engine.review.digest import SCHEME, digest
from engine.review.rules import gate
from engine.review.state import ReviewState

SUPERSEDED = (
    "Offline it cannot be known whether this revision has been superseded or taken back since."
)
UNSIGNED = (
    "The package carries no signature yet: whoever can rewrite all of it can also rewrite who "
    "signed. The desk's own log is the proof."
)
OTHER_REPORT = (
    "The report was made by another version of Wireroom, so it was compared with its checksum "
    "only, not with the signed text."
)

CHANGED = "The ZIP container is not as Wireroom writes it: something was changed or added."

T = TypeVar("T")


class Verdict(Record, frozen=True, kw_only=True):
    """``ok`` means no problem was found. ``limits`` say what no offline check can find.

    ``manifest`` holds the facts as stated; believe them only if ``ok``.
    """

    ok: bool
    problems: tuple[str, ...]
    limits: tuple[str, ...]
    sha256: str
    manifest: Manifest | None = None


class _Contents(Record, frozen=True, kw_only=True):
    """The decoded files of a package."""

    manifest: Manifest
    brief: BriefFile
    content: Content
    evidence: tuple[EvidenceFile, ...]
    audit: AuditFile


def verify(data: bytes) -> Verdict:
    """Check a whole package. Damaged, hostile or foreign bytes give problems, not exceptions."""
    problems: list[str] = []
    limits: tuple[str, ...] = (SUPERSEDED, UNSIGNED)
    manifest: Manifest | None = None
    try:
        files = container.unpack(data)
        if container.pack(files) != data:
            problems.append(CHANGED)
        manifest = _decode(files, package.MANIFEST, Manifest)
        problems += _checksums(files, manifest)
        contents = _contents(files, manifest)
        problems += _names(files, contents)
        problems += _meaning(contents)
        if manifest.report_version != report.VERSION:
            limits = (*limits, OTHER_REPORT)
        elif files.get(package.REPORT) not in (None, _rendered(contents)):
            problems.append("report.html does not say what was signed.")
    except PackageInvalid as invalid:
        problems.append(str(invalid))
    return Verdict(
        ok=not problems,
        problems=tuple(dict.fromkeys(problems)),
        limits=limits,
        sha256=hashlib.sha256(data).hexdigest(),
        manifest=manifest,
    )


# -- the files -----------------------------------------------------------------------------------


def _checksums(files: Mapping[str, bytes], manifest: Manifest) -> Iterator[str]:
    listed = [entry.name for entry in manifest.files]
    unlisted = set(files) - {package.MANIFEST, *listed}
    if unlisted or len(listed) != len(set(listed)):
        yield "The manifest does not list each file of the package exactly once."
    for entry in manifest.files:
        content = files.get(entry.name)
        if content is None:
            yield f"{entry.name} is missing."
            continue
        if entry.size != len(content):
            yield f"{entry.name} has {len(content)} bytes; the manifest says {entry.size}."
        if entry.sha256 != hashlib.sha256(content).hexdigest():
            yield f"{entry.name} was changed: its SHA-256 is not the one in the manifest."


def _contents(files: Mapping[str, bytes], manifest: Manifest) -> _Contents:
    brief = _decode(files, package.BRIEF, BriefFile)
    names = (package.evidence_name(n) for n in range(1, len(brief.evidence) + 1))
    return _Contents(
        manifest=manifest,
        brief=brief,
        content=brief.content(_decode(files, package.ASSETS, dict[str, Assets])),
        evidence=tuple(_decode(files, name, EvidenceFile) for name in names),
        audit=_decode(files, package.AUDIT, AuditFile),
    )


def _names(files: Mapping[str, bytes], contents: _Contents) -> Iterator[str]:
    numbered = (package.evidence_name(n) for n in range(1, len(contents.evidence) + 1))
    expected = {*package.FIXED_NAMES, *numbered}
    for name in sorted(expected - set(files)):
        yield f"{name} is missing."
    for name in sorted(set(files) - expected):
        yield f"{name} does not belong in a package."


def _decode(files: Mapping[str, bytes], name: str, type_: type[T]) -> T:
    """A file as its shape. Any other way to write the same is refused: it could hide something."""
    if name not in files:
        raise PackageInvalid(f"{name} is missing.")
    try:
        value = msgspec.json.decode(files[name], type=type_)
        as_written = to_json(value)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise PackageInvalid(f"{name} cannot be read: {error}.") from error
    if as_written != files[name]:
        raise PackageInvalid(f"{name} is not written as Wireroom writes it.")
    return value


# -- what they say -------------------------------------------------------------------------------


def _meaning(contents: _Contents) -> Iterator[str]:
    yield from _agreement(contents.manifest, contents.brief)
    yield from _signed_text(contents)
    yield from _signers(contents.manifest)
    yield from _quotes(contents)
    about = {contents.audit.brief_id, *(row.subject for row in contents.audit.rows)}
    if about != {contents.manifest.brief_id}:
        yield "audit.json is about another brief."


def _agreement(manifest: Manifest, brief: BriefFile) -> Iterator[str]:
    for field in ("brief_id", "revision", "title", "as_of", "digest", "policy"):
        if getattr(manifest, field) != getattr(brief, field):
            yield f"brief.json and the manifest disagree on {field}."
    if manifest.single_signed is manifest.policy.dual:
        yield "The manifest's single_signed contradicts its policy."


def _signed_text(contents: _Contents) -> Iterator[str]:
    manifest = contents.manifest
    if manifest.digest_scheme != SCHEME:
        yield f"The digest scheme {manifest.digest_scheme} is not known to this version."
    elif _digest(contents) != manifest.digest:
        yield "The text is not the one that was signed: its digest differs."


def _signers(manifest: Manifest) -> Iterator[str]:
    for approval in manifest.signoffs:
        if approval.digest != manifest.digest:
            yield f"{approval.name} signed another digest as {approval.role}."
    # The moment of the last sign-off: none of the others may have expired by then.
    last = max((approval.at for approval in manifest.signoffs), default=manifest.as_of)
    state = ReviewState(
        brief_id=manifest.brief_id,
        revision=manifest.revision,
        digest=manifest.digest,
        policy=manifest.policy,
        contributors=frozenset(manifest.contributors),
        signoffs=tuple(_signoff(approval, manifest) for approval in manifest.signoffs),
    )
    yield from (refusal.message for refusal in gate(state, last).refusals)


def _signoff(approval: Approval, manifest: Manifest) -> SignOff:
    return SignOff(
        brief_id=manifest.brief_id,
        revision=manifest.revision,
        digest=approval.digest,
        role=approval.role,
        principal_id=approval.principal_id,
        name=approval.name,
        approve=True,
        at=approval.at,
        expires_at=approval.expires_at,
        method=approval.method,
        deputy=approval.deputy,
    )


def _quotes(contents: _Contents) -> Iterator[str]:
    cited = zip(contents.brief.evidence, contents.evidence, strict=True)
    for number, (evidence, file) in enumerate(cited, start=1):
        if (file.number, file.evidence) != (number, evidence):
            yield f"{package.evidence_name(number)} is about other evidence than brief.json."
        if not file.is_exact():
            yield f"Quote {number} is not what its source says at that place."


def _digest(contents: _Contents) -> str:
    try:
        return digest(contents.content, contents.manifest.policy)
    except (WireroomError, OverflowError) as error:
        raise PackageInvalid(f"brief.json cannot be digested: {error}") from error


def _rendered(contents: _Contents) -> bytes:
    return report.render(contents.manifest, contents.content).encode()
