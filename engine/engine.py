"""The desk as one object: opens everything in order, closes it in reverse.

Use cases are grouped by noun (``engine.review.sign(…)``, ``engine.ingest.run(…)``); each group
is one file of ``engine/desk``.

During a restart two engines, of two processes, are open on one folder. Both take commands and
announce everything; only one is on duty: ingest runs, the scribe and the timekeeper.
"""

import asyncio
import contextlib
from datetime import UTC, datetime

import structlog
from sqlalchemy import Connection

from engine.analysis.taxonomy import load_default
from engine.briefing.roi import roi
from engine.desk import demo, editions, retention
from engine.desk.access import Access
from engine.desk.audit import AuditDesk
from engine.desk.briefs import BriefDesk
from engine.desk.changes import ChangeDesk
from engine.desk.chores import Chore
from engine.desk.config import ConfigDesk
from engine.desk.context import Context
from engine.desk.erasure import Erasure
from engine.desk.holds import HoldDesk
from engine.desk.idempotency import Idempotency
from engine.desk.identity import Identity
from engine.desk.importing import Importing
from engine.desk.ingest import IngestDesk
from engine.desk.intake import Intake
from engine.desk.issues import IssueDesk
from engine.desk.notary import Notary
from engine.desk.people import PeopleDesk
from engine.desk.placing import Placing
from engine.desk.refusals import EVERY, Refusals
from engine.desk.regrouping import RegroupingDesk
from engine.desk.release import ExportDesk
from engine.desk.review import ReviewDesk
from engine.desk.scribe import Scribe
from engine.desk.snapshot import snapshot
from engine.desk.tickets import Tickets
from engine.desk.timekeeper import Timekeeper
from engine.identity.provider import EVERY_S, Provider
from engine.ingest.fetch import Fetcher
from engine.log.log import Log
from engine.model import Roi, Snapshot
from engine.ports import Clock
from engine.settings import Settings
from engine.store import desk, issues, keyfile
from engine.store.database import Database
from engine.store.duty import Duty
from engine.store.folder import DataFolder
from engine.store.writer import Tx, Writer
from engine.worker.client import Worker

WAIT_FOR_DUTY_S = 0.05

logger = structlog.get_logger("wireroom.engine")


