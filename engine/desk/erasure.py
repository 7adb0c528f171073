"""Erasing a person or an item: out of what the desk shows, and out of the log's data.

The chain holds only digests of data, so it still verifies. That something was erased, by whom and
why, is an event; what it was is nowhere. Packages that have left are what other people hold: they
are not touched, and neither are backups.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from engine.desk.access import Access
from engine.desk.context import Context
from engine.desk.forgetting import Gone, forget_item, forget_person
from engine.desk.redaction import without_person
from engine.errors import Invalid
from engine.events.audit import AuditErased
from engine.log import archive
from engine.model import ErasedReply, Principal
from engine.store import holds
from engine.store import log as rows
from engine.store.writer import Tx

BATCH = 200
"""Events that are blanked in one transaction."""
RECORDS = frozenset({"audit.erased", "audit.restored"})
"""Without these the log would no longer prove what it is: they are never blanked."""

Concerns = Callable[[bytes], bool]


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
        person, gone = await self._context.write(lambda tx: forget_person(tx, by, name))
        self._people.forget()

        def concerns(data: bytes) -> bool:
            return without_person(data, person) != data

        return await self._blank(by, why, gone, concerns)

    async def item(self, by: Principal, item_id: str, why: str) -> ErasedReply:
        """Forget what an item said. A brief that quotes it loses the quotes in a new revision, and
        its sign-offs. For an admin. Raises NotFound, OnHold, Invalid without a reason."""
        why = _reason(why)
        gone = await self._context.write(lambda tx: forget_item(tx, by, item_id))
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
