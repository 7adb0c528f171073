"""Two people sign: sign, decline, clear, withdraw, hold all, resume."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace
from sqlalchemy import Connection

from engine.desk import editions, release, standing
from engine.desk.context import Context
from engine.desk.permit import permit, permitted
from engine.desk.standing import Standing
from engine.errors import Conflict, Invalid, StaleDigest, WireroomError
from engine.events.review import (
    ReviewCleared,
    ReviewDeclined,
    ReviewInterrupted,
    ReviewResumed,
    ReviewSigned,
    ReviewWithdrawn,
)
from engine.model import (
    BriefRow,
    Config,
    Id,
    Inbox,
    Interrupt,
    Principal,
    Refusal,
    ReviewStatus,
    Role,
    SignedReply,
)
from engine.review import transitions
from engine.review.digest import edition_digest
from engine.review.inbox import inbox
from engine.review.state import Signing
from engine.store import briefs, desk, people
from engine.store.writer import Tx

Note = Annotated[str, Meta(max_length=2_000)]


class SignRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wish to sign one brief, or (without ``brief_id``) the whole edition.

    ``digest`` is what the person has read: of the revision, or of the edition.
    """

    role: Role
    approve: bool
    brief_id: Id | None = None
    digest: str | None = None
    note: Note = ""


class ReviewDesk:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def status(self) -> ReviewStatus:
        """The edition as reviewers see it."""
        return await self._context.read(status)

    async def inbox(self, by: Principal) -> Inbox:
        """What awaits this person."""
        now = self._context.clock()

        def query(connection: Connection) -> Inbox:
            config = desk.config(connection)
            who = permitted(connection, by, "read", now)
            current = desk.edition(connection)
            rows = briefs.rows(connection, current.id if current else "")
            return inbox(who, rows, config, people.waiting(connection), now)

        return await self._context.read(query)

    async def sign(self, by: Principal, request: SignRequest) -> SignedReply:
        """Approve or decline. Raises what the rules refuse; for an edition, what could not be
        signed is listed instead."""

        def command(tx: Tx) -> SignedReply:
            config, signer = desk.config(tx.connection), permit(tx, by, "read")
            if request.brief_id is not None:
                row = _sign_one(tx, request.brief_id, _signing(signer, request), config)
                return SignedReply(signed=(row,))
            return _sign_edition(tx, signer, request, config)

        return await self._context.write(command)

    async def withdraw(self, by: Principal, brief_id: str, role: str) -> BriefRow:
        """Take one's own approval back."""

        def command(tx: Tx) -> BriefRow:
            permit(tx, by, "read")
            found = standing.load(tx, brief_id)
            review, signoff = transitions.withdraw(found.review, by, role, tx.now)
            row = standing.save(tx, replace(found, review=review))
            tx.record(ReviewWithdrawn(brief=row, signoff=signoff))
            return row

        return await self._context.write(command)

    async def clear_decline(self, by: Principal, brief_id: str, role: str, reason: str) -> BriefRow:
        """Take a role's decline back, with a reason."""

        def command(tx: Tx) -> BriefRow:
            config, holder = desk.config(tx.connection), permit(tx, by, "read")
            found = standing.load(tx, brief_id)
            review, _ = transitions.clear_decline(
                found.review, holder, role, reason, config, tx.now
            )
            after = replace(found, review=review)
            row = standing.save(tx, after)
            tx.record(ReviewCleared(brief=row, role=role, by=by.name, reason=reason))
            return release.gate_opened(tx, after, row)

        return await self._context.write(command)

    async def interrupt(self, by: Principal, reason: str) -> Interrupt:
        """Hold all: while active nothing is exported. Raises Conflict when already active."""

        def change(tx: Tx, now: Interrupt) -> Interrupt:
            if now.active:
                raise Conflict(f"{now.by} is already holding all.")
            after = Interrupt(active=True, by=by.name, reason=reason, since=tx.now)
            tx.record(ReviewInterrupted(interrupt=after))
            return after

        return await self._switch(by, change)

    async def resume(self, by: Principal) -> Interrupt:
        """End the interrupt. Raises Conflict when there is none."""

        def change(tx: Tx, now: Interrupt) -> Interrupt:
            if not now.active:
                raise Conflict("Nothing is on hold.")
            after = Interrupt()
            tx.record(ReviewResumed(interrupt=after, by=by.name))
            return after

        return await self._switch(by, change)

    async def _switch(
        self, by: Principal, change: Callable[[Tx, Interrupt], Interrupt]
    ) -> Interrupt:
        def command(tx: Tx) -> Interrupt:
            permit(tx, by, "interrupt")
            after = change(tx, desk.interrupt(tx.connection))
            desk.put_interrupt(tx.connection, after)
            if not after.active:
                release.resumed(tx)
            return after

        return await self._context.write(command)


def status(connection: Connection) -> ReviewStatus:
    config, edition = desk.config(connection), desk.edition(connection)
    edition_id = edition.id if edition else ""
    rows = briefs.rows(connection, edition_id)
    return ReviewStatus(
        edition=edition_id,
        digest=edition_digest((row.id, row.digest) for row in rows),
        interrupt=desk.interrupt(connection),
        briefs=rows,
        required_roles=config.signoff_roles,
        dual=config.require_dual_signoff,
    )


def _signing(by: Principal, request: SignRequest, digest: str | None = None) -> Signing:
    return Signing(
        by=by,
        role=request.role,
        approve=request.approve,
        digest=digest or request.digest,
        note=request.note,
    )


def _sign_one(tx: Tx, brief_id: str, signing: Signing, config: Config) -> BriefRow:
    found = standing.load(tx, brief_id)
    signed = transitions.sign(found.review, signing, config, tx.now)
    after: Standing = replace(found, review=signed.state)
    row = standing.save(tx, after)
    if not signed.changed:
        return row
    event = ReviewSigned if signing.approve else ReviewDeclined
    tx.record(event(brief=row, signoff=signed.signoff))
    standing.announce_voided(tx, row, signed.voided, "Another sign-off took its place")
    return release.gate_opened(tx, after, row)


def _sign_edition(tx: Tx, by: Principal, request: SignRequest, config: Config) -> SignedReply:
    edition = editions.current(tx)
    rows = briefs.rows(tx.connection, edition.id)
    digest = edition_digest((row.id, row.digest) for row in rows)
    if request.digest is not None and request.digest != digest:
        raise StaleDigest("The edition has changed since you read it.", digest=digest)
    if not rows:
        raise Invalid("There is no brief in this edition to sign.")
    signed: list[BriefRow] = []
    skipped: list[Refusal] = []
    for row in rows:
        try:
            signed.append(_sign_one(tx, row.id, _signing(by, request, row.digest), config))
        except WireroomError as error:
            skipped.append(Refusal(brief_id=row.id, code=error.code, message=str(error)))
    return SignedReply(signed=tuple(signed), skipped=tuple(skipped))
