"""Erasing a person or an item: out of what the desk shows, and out of the log's data.

The chain holds only digests of data, so it still verifies. That something was erased, by whom and
why, is an event; what it was is nowhere. Packages that have left are what other people hold: they
are not touched, and neither are backups.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from engine.desk import standing
from engine.desk.access import Access
from engine.desk.context import Context
from engine.desk.holds import refuse_held
from engine.desk.redaction import (
    ERASED,
    Person,
    blank_item,
    cites,
    text_without_person,
    without_item,
    without_person,
)
from engine.desk.rights import require
from engine.errors import Invalid, NotFound
from engine.events.audit import AuditErased
from engine.events.brief import BriefRedacted, BriefRevised
from engine.events.event import Facets
from engine.events.export import ExportRedacted
from engine.events.issue import IssueUpdated
from engine.events.review import ReviewInterrupted, ReviewResumed
from engine.log import archive
from engine.model import SYSTEM, ErasedReply, Item, Principal, Record, SignOff
from engine.review import transitions
from engine.store import (
    access,
    briefs,
    desk,
    documents,
    exports,
    holds,
    idempotency,
    issues,
    items,
)
from engine.store import log as rows
from engine.store.writer import Tx

BATCH = 200
"""Events that are blanked in one transaction."""
RECORDS = frozenset({"audit.erased", "audit.restored"})
"""Without these the log would no longer prove what it is: they are never blanked."""

Concerns = Callable[[bytes], bool]


class Gone(Record, frozen=True, kw_only=True):
    """What the state has lost: how events about it are found, and how much it touched."""

    subject: str
    needles: tuple[bytes, ...]
    within: tuple[str, ...] | None
    briefs: int
    packages: int


class Erasure:
    def __init__(self, context: Context, people: Access) -> None:
        self._context = context
        self._people = people

    async def person(self, by: Principal, name: str, why: str) -> ErasedReply:
        """Forget a person: name and notes go, tokens and sessions end. For an admin.

        What they signed stays signed by somebody without a name, and what still counted is void.
        Raises NotFound, OnHold, Invalid without a reason.
        """
        why = _reason(why)
        person, gone = await self._context.write(lambda tx: _forget_person(tx, by, name))
        self._people.forget()

        def concerns(data: bytes) -> bool:
            return without_person(data, person) != data

        return await self._blank(by, why, gone, concerns)

    async def item(self, by: Principal, item_id: str, why: str) -> ErasedReply:
        """Forget what an item said. A brief that quotes it loses the quotes in a new revision, and
        its sign-offs. For an admin. Raises NotFound, OnHold, Invalid without a reason."""
        why = _reason(why)
        gone = await self._context.write(lambda tx: _forget_item(tx, by, item_id))
        return await self._blank(by, why, gone, lambda _: True)

    async def _blank(self, by: Principal, why: str, gone: Gone, concerns: Concerns) -> ErasedReply:
        """Batch by batch, each with its event: what is interrupted can be asked for again."""
        up_to, at = self._context.log.head, 0
        count, held = await self._blank_archive(by, why, gone, concerns)
        while at < up_to:
            found, at = await self._context.read(self._finder(gone, at, up_to))
            seqs, spared = await self._context.read(partial(_free, found=found, concerns=concerns))
            held += spared
            count += len(seqs)
            await self._context.write(partial(_blank_some, by=by, why=why, gone=gone, seqs=seqs))
        await self._context.empty_wal()
        return ErasedReply(
            subject=gone.subject,
            events=count,
            held=held,
            briefs=gone.briefs,
            packages=gone.packages,
        )

    async def _blank_archive(
        self, by: Principal, why: str, gone: Gone, concerns: Concerns
    ) -> tuple[int, int]:
        """Segment by segment. The event comes first: a blank that none speaks of is a change."""
        count = held = 0
        folder = self._context.settings.data_dir / archive.FOLDER
        for file in (await asyncio.to_thread(archive.open_archive, folder)).files:
            found = await asyncio.to_thread(_mentions, file, gone)
            seqs, spared = await self._context.read(partial(_free, found=found, concerns=concerns))
            held += spared
            if seqs:
                count += len(seqs)
                await self._context.write(partial(_record, by=by, why=why, gone=gone, seqs=seqs))
                await asyncio.to_thread(archive.blank, file, frozenset(seqs))
        return count, held

    @staticmethod
    def _finder(
        gone: Gone, at: int, up_to: int
    ) -> Callable[[Connection], tuple[list[rows.Mention], int]]:
        def find(connection: Connection) -> tuple[list[rows.Mention], int]:
            found = rows.mentioning(
                connection, gone.needles, gone.within, after=at, up_to=up_to, limit=BATCH
            )
            return found, found[-1].seq if len(found) == BATCH else up_to

        return find


def stretches(seqs: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Ascending numbers as (first, last) of each stretch without a gap. Pure."""
    found: list[tuple[int, int]] = []
    for seq in seqs:
        if found and found[-1][1] == seq - 1:
            found[-1] = (found[-1][0], seq)
        else:
            found.append((seq, seq))
    return tuple(found)


