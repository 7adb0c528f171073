"""Briefs: read, write on request, edit, open for review, adopt what is proposed."""

import msgspec
from msgspec import UnsetType
from msgspec.structs import replace
from sqlalchemy import Connection

from engine.briefing.assets import assets as make_assets
from engine.briefing.lens import lens as make_lens
from engine.desk import standing, whereabouts
from engine.desk.context import Context
from engine.desk.edit import BriefEdit, edited, is_beside, without_unused
from engine.desk.permit import permit
from engine.desk.rights import require
from engine.desk.scribe import Scribe
from engine.desk.standing import Standing
from engine.errors import Conflict, Invalid, NotFound, PreconditionRequired, StaleDigest
from engine.events.brief import BriefCopyEdited, BriefRevised
from engine.events.review import ReviewOpened
from engine.model import (
    Assets,
    AssetsReply,
    Audience,
    BriefView,
    Content,
    Difference,
    Lens,
    LensName,
    Principal,
    Revision,
    Why,
)
from engine.review import rules, transitions
from engine.review.diff import diff
from engine.review.state import ReviewState
from engine.store import briefs, desk, issues
from engine.store.writer import Tx

UNSIGNED = "DRAFT – UNSIGNED"


class BriefDesk:
    def __init__(self, context: Context, scribe: Scribe) -> None:
        self._context = context
        self._scribe = scribe

    async def get(self, brief_id: str) -> BriefView:
        """The brief as it now reads. Raises NotFound."""
        return await self._context.read(lambda c: view(c, brief_id))

    async def difference(self, brief_id: str, since: str, until: str | None = None) -> Difference:
        """What changed from the revision with the digest ``since`` to that with ``until``, the
        current one if left out. Raises NotFound."""

        def query(connection: Connection) -> Difference:
            now = view(connection, brief_id)
            before = _revision(connection, now, since)
            after = _revision(connection, now, until or now.brief.digest)
            return Difference(
                brief_id=brief_id,
                since=since,
                digest=after.digest,
                diff=diff(before.content, after.content),
                revisions=tuple(
                    row for row in now.revisions if before.number < row.number <= after.number
                ),
            )

        return await self._context.read(query)

    async def lens(self, brief_id: str, name: LensName) -> Lens:
        """The brief as one role needs it. Raises NotFound."""
        found = await self.get(brief_id)
        row = found.brief
        return make_lens(row.id, found.content, row.digest, row.gate_open, name)

    async def assets(
        self, brief_id: str | None, brief: Content | None, audience: Audience
    ) -> AssetsReply:
        """Copy for one audience, from a stored brief or from one handed in.

        Marked as unsigned until the stored brief's gate is open, and for an audience that the
        signed text has no copy for; edited copy is given as edited.
        """
        if (brief_id is None) == (brief is None):
            raise Invalid("Give either brief_id or brief.")
        if brief is not None:
            made = make_assets(brief, audience)
            return _assets_reply("", audience, made, digest="", released=False)
        found = await self.get(brief_id or "")
        row, signed = found.brief, found.content.assets.get(audience)
        made = signed or found.beside.get(audience) or make_assets(found.content, audience)
        released = row.gate_open and signed is not None
        return _assets_reply(row.id, audience, made, digest=row.digest, released=released)

    async def write(self, by: Principal, brief_id: str) -> BriefView:
        """Write the brief of an issue that has none yet; one that has is returned as it is."""
        await self._context.read(lambda c: require(by, "edit", desk.config(c)))
        await self._scribe.write_now(brief_id)
        return await self.get(brief_id)

    async def edit(
        self, by: Principal, brief_id: str, if_match: str | None, edit: BriefEdit
    ) -> BriefView:
        """A person's edit makes a new revision and voids every sign-off on the old one.

        Copy for an audience that the signed text has none for is kept beside it instead.
        """

        def command(tx: Tx) -> None:
            found = _to_change(tx, by, brief_id, if_match)
            signed = rules.valid_signoffs(found.review, tx.now)
            if signed and is_beside(found.revision.content, edit):
                _keep_beside(tx, found, edit, by)
                return
            content, fields = _edited(found, edit)
            if content == found.revision.content:
                raise Invalid("The edit changes nothing.")
            found = replace(found, review=transitions.taken_in(found.review))
            _revise(tx, found, content, by=by, why="edited", edited_fields=fields)

        await self._context.write(command)
        self._scribe.look_at(brief_id)
        return await self.get(brief_id)

    async def open_review(self, by: Principal, brief_id: str) -> BriefView:
        """From now on machines only propose. Opening twice is no error."""

        def command(tx: Tx) -> None:
            permit(tx, by, "review")
            found = standing.load(tx, brief_id)
            if found.review.opened:
                return
            after = replace(found, review=transitions.opened(found.review))
            tx.record(ReviewOpened(brief=standing.save(tx, after), by=by.name))

        await self._context.write(command)
        return await self.get(brief_id)

    async def adopt(
        self, by: Principal, brief_id: str, if_match: str | None, seen: str | None = None
    ) -> BriefView:
        """Take over the waiting proposal as a new revision. Raises Conflict when there is none.

        ``seen`` is the digest of the proposal the person has read; StaleDigest if it has grown.
        """

        def command(tx: Tx) -> None:
            found = _to_change(tx, by, brief_id, if_match)
            proposal = found.proposal
            if proposal is None:
                raise Conflict("There is no proposal to adopt.")
            if seen is not None and seen != proposal.digest:
                raise StaleDigest(
                    "The proposal has grown since you read it.", digest=proposal.digest
                )
            items = found.revision.items + proposal.new_items
            _revise(tx, found, proposal.content, by=by, why="adopted", items=items)

        await self._context.write(command)
        return await self.get(brief_id)


