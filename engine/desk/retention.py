"""What is older than the settings say leaves: items, the bytes of packages, and the log, which
moves to an archive that still proves it.

In small batches through the one writer, so that nobody waits for it. What is under a legal hold
stays, and so do items that a brief quotes.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from engine.desk.context import Context
from engine.desk.notary import private_key
from engine.errors import StoreFailed
from engine.events.audit import AuditTrimmed
from engine.log import archive
from engine.log.archive import Segment
from engine.log.line import Damaged, Line, Stored, checked
from engine.log.signing import sign_head
from engine.model import Record, SignedHead, SigningKey
from engine.record import GENESIS, Head
from engine.store import briefs, exports, heads, holds, items
from engine.store import log as rows
from engine.store.writer import Tx

BATCH = 500
SEGMENT = 1_000
"""Events in one segment and one transaction at most."""
AT_LEAST_EVERY = timedelta(days=1)
"""A segment that is not full waits so long past its time: not a file for every event."""
EVERY_S = 3_600.0

log = structlog.get_logger("wireroom.retention")


class Leaving(Record, frozen=True, kw_only=True):
    """A stretch of the log on its way to the archive."""

    previous: bytes
    lines: tuple[Line, ...]
    keys: tuple[SigningKey, ...]
    heads: tuple[SignedHead, ...]


class Retention:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings = context.settings

    async def trim(self) -> None:
        """Let go of everything that is due. What breaks off goes on the next time."""
        now = self._context.clock()
        settings = self._settings
        if settings.keep_items_days:
            await self._items(now, settings.keep_items_days)
        if settings.keep_exports_days:
            await self._exports(now, settings.keep_exports_days)
        if settings.keep_log_days:
            await self._log(now, settings.keep_log_days)

    async def _items(self, now: datetime, days: int) -> None:
        before = _edition(now, days)
        quoted = await self._context.read(briefs.quoted_items)

        def command(tx: Tx, at: int) -> int:
            """Where the next batch begins; 0 behind the last."""
            held = holds.subjects(tx.connection)
            found = items.older(tx.connection, before, after=at, limit=BATCH)
            fresh = briefs.quoted_items(tx.connection, {each.issue_id for each in found})
            due = [
                each.n
                for each in found
                if each.id not in quoted | fresh and held.isdisjoint((each.id, each.issue_id))
            ]
            items.delete(tx.connection, due)
            _say(tx, AuditTrimmed(kind="items", count=len(due), days=days))
            return found[-1].n if len(found) == BATCH else 0

        await self._in_batches(command)

    async def _exports(self, now: datetime, days: int) -> None:
        before = _edition(now, days)

        def command(tx: Tx, at: int) -> int:
            held = holds.subjects(tx.connection)
            found = exports.older(tx.connection, before, after=at, limit=BATCH)
            due = [each.n for each in found if held.isdisjoint((each.id, each.brief_id))]
            exports.drop_packages(tx.connection, due)
            _say(tx, AuditTrimmed(kind="exports", count=len(due), days=days))
            return found[-1].n if len(found) == BATCH else 0

        await self._in_batches(command)

    async def _in_batches(self, command: Callable[[Tx, int], int]) -> None:
        def after(at: int) -> Callable[[Tx], int]:
            return lambda tx: command(tx, at)

        at = await self._context.write(after(0))
        while at:
            at = await self._context.write(after(at))

    async def _log(self, now: datetime, days: int) -> None:
        """Into the archive first, then out of the store: a crash between leaves it in both."""
        due = now - timedelta(days=days)
        while leaving := await self._context.read(lambda c: _leaving(c, due)):
            segment, boundary = await asyncio.to_thread(self._put_down, leaving, now)

            def command(
                tx: Tx, segment: Segment = segment, boundary: SignedHead = boundary
            ) -> None:
                heads.add(tx.connection, boundary)
                heads.drop_before(tx.connection, segment.last)
                rows.drop_up_to(tx.connection, segment.last)
                count = segment.last - segment.first + 1
                name = archive.name(segment)
                tx.record(
                    AuditTrimmed(kind="log", count=count, days=days, seq=segment.last, archive=name)
                )

            await self._context.write(command)

    def _put_down(self, leaving: Leaving, now: datetime) -> tuple[Segment, SignedHead]:
        first, last = leaving.lines[0], leaving.lines[-1]
        end = Head(epoch=self._context.log.epoch, seq=last.seq, hash=last.hash)
        boundary = sign_head(private_key(self._settings.data_dir), end, now)
        segment = Segment(
            epoch=end.epoch, first=first.seq, last=last.seq, previous=leaving.previous.hex()
        )
        signed = (*leaving.heads, boundary)
        folder = self._settings.data_dir / archive.FOLDER
        archive.write(folder, segment, leaving.lines, leaving.keys, signed)
        return segment, boundary


def _leaving(connection: Connection, due: datetime) -> Leaving | None:
    """The next stretch from the log's beginning that may go; None when it is not worth it yet.

    It ends before the first event that a hold or a review needs. Raises StoreFailed for an event
    that is not as recorded: the archive must not vouch for it.
    """
    floor = rows.floor(connection)
    boundary = heads.at(connection, floor)
    if floor and boundary is None:
        raise StoreFailed(f"The log begins behind event {floor}, and nothing signed says why.")
    previous = before = bytes.fromhex(boundary.hash) if boundary and floor else GENESIS
    needed = holds.subjects(connection) | briefs.in_review(connection)
    lines: list[Line] = []
    for row in rows.stored(connection, SEGMENT):
        line = checked(Stored._make((*row[:7], tuple(row[7:]))))
        if isinstance(line, Damaged) or not line.follows(previous):
            raise StoreFailed(f"Event {line.seq} is not as recorded: the log is not trimmed.")
        if line.time >= due or line.subject in needed:
            break
        lines.append(line)
        previous = line.hash
    if not lines or (len(lines) < SEGMENT and lines[0].time >= due - AT_LEAST_EVERY):
        return None
    return Leaving(
        previous=before,
        lines=tuple(lines),
        keys=heads.keys(connection),
        heads=heads.up_to(connection, lines[-1].seq),
    )


def _edition(now: datetime, days: int) -> str:
    """Editions before this one are older than ``days``; an edition's id is its date."""
    return (now - timedelta(days=days)).date().isoformat()


def _say(tx: Tx, trimmed: AuditTrimmed) -> None:
    if trimmed.count:
        tx.record(trimmed)