def _reason(why: str) -> str:
    if not why.strip():
        raise Invalid("An erasure says why.")
    return why.strip()


def _free(
    connection: Connection, found: list[rows.Mention], concerns: Concerns
) -> tuple[list[int], int]:
    """The events that are really meant and under no hold, and how many holds spare."""
    held = holds.subjects(connection)
    meant = [each for each in found if each.type not in RECORDS and concerns(each.data)]
    free = [each.seq for each in meant if each.subject not in held]
    return free, len(meant) - len(free)


def _mentions(file: Path, gone: Gone) -> list[rows.Mention]:
    """As ``rows.mentioning``, of an archived segment."""
    return [
        rows.Mention(event.seq, event.type, event.subject, bytes(event.data))
        for event in archive.events(file)
        if event.digest is None
        and (gone.within is None or event.subject in gone.within)
        and any(needle in bytes(event.data) for needle in gone.needles)
    ]


def _blank_some(tx: Tx, by: Principal, why: str, gone: Gone, seqs: list[int]) -> None:
    if seqs:
        rows.blank(tx.connection, seqs)
        _record(tx, by, why, gone, seqs)


def _record(tx: Tx, by: Principal, why: str, gone: Gone, seqs: list[int]) -> None:
    tx.record(AuditErased(subject=gone.subject, by=by.name, why=why, events=stretches(seqs)))


# -- a person ------------------------------------------------------------------------------------


def _forget_person(tx: Tx, by: Principal, name: str) -> tuple[Person, Gone]:
    require(by, "tokens", desk.config(tx.connection))
    found = access.principal_named(tx.connection, name)
    if found is None:
        raise NotFound(f"There is nobody named {name[:80]!r}.")
    refuse_held(tx.connection, found.id, found.name)
    person = Person(id=found.id, name=name, pseudonym=f"erased-{secrets.token_hex(4)}")
    needle = _inside(name)
    tx.connection.exec_driver_sql("PRAGMA secure_delete=ON")
    access.erase_principal(tx.connection, person.id, person.pseudonym)
    changed = documents.rewrite(
        tx.connection, needle, lambda document: without_person(document, person)
    )
    items.rewrite_reasons(tx.connection, partial(text_without_person, person=person))
    idempotency.forget_holding(tx.connection, needle)
    documents.rename_corrector(tx.connection, name, person.pseudonym)
    _announce(tx, changed, found)
    touched = changed["briefs"]
    return person, Gone(
        subject=person.id,
        needles=(needle,),
        within=None,
        briefs=len(touched),
        packages=sum(exports.count(tx.connection, brief_id) for brief_id in touched),
    )


