"""The report: one HTML page that needs nothing but itself. Pure.

No script, no outside request, every text escaped. It is a function of the manifest's facts and
the signed content alone, so ``verify`` can make it again and compare. Change ``VERSION`` with
whatever is printed.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape

from engine.export.package import Approval, Facts
from engine.export.style import CSS
from engine.model import Assets, Content, Evidence, Statement

VERSION = 2

# Named here because strftime's names follow the locale of the machine.
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# Anything else (javascript:, data:, relative paths, hidden white space) stays text.
_WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f]+", re.IGNORECASE)

_SECURITY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(facts: Facts, content: Content) -> str:
    """The whole page."""
    numbers = {e.id: n for n, e in enumerate(content.evidence, start=1)}
    body = (
        _head(facts, content),
        _summary(content.summary, numbers),
        _points("Risks", content.risks, numbers),
        _points("Opportunities", content.opportunities, numbers),
        _points("Recommendations", content.recommendations, numbers),
        _evidence(content.evidence),
        _copy(content.assets),
        _signoffs(facts),
        _foot(facts),
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_SECURITY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(content.title)}</title>\n<style>{CSS}</style>\n</head>\n"
        f"<body>\n<main>\n{''.join(body)}</main>\n</body>\n</html>\n"
    )


def as_of(facts: Facts) -> str:
    """``as of 07:05; 3 later items not included``, in the desk's time zone."""
    count = facts.later_items
    later = f"; {count} later item{'' if count == 1 else 's'} not included" if count else ""
    return f"as of {facts.as_of:%H:%M}{later}"


def _head(facts: Facts, content: Content) -> str:
    single = (
        '<p class="note"><strong>Single-signed.</strong> '
        "This brief left with dual sign-off turned off.</p>\n"
    )
    listed = (
        content.quadrant,
        f"{content.priority} priority",
        f"revision {facts.revision}",
        _day(facts.as_of),
        as_of(facts),
        f"times in {facts.timezone}",
    )
    return (
        f'<header>\n<p class="desk">{escape(facts.desk)}</p>\n'
        f'<h1 dir="auto">{escape(content.title)}</h1>\n'
        f'<ul class="facts">{"".join(f"<li>{escape(fact)}</li>" for fact in listed)}</ul>\n'
        f"{single if facts.single_signed else ''}</header>\n"
    )


def _summary(statements: Iterable[Statement], numbers: Mapping[str, int]) -> str:
    lines = "".join(f'<p dir="auto">{_statement(s, numbers)}</p>\n' for s in statements)
    return f'<section class="summary">\n<h2>Summary</h2>\n{lines}</section>\n'


def _points(heading: str, statements: Iterable[Statement], numbers: Mapping[str, int]) -> str:
    lines = "".join(f'<li dir="auto">{_statement(s, numbers)}</li>\n' for s in statements)
    return f"<section>\n<h2>{heading}</h2>\n<ul>\n{lines}</ul>\n</section>\n" if lines else ""


def _statement(statement: Statement, numbers: Mapping[str, int]) -> str:
    cited = (numbers[e] for e in statement.evidence if e in numbers)
    refs = "".join(f' <a class="ref" href="#evidence-{n}">[{n}]</a>' for n in cited)
    return escape(statement.text) + refs


def _evidence(evidence: tuple[Evidence, ...]) -> str:
    lines = "".join(
        f'<li id="evidence-{number}"><blockquote dir="auto">{escape(e.quote)}</blockquote>\n'
        f'<p class="source">{_source(e)}</p></li>\n'
        for number, e in enumerate(evidence, start=1)
    )
    listed = f'<section>\n<h2>Evidence</h2>\n<ol class="evidence">\n{lines}</ol>\n</section>\n'
    return listed if lines else ""


def _source(evidence: Evidence) -> str:
    published = f", {_day(evidence.published)}" if evidence.published else ""
    confidence = f"{evidence.confidence:.0%} confidence when the brief was written"
    name = f"<bdi>{escape(evidence.publisher or 'Source')}</bdi>"
    return f"{name}{published} – {_link(evidence.url)} – {confidence}"


def _link(url: str) -> str:
    if not _WEB_ADDRESS.fullmatch(url):
        return f"<bdi>{escape(url)}</bdi>" if url else "no address"
    return f'<a href="{escape(url)}" rel="noopener noreferrer nofollow">{escape(url)}</a>'


def _copy(assets: Mapping[str, Assets]) -> str:
    lines = "".join(
        f'<h3>{escape(audience)}: {kind}</h3>\n<p class="copy" dir="auto">{escape(text)}</p>\n'
        for audience, copy in sorted(assets.items())
        for kind, text in (
            ("LinkedIn", copy.linkedin),
            ("e-mail", copy.email_paragraph),
            ("press", copy.press_excerpt),
        )
        if text
    )
    return f"<section>\n<h2>Copy for audiences</h2>\n{lines}</section>\n" if lines else ""


def _signoffs(facts: Facts) -> str:
    rows = "".join(_signoff(approval) for approval in facts.signoffs)
    headings = "".join(f"<th scope='col'>{h}</th>" for h in ("Role", "Who", "Said", "When"))
    return (
        f"<section>\n<h2>Sign-offs</h2>\n<table>\n<thead><tr>{headings}</tr></thead>\n"
        f"<tbody>\n{rows}</tbody>\n</table>\n</section>\n"
    )


def _signoff(approval: Approval) -> str:
    when = f"{_day(approval.at)}, {approval.at:%H:%M}"
    said = f"{approval.meaning}, signed in by {approval.method}"
    role = f"as deputy of {approval.role}" if approval.deputy else approval.role
    cells = (role, approval.name, said, when)
    return f"<tr>{''.join(f'<td><bdi>{escape(cell)}</bdi></td>' for cell in cells)}</tr>\n"


def _foot(facts: Facts) -> str:
    file = f"{facts.brief_id}-{facts.revision}.zip"
    return (
        f"<footer>\n<p>Signed digest (SHA-256, {escape(facts.digest_scheme)}): "
        f"<code>{escape(facts.digest)}</code></p>\n"
        f"<p>Check this package: <code>wireroom verify {escape(file)}</code></p>\n</footer>\n"
    )


def _day(time: datetime) -> str:
    return f"{time.day} {MONTHS[time.month - 1]} {time.year}"