def view(connection: Connection, brief_id: str) -> BriefView:
    stored = briefs.get(connection, brief_id)
    if stored is None:
        raise _no_brief(connection, brief_id)
    review = msgspec.json.decode(stored.review, type=ReviewState)
    whereabouts.refuse_merged(connection, brief_id, review.merged_into)
    current = briefs.revision(connection, brief_id, stored.row.revision)
    if current is None:
        raise NotFound(f"Revision {stored.row.revision} of {brief_id!r} is missing.")
    return BriefView(
        brief=stored.row,
        content=current.content,
        proposal=stored.proposal,
        beside=review.beside,
        revisions=briefs.revision_rows(connection, brief_id),
    )


def _revision(connection: Connection, now: BriefView, digest: str) -> Revision:
    """The newest revision with this digest: text that came back has the one it had."""
    row = next((row for row in now.revisions if row.digest == digest), None)
    found = briefs.revision(connection, now.brief.id, row.number) if row else None
    if found is None:
        raise NotFound(f"{now.brief.id!r} has no revision with the digest {digest[:64]!r}.")
    return found


def _no_brief(connection: Connection, brief_id: str) -> NotFound:
    issue = issues.get(connection, brief_id)
    whereabouts.refuse_merged(connection, brief_id, issue.merged_into if issue else None)
    if issue is None:
        return NotFound(f"There is no brief or issue {brief_id!r}.")
    return NotFound(f"Issue {brief_id!r} has no brief yet; ask for one to be written.")


def _to_change(tx: Tx, by: Principal, brief_id: str, if_match: str | None) -> Standing:
    """The brief a person is about to change, if they may and have seen what is there now."""
    permit(tx, by, "edit")
    found = standing.load(tx, brief_id)
    if if_match is None:
        raise PreconditionRequired("Say which digest you change: If-Match is missing.")
    if if_match != found.revision.digest:
        raise StaleDigest("The brief has changed since you read it.", digest=found.revision.digest)
    return found


def _edited(found: Standing, edit: BriefEdit) -> tuple[Content, frozenset[str]]:
    """The content after the edit, with what was kept beside it, and the fields both touched."""
    before, beside = found.revision.content, found.review.beside
    own = frozenset(f"assets.{audience}" for audience in beside)
    whole: Content = replace(before, assets={**before.assets, **beside})
    content, fields = edited(whole, edit, found.review.edited_fields | own)
    return without_unused(content, found.review.withdrawn), fields | own


def _keep_beside(tx: Tx, found: Standing, edit: BriefEdit, by: Principal) -> None:
    copy: dict[str, Assets] = {}
    if not isinstance(edit.assets, UnsetType):
        copy.update(edit.assets.items())
    after = replace(found, review=transitions.keep_beside(found.review, copy, by.id))
    row = standing.save(tx, after)
    tx.record(BriefCopyEdited(brief=row, by=by.name, audiences=tuple(copy)))


def _revise(
    tx: Tx,
    found: Standing,
    content: Content,
    *,
    by: Principal,
    why: Why,
    items: int | None = None,
    edited_fields: frozenset[str] = frozenset(),
) -> None:
    after, voided = standing.revise(
        tx,
        found,
        content,
        by=by,
        why=why,
        items=found.revision.items if items is None else items,
        edited_fields=edited_fields,
    )
    row = standing.save(tx, after)
    tx.record(BriefRevised(brief=row, by=by.name, why=why))
    standing.announce_voided(tx, row, voided, f"{by.name} made revision {row.revision}")


def _assets_reply(
    brief_id: str, audience: Audience, made: Assets, *, digest: str, released: bool
) -> AssetsReply:
    return AssetsReply(
        brief_id=brief_id,
        audience=audience,
        assets=made,
        digest=digest,
        marking="" if released else UNSIGNED,
    )