def _announce(tx: Tx, changed: dict[str, set[str]], gone: Principal) -> None:
    """Whoever follows has to see the rows without the name."""
    for brief_id in sorted(changed["briefs"]):
        found = standing.kept(tx, brief_id)
        review = found.review
        voided: list[SignOff] = []
        for role in {each.role for each in review.signoffs if each.principal_id == gone.id}:
            review, some = transitions.role_removed(review, role, "The signer was erased", gone.id)
            voided += some
        row = standing.save(tx, replace(found, review=review), by_person=False)
        tx.record(BriefRedacted(brief=row))
        standing.announce_voided(tx, row, tuple(voided), "The signer was erased")
    for export_row in exports.by_numbers(tx.connection, changed["exports"]):
        tx.record(ExportRedacted(export=export_row))
    for issue in issues.by_ids(tx.connection, sorted(changed["issues"])).values():
        tx.record(IssueUpdated(issue=issue, was=Facets(issue.quadrant, issue.score)))
    if "interrupt" in changed["desk"]:
        interrupt = desk.interrupt(tx.connection)
        if interrupt.active:
            tx.record(ReviewInterrupted(interrupt=interrupt))
        else:
            tx.record(ReviewResumed(interrupt=interrupt, by=SYSTEM.name))


# -- an item -------------------------------------------------------------------------------------


def _forget_item(tx: Tx, by: Principal, item_id: str) -> Gone:
    require(by, "tokens", desk.config(tx.connection))
    item = items.by_ids(tx.connection, [item_id]).get(item_id)
    if item is None:
        raise NotFound(f"There is no item {item_id[:64]!r}.")
    places = tuple(one for one in (item.issue_id, *item.was_in) if one)
    refuse_held(tx.connection, item.id, *places)
    tx.connection.exec_driver_sql("PRAGMA secure_delete=ON")
    items.erase(tx.connection, replace(blank_item(item), issue_id=None))
    for issue_id in places:
        _retitle_issue(tx, issue_id, item)
    changed = sum(_take_out_of_brief(tx, by, issue_id, item) for issue_id in places)
    return Gone(
        subject=item.id,
        needles=tuple(_inside(text) for text in (item.title, item.url) if text),
        # An event of what was merged into one of them carries its row, too.
        within=(item.id, *places, *issues.merged_into(tx.connection, places)),
        briefs=changed,
        packages=sum(exports.count(tx.connection, issue_id) for issue_id in places),
    )


def _retitle_issue(tx: Tx, issue_id: str, item: Item) -> None:
    issue = issues.get(tx.connection, issue_id)
    if issue is None or issue.title != item.title:
        return
    after = replace(issue, title=ERASED, keywords=())
    issues.put(tx.connection, [after])
    tx.record(IssueUpdated(issue=after, was=Facets(issue.quadrant, issue.score)))


def _take_out_of_brief(tx: Tx, by: Principal, brief_id: str, item: Item) -> bool:
    """A new revision without the quotes, then the old ones: they keep only their digests."""
    found = standing.find(tx, brief_id)
    if found is None:
        return False
    content = without_item(found.revision.content, item)
    changed = content != found.revision.content
    if changed:
        found, voided = standing.revise(
            tx, found, content, by=SYSTEM, why="erased", items=found.revision.items
        )
        row = standing.save(tx, found, by_person=False)
        tx.record(BriefRevised(brief=row, by=by.name, why="erased"))
        standing.announce_voided(tx, row, voided, "An item it quotes was erased")
    elif found.proposal is not None and (
        item.id in found.proposal.item_ids or cites(found.proposal.content, item.id)
    ):
        row = standing.save(tx, replace(found, proposal=None), by_person=False)
        tx.record(BriefRedacted(brief=row))
    for revision in briefs.revisions_of(tx.connection, brief_id):
        before = revision.content
        after = replace(revision, content=without_item(before, item))
        if after.content != before:
            briefs.put_revision(tx.connection, after)
    return changed


def _inside(text: str) -> bytes:
    """How the text stands inside a JSON string."""
    return msgspec.json.encode(text)[1:-1]
