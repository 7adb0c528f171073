"""Forgetting a person or an item in what the desk shows, and telling everybody.

What the log said of them before is blanked afterwards, by ``erasure.py``: ``Gone`` tells it how to
find that.
"""

import secrets
from functools import partial

import msgspec
from msgspec.structs import replace

from engine.desk import standing
from engine.desk.holds import refuse_held
from engine.desk.permit import permit
from engine.desk.redaction import (
    ERASED,
    Person,
    blank_item,
    cites,
    text_without_person,
    without_item,
    without_person,
)
from engine.errors import NotFound
from engine.events.brief import BriefRedacted, BriefRevised
from engine.events.event import Facets
from engine.events.export import ExportRedacted
from engine.events.issue import IssueUpdated
from engine.events.review import ReviewInterrupted, ReviewResumed
from engine.model import SYSTEM, Item, Principal, Record, SignOff
from engine.review import transitions
from engine.store import access, briefs, desk, documents, exports, idempotency, issues, items
from engine.store.writer import Tx


class Gone(Record, frozen=True, kw_only=True):
    """What the state has lost: how events about it are found, and how much it touched."""

    subject: str
    needles: tuple[bytes, ...]
    within: tuple[str, ...] | None
    briefs: int
    packages: int


# -- a person ------------------------------------------------------------------------------------


def forget_person(tx: Tx, by: Principal, name: str) -> tuple[Person, Gone]:
    """Raises NotFound, OnHold."""
    permit(tx, by, "tokens")
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


def forget_item(tx: Tx, by: Principal, item_id: str) -> Gone:
    """Raises NotFound, OnHold."""
    permit(tx, by, "tokens")
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
