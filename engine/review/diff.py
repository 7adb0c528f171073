"""The difference between two contents as a person reads it: a unified line diff. Pure."""

from collections.abc import Iterator, Sequence
from difflib import unified_diff

from engine.model import Content, Evidence, Statement

CONTEXT_LINES = 1


def diff(old: Content, new: Content) -> tuple[str, ...]:
    """Unified diff lines without a file header; empty when both read the same.

    Confidences are not part of what is read. Evidence is named by its id, so that one more
    source does not renumber every line below it.
    """
    lines = unified_diff(_lines(old), _lines(new), lineterm="", n=CONTEXT_LINES)
    return tuple(lines)[2:]


def _lines(content: Content) -> list[str]:
    return [
        *_flat("Title: ", content.title),
        *_flat("Quadrant: ", content.quadrant),
        f"Priority: {content.priority}",
        *_section("Summary", content.summary),
        *_section("Risks", content.risks),
        *_section("Opportunities", content.opportunities),
        *_section("Recommendations", content.recommendations),
        *(line for e in content.evidence for line in _evidence(e)),
        *_assets(content),
    ]


def _section(heading: str, statements: Sequence[Statement]) -> Iterator[str]:
    for statement in statements:
        sources = "".join(f" [{e}]" for e in statement.evidence)
        yield from _flat(f"{heading}: ", statement.text + sources)


def _evidence(evidence: Evidence) -> Iterator[str]:
    day = f", {evidence.published:%Y-%m-%d %H:%M}" if evidence.published else ""
    place = f"{evidence.item_id} {evidence.field} {evidence.start}-{evidence.end}"
    source = f"{evidence.publisher}{day} {evidence.url} ({place})"
    yield from _flat(f"[{evidence.id}] ", f"“{evidence.quote}” – {source}")


def _assets(content: Content) -> Iterator[str]:
    for audience, assets in sorted(content.assets.items()):
        yield from _flat(f"LinkedIn for {audience}: ", assets.linkedin)
        yield from _flat(f"E-mail for {audience}: ", assets.email_paragraph)
        yield from _flat(f"Press for {audience}: ", assets.press_excerpt)


def _flat(label: str, text: str) -> Iterator[str]:
    """One line of diff per line of text, each saying where it belongs."""
    return (f"{label}{line}" for line in text.splitlines() or [""])
