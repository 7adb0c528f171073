"""Bringing in issues that were kept elsewhere, with their own ids, items and briefs."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from engine.analysis.priority import priority_of
from engine.briefing.assets import assets as make_assets
from engine.desk import editions, standing
from engine.desk.context import Context
from engine.desk.permit import permit
from engine.desk.placing import Placing
from engine.desk.scribe import Scribe
from engine.errors import Conflict, Invalid
from engine.events.brief import BriefWritten
from engine.events.issue import IssueAdded
from engine.ingest.dedupe import keyed
from engine.ingest.normalise import normalise
from engine.model import (
    Assets,
    Audience,
    Content,
    Entry,
    Evidence,
    Id,
    Issue,
    Item,
    Principal,
    Record,
    Score,
    Source,
    Statement,
)
from engine.review import transitions
from engine.store import desk, issues, items
from engine.store.writer import Tx

UNCONFIRMED = 0.3
"""Confidence of a quote that nobody else is known to confirm, as briefing gives it."""
IMPORT = Source(id="import", kind="push", location="", title="import")


class ImportedQuote(Record, frozen=True, kw_only=True):
    """``quote`` stands word for word in the text or title of the issue's item at ``url``."""

    url: str
    quote: str


class ImportedBrief(Record, frozen=True, kw_only=True):
    title: str
    summary: tuple[str, ...]
    risks: tuple[str, ...] = ()
    opportunities: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()
    evidence: tuple[ImportedQuote, ...] = ()


class ImportedIssue(Record, frozen=True, kw_only=True):
    """``quadrant`` counts as a person's word; ``score`` stands until the next item joins."""

    id: Id
    title: str
    quadrant: str
    score: Score
    entries: tuple[Entry, ...]
    brief: ImportedBrief | None = None


class Importing:
    def __init__(
        self, context: Context, placing: Placing, scribe: Scribe, quadrants: Sequence[str]
    ) -> None:
        self._context = context
        self._placing = placing
        self._scribe = scribe
        self._quadrants = quadrants

    async def adopt(self, by: Principal, imported: Sequence[ImportedIssue]) -> tuple[Issue, ...]:
        """Take issues over, all or none. Raises Conflict for an id or item that is here already,
        Invalid for an unknown quadrant or a quote its item does not contain."""
        for one in imported:
            if one.quadrant not in self._quadrants:
                raise Invalid(f"Issue {one.id!r}: there is no quadrant {one.quadrant!r}.")

        async def step() -> tuple[Issue, ...]:
            issues_taken, position = await self._context.write(lambda tx: _adopt(tx, by, imported))
            await self._placing.rebuild(position)
            return issues_taken

        taken = await self._placing.alone(step)
        self._scribe.look_at(*(issue.id for issue in taken))
        return taken


def _adopt(
    tx: Tx, by: Principal, imported: Sequence[ImportedIssue]
) -> tuple[tuple[Issue, ...], int]:
    permit(tx, by, "configure")
    taken = tuple(_take(tx, by, one) for one in imported)
    position = desk.analysis_position(tx.connection) + 1
    desk.put_analysis_position(tx.connection, position)
    return taken, position


def _take(tx: Tx, by: Principal, one: ImportedIssue) -> Issue:
    if issues.get(tx.connection, one.id) is not None:
        raise Conflict(f"There is already an issue {one.id!r}.")
    edition = editions.current(tx).id
    kept = [_item(entry, one.id, tx.now, edition) for entry in one.entries]
    with_keys = [keyed(item) for item in kept]
    if items.known(tx.connection, with_keys):
        raise Conflict(f"Issue {one.id!r} has an item that the desk holds already.")
    issue = _issue(one, kept, tx.now, edition)
    issues.put(tx.connection, [issue])
    items.add(tx.connection, with_keys)
    issues.add_correction(tx.connection, one.id, one.quadrant, by.name, tx.now)
    tx.record(IssueAdded(issue=issue))
    if one.brief is not None:
        config = desk.config(tx.connection)
        content = _content(one.brief, issue, kept, config.audiences)
        begun = standing.begin(tx, one.id, content, items=len(kept))
        # People wrote it elsewhere: machines only propose from the start.
        begun = replace(begun, review=transitions.opened(begun.review))
        tx.record(BriefWritten(brief=standing.save(tx, begun)))
    return issue


def _item(entry: Entry, issue_id: str, now: datetime, edition: str) -> Item:
    item = normalise(entry, IMPORT, arrived=now, edition=edition)
    placed: Item = replace(item, issue_id=issue_id)
    return placed


def _issue(one: ImportedIssue, kept: Sequence[Item], now: datetime, edition: str) -> Issue:
    times = [item.published or now for item in kept]
    return Issue(
        id=one.id,
        title=one.title,
        quadrant=one.quadrant,
        confidence=1.0,
        relevance=1.0,
        score=one.score,
        priority=priority_of(one.score),
        needs_review=False,
        item_count=len(kept),
        source_count=len({item.publisher for item in kept}),
        duplicate_count=0,
        first_seen=min(times),
        last_seen=max(times),
        edition=edition,
        reasons=("imported",),
    )


def _content(
    brief: ImportedBrief, issue: Issue, kept: Sequence[Item], audiences: Sequence[Audience]
) -> Content:
    evidence = tuple(_evidence(quote, issue.id, kept) for quote in brief.evidence)
    content = Content(
        title=brief.title,
        quadrant=issue.quadrant,
        priority=issue.priority,
        summary=_statements(brief.summary, evidence),
        risks=_statements(brief.risks, evidence),
        opportunities=_statements(brief.opportunities, evidence),
        recommendations=_statements(brief.recommendations, evidence),
        evidence=evidence,
    )
    made: dict[str, Assets] = {audience: make_assets(content, audience) for audience in audiences}
    whole: Content = replace(content, assets=made)
    return whole


def _statements(texts: Sequence[str], evidence: Sequence[Evidence]) -> tuple[Statement, ...]:
    """A statement rests on the quotes that share half of their longer words with it."""
    return tuple(
        Statement(text=text, evidence=tuple(e.id for e in evidence if _shares(text, e.quote)))
        for text in texts
    )


def _shares(text: str, quote: str) -> bool:
    wanted = {word for word in quote.casefold().split() if len(word) > 4}
    found = wanted & set(text.casefold().split())
    return bool(wanted) and 2 * len(found) >= len(wanted)


def _evidence(quote: ImportedQuote, issue_id: str, kept: Sequence[Item]) -> Evidence:
    for item in kept:
        if quote.url in (item.url, item.guid) or not quote.url:
            start = item.text.find(quote.quote)
            if start >= 0:
                return _cited(item, quote.quote, start)
    raise Invalid(f"Issue {issue_id!r}: no item at {quote.url!r} says {quote.quote!r}.")


def _cited(item: Item, quote: str, start: int) -> Evidence:
    where = f"{item.id}\0text\0{start}\0{start + len(quote)}"
    key = hashlib.sha256(where.encode()).hexdigest()
    return Evidence(
        id=f"ev-{key[:12]}",
        item_id=item.id,
        quote=quote,
        start=start,
        end=start + len(quote),
        publisher=item.publisher,
        url=item.url,
        published=item.published,
        confidence=UNCONFIRMED,
    )
