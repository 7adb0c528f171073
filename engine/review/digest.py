"""The digest: SHA-256 over the RFC 8785 form of what a reader sees. Pure.

Scores and confidences are live numbers "as of" the freeze and stay outside. Text goes in exactly
as it is, without Unicode normalisation: evidence offsets count its code points, and RFC 8785
forbids touching it. The scheme version goes in, so a later scheme never collides with this one.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import rfc8785

from engine.errors import Invalid
from engine.model import Assets, Content, Evidence, Policy, Statement
from engine.record import timestamp

SCHEME = "wireroom-brief/1"
EDITION_SCHEME = "wireroom-edition/1"

Json = dict[str, Any]


def digest(content: Content, policy: Policy) -> str:
    """The digest people sign, in hex. Same text under the same policy, same digest."""
    return _sha256(signed_view(content, policy))


def edition_digest(rows: Iterable[tuple[str, str]]) -> str:
    """One digest over the (brief id, digest) pairs of an edition, in whatever order they come."""
    return _sha256({"scheme": EDITION_SCHEME, "briefs": [list(row) for row in sorted(rows)]})


def signed_view(content: Content, policy: Policy) -> Json:
    """What the digest is taken of. The order of roles says nothing to a reader, so it is fixed."""
    return {
        "scheme": SCHEME,
        "required_roles": sorted(set(policy.required_roles)),
        "dual": policy.dual,
        "title": content.title,
        "quadrant": content.quadrant,
        "priority": content.priority,
        "summary": _statements(content.summary),
        "risks": _statements(content.risks),
        "opportunities": _statements(content.opportunities),
        "recommendations": _statements(content.recommendations),
        "evidence": [_evidence(e) for e in content.evidence],
        "assets": {audience: _assets(a) for audience, a in content.assets.items()},
    }


def _statements(statements: Iterable[Statement]) -> list[Json]:
    return [{"text": s.text, "evidence": list(s.evidence)} for s in statements]


def _evidence(evidence: Evidence) -> Json:
    return {
        "id": evidence.id,
        "item_id": evidence.item_id,
        "field": evidence.field,
        "start": evidence.start,
        "end": evidence.end,
        "quote": evidence.quote,
        "publisher": evidence.publisher,
        "url": evidence.url,
        "published": timestamp(evidence.published) if evidence.published else None,
    }


def _assets(assets: Assets) -> Json:
    return {
        "linkedin": assets.linkedin,
        "email_paragraph": assets.email_paragraph,
        "press_excerpt": assets.press_excerpt,
    }


def _sha256(view: Json) -> str:
    try:
        canonical = rfc8785.dumps(view)
    except rfc8785.CanonicalizationError as error:
        raise Invalid(f"The text cannot be digested: {error}.") from error
    return hashlib.sha256(canonical).hexdigest()
