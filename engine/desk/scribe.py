"""Keeps briefs in step with their issues, in the background.

It notes which issues changed, lets the worker write, and commits: a first revision, a new one
while nobody works on it, or a proposal once somebody does. What it has noted is not stored: at
start it looks at every issue of the edition, so nothing is lost with the process.
"""

import asyncio
from collections.abc import Iterable

import structlog
from msgspec.structs import replace
from sqlalchemy import Connection

from engine.desk import standing, whereabouts
from engine.desk.context import Context
from engine.desk.edit import locked
from engine.desk.standing import Standing
from engine.errors import WireroomError
from engine.events.brief import BriefProposed, BriefRevised, BriefWritten
from engine.model import PRIORITIES, SYSTEM, Config, Content, Issue, Item, Proposal, Record
from engine.review import rules
from engine.review.diff import diff
from engine.review.digest import digest
from engine.store import access, briefs, desk, items
from engine.store.briefs import Stored
from engine.store.writer import Tx
from engine.worker.jobs import WriteBrief

ITEMS_READ = 60
"""The newest items of an issue that go into its brief; older ones add nothing new to read."""
log = structlog.get_logger("wireroom.scribe")


class Material(Record, frozen=True, kw_only=True):
    """What a brief is written from."""

    issue: Issue
    items: tuple[Item, ...]
    config: Config
    exists: bool
    is_in_step: bool


class Scribe:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._changed: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="wireroom-scribe")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._changed = {}
        self._idle.set()

    def look_at(self, *issue_ids: str) -> None:
        """These issues changed: bring their briefs in step soon.

        Off duty nothing is noted: whoever goes on duty looks at every issue.
        """
        if self._task is None:
            return
        self._changed |= dict.fromkeys(issue_ids)
        if issue_ids:
            self._idle.clear()
            self._wake.set()

    async def settled(self) -> None:
        """Wait until every brief is in step with what has been noted."""
        await self._idle.wait()

    async def write_now(self, issue_id: str) -> None:
        """Write the brief of this issue whatever its priority. Raises NotFound."""
        await self._write(issue_id, on_request=True)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._changed = tuple(self._changed), {}
            await self._round(batch)
            if not self._changed:
                self._idle.set()
            # So that an issue that grows item by item is not rewritten for each.
            await asyncio.sleep(self._context.settings.settle_s)

    async def _round(self, issue_ids: Iterable[str]) -> None:
        for issue_id in issue_ids:
            try:
                await self._write(issue_id, on_request=False)
            except WireroomError as error:
                log.warning("brief_not_written", issue=issue_id, code=error.code, error=str(error))
            except Exception:
                log.exception("brief_not_written", issue=issue_id)

    async def _write(self, issue_id: str, *, on_request: bool) -> None:
        material = await self._context.read(lambda c: gather(c, issue_id))
        if not material.items:  # all of them were withdrawn: there is nothing to write from
            return
        if material.exists and (on_request or material.is_in_step):
            return
        if not (material.exists or on_request or worth_a_brief(material.issue, material.config)):
            return
        job = WriteBrief(
            issue=material.issue, items=material.items, audiences=material.config.audiences
        )
        content = await self._context.worker.call(job, interactive=on_request)
        await self._context.write(lambda tx: commit(tx, material, content))


def worth_a_brief(issue: Issue, config: Config) -> bool:
    return PRIORITIES.index(issue.priority) >= PRIORITIES.index(config.brief_min_priority)


def gather(connection: Connection, issue_id: str) -> Material:
    """Raises NotFound, Merged."""
    issue = whereabouts.issue(connection, issue_id)
    stored = briefs.get(connection, issue_id)
    return Material(
        issue=issue,
        items=tuple(items.of_issue(connection, issue_id, ITEMS_READ)),
        config=desk.config(connection),
        exists=stored is not None,
        is_in_step=stored is not None and _is_in_step(connection, stored, issue),
    )


def _is_in_step(connection: Connection, stored: Stored, issue: Issue) -> bool:
    """Whether the brief, with what is proposed, knows every item and the quadrant as it is, and
    cites nothing that has left."""
    revision = briefs.revision(connection, issue.id, stored.row.revision)
    if revision is None:
        return False
    proposal = stored.proposal
    seen = revision.items + (proposal.new_items if proposal else 0)
    content = proposal.content if proposal else revision.content
    is_known = seen >= issue.item_count and content.quadrant == issue.quadrant
    return is_known and _cites_its_own(connection, content, issue.id)


def _cites_its_own(connection: Connection, content: Content, issue_id: str) -> bool:
    return items.all_in(connection, {each.item_id for each in content.evidence}, issue_id)


def commit(tx: Tx, material: Material, content: Content) -> None:
    """Store what was written as the state of the brief allows.

    What people moved away while it was written is not brought back: whoever moved it has noted the
    issue again.
    """
    if not _cites_its_own(tx.connection, content, material.issue.id):
        return
    found = standing.find(tx, material.issue.id)
    if found is None:
        _first(tx, material, content)
    elif rules.is_frozen(found.review):
        _propose(tx, found, material, content)
    elif content != found.revision.content:
        _rewrite(tx, found, material, content)


def _first(tx: Tx, material: Material, content: Content) -> None:
    issue = whereabouts.issue(tx.connection, material.issue.id)
    begun = standing.begin(
        tx, issue.id, content, items=material.issue.item_count, contributors=_wrote(tx, issue)
    )
    tx.record(BriefWritten(brief=standing.save(tx, begun)))


def _wrote(tx: Tx, issue: Issue) -> frozenset[str]:
    """Who gave the issue its title, its quadrant or its items before there was a brief: that is
    signed, too."""
    names = {name for name in (issue.titled_by, issue.corrected_by, *issue.grouped_by) if name}
    found = (access.principal_named(tx.connection, name) for name in names)
    return frozenset(person.id for person in found if person is not None)


def _rewrite(tx: Tx, found: Standing, material: Material, content: Content) -> None:
    after, _ = standing.revise(
        tx, found, content, by=SYSTEM, why="rewritten", items=material.issue.item_count
    )
    row = standing.save(tx, after)
    tx.record(BriefRevised(brief=row, by=SYSTEM.name, why="rewritten"))


def _propose(tx: Tx, found: Standing, material: Material, content: Content) -> None:
    """Set the text aside for people to adopt. Without new items there is nothing to propose."""
    before = found.revision
    fresh = material.issue.item_count - before.items
    proposed = locked(before.content, content, found.review.edited_fields)
    difference = diff(before.content, proposed)
    if fresh <= 0 and not difference:
        return
    proposal = Proposal(
        brief_id=before.brief_id,
        base_revision=before.number,
        digest=digest(proposed, found.review.policy),
        content=proposed,
        new_items=max(fresh, 0),
        item_ids=tuple(item.id for item in material.items[-fresh:]) if fresh > 0 else (),
        diff=difference,
        at=tx.now,
    )
    if found.proposal is not None and _same(found.proposal, proposal):
        return
    row = standing.save(tx, replace(found, proposal=proposal))
    tx.record(BriefProposed(brief=row, new_items=proposal.new_items))


def _same(old: Proposal, new: Proposal) -> bool:
    return replace(old, at=new.at) == new