def _provider(context: Context) -> Provider | None:
    settings = context.settings
    if not settings.jwt_issuer:
        return None
    return Provider(settings.jwt_issuer, settings.jwt_jwks_url, context.clock)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Engine:
    """Everything the desk can do. ``open`` it, use it on the same event loop, ``close`` it."""

    def __init__(
        self, context: Context, folder: DataFolder, database: Database, writer: Writer
    ) -> None:
        self._context = context
        self._folder = folder
        self._database = database
        self._writer = writer
        self.settings = context.settings
        self.clock = context.clock
        self.log = context.log
        self.ready = False
        placing = Placing(context)
        self._scribe = Scribe(context)
        self._fetcher = Fetcher(
            timeout_s=context.settings.fetch_timeout_s,
            max_bytes=context.settings.fetch_max_bytes,
            allow_private=context.settings.fetch_private,
        )
        self.refusals = Refusals(context)
        demo_people = demo.PRINCIPALS if context.settings.mock else ()
        self._provider = _provider(context)
        identity = Identity(context, self._provider)
        self.access = Access(context, self.refusals, identity, demo_people)
        self.tickets = Tickets(context, identity)
        self.people = PeopleDesk(context, self.access.forget)
        self.changes = ChangeDesk(context, self.access.forget)
        self.issues = IssueDesk(context, placing, self._scribe, load_default().names)
        self.regrouping = RegroupingDesk(context, placing, self._scribe)
        self.briefs = BriefDesk(context, self._scribe)
        self.review = ReviewDesk(context)
        self.exports = ExportDesk(context)
        self.config = ConfigDesk(context)
        self.audit = AuditDesk(context)
        self.notary = Notary(context)
        self.retention = retention.Retention(context)
        self.holds = HoldDesk(context)
        self.erasure = Erasure(context, self.access)
        self.idempotency = Idempotency(context)
        intake = Intake(context, placing, self.regrouping, self._scribe)
        self.ingest = IngestDesk(context, intake, self._fetcher)
        self.importing = Importing(context, placing, self._scribe, self.issues.quadrants)
        self._timekeeper = Timekeeper(context, self.ingest.run_due)
        self._chores = (
            Chore("heads", context.settings.head_interval_s, self.notary.sign),
            Chore("retention", retention.EVERY_S, self.retention.trim),
            Chore("refusals", EVERY.total_seconds(), self.refusals.flush),
        )
        self._keys = Chore("identity-keys", EVERY_S, self._refresh_keys)
        self._duty = Duty(folder.path)
        self._waiting: asyncio.Task[None] | None = None
        self._is_closed = False

    @classmethod
    async def open(
        cls,
        settings: Settings,
        clock: Clock = utc_now,
        worker: Worker | None = None,
        *,
        resume: bool = True,
        lock: int | None = None,
    ) -> "Engine":
        """Take the data folder, bring it up to date, start the worker, go on where it stopped.

        Without ``resume`` nothing starts by itself: no cut-off run, no brief, no clock. With the
        ``lock`` that a running engine handed down, open beside it: nothing is migrated, and duty
        waits until the other has closed. Raises DataFolderBusy, KeyUnusable, StoreFailed.
        """
        database = Database(settings.data_dir)
        if lock is None:
            folder = DataFolder.acquire(settings.data_dir, settings.addr)
        else:
            folder = DataFolder.share(settings.data_dir, settings.addr, lock)
        try:
            keyfile.read(settings.data_dir)  # one that others can read: nothing is opened
            if lock is None:
                database.open()
            else:
                database.join()
            head = database.begin_log()
        except BaseException:
            folder.release()
            raise
        log = Log(database, head, clock)
        writer = Writer(database, clock, log.announce, after=head.seq)
        worker = worker or Worker()
        await worker.start()
        context = Context(
            settings=settings,
            clock=clock,
            database=database,
            writer=writer,
            log=log,
            worker=worker,
        )
        engine = cls(context, folder, database, writer)
        try:
            if lock is None:
                await engine.notary.open()
            await engine._start(resume)
        except BaseException:
            await engine.close()
            raise
        return engine

    async def _start(self, resume: bool) -> None:
        await self._context.write(self._first_things)
        if resume and self._duty.take():
            await self._go_on_duty()
        elif resume:
            self._waiting = asyncio.create_task(self._wait_for_duty(), name="wireroom-duty")
        if resume and self._provider is not None:
            self._provider.begin()
            self._keys.start()
        self.ready = True

    async def _refresh_keys(self) -> None:
        if self._provider is not None:
            await self._provider.refresh()

    def _first_things(self, tx: Tx) -> None:
        editions.current(tx)
        if self.settings.mock:
            demo.install(tx)

    async def _wait_for_duty(self) -> None:
        try:
            while not self._duty.take():  # noqa: ASYNC110 - the other process rings no bell
                await asyncio.sleep(WAIT_FOR_DUTY_S)
            logger.info("on_duty")
            await self._go_on_duty()
        except Exception:  # the desk still serves
            logger.exception("duty_failed")

    async def _go_on_duty(self) -> None:
        """Nobody else is at work now: what is unfinished from before was cut off."""
        await self.idempotency.forget_cut_off()
        self._scribe.start()
        await self._timekeeper.start()
        await self.ingest.start()
        for chore in self._chores:
            chore.start()
        self._scribe.look_at(*await self._context.read(issues.current_ids))

    @property
    def lock(self) -> int:
        """The descriptor of the data folder's lock, for ``open`` in a process that inherits it."""
        return self._folder.lock

    def claim(self) -> None:
        """Become the process that the data folder names, in place of the one before."""
        self._folder.claim()

    async def stand_down(self) -> None:
        """Stop what only the engine on duty does; commands are still taken."""
        if self._waiting is not None:
            self._waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._waiting
            self._waiting = None
        for chore in self._chores:
            await chore.close()
        await self._timekeeper.close()
        await self.ingest.close()
        await self._scribe.close()

    async def snapshot(self, topics: frozenset[str]) -> Snapshot:
        """The state of ``topics`` and the position it was read at."""
        return await self._context.read(lambda c: snapshot(c, topics))

    async def roi(self) -> Roi:
        """What today's edition has saved, with every assumption."""

        def count(connection: Connection) -> int:
            edition = desk.edition(connection)
            return issues.count(connection, edition.id if edition else "")

        return roi(await self._context.read(count), self.settings.roi)

    async def settled(self) -> None:
        """Wait until no run is in progress and every brief is in step with its issue."""
        await self.ingest.wait()
        await self._scribe.settled()

    async def tick(self) -> None:
        """Do what the clock alone has made due; the timekeeper does this by itself."""
        await self._timekeeper.tick()

    async def close(self) -> None:
        """Finish what is queued and let go of the data folder. Closing twice is no error."""
        if self._is_closed:
            return
        self._is_closed = True
        self.ready = False
        await self.stand_down()
        await self.access.close()
        await self._keys.close()
        if self._provider is not None:
            await self._provider.close()
        await self._fetcher.close()
        await self.notary.sign()
        await self._writer.close()
        await self._context.worker.close()
        self._database.close()
        # Last: the next on duty takes everything unfinished for cut off.
        self._duty.release()
        self._folder.release()
