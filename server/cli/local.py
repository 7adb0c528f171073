"""The desk of a data folder that nobody owns: the engine itself, as principal ``system``."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec
from msgspec.structs import asdict, replace

from engine import Engine
from engine.errors import NotFound
from engine.events.recorded import Latest, Recorded
from engine.ingest.sources import NewSource
from engine.log.verify import AuditResult
from engine.model import (
    SYSTEM,
    Change,
    ErasedReply,
    Hold,
    IssuedToken,
    Person,
    Progress,
    Record,
    RunRow,
    SigningKey,
    StandIn,
    TokenRow,
)
from engine.settings import Settings
from server.cli import counts
from server.cli.desk import OnProgress
from server.cli.outcome import check_whole, with_titles
from server.cli.terminal import complain


@asynccontextmanager
async def open_local(settings: Settings, *, resume: bool) -> AsyncIterator["LocalDesk"]:
    """Own the data folder until the block ends, saying that nobody can be reached there."""
    engine = await Engine.open(replace(settings, addr="", mock=False), resume=resume)
    try:
        yield LocalDesk(engine)
    finally:
        await engine.close()


class LocalDesk:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def ingest(self, sources: Sequence[NewSource], show: OnProgress) -> RunRow:
        ingest = self._engine.ingest
        await self._see_through()
        stop = self._engine.log.listen(Follower(show))
        try:
            added = [await ingest.add_source(SYSTEM, each) for each in sources]
            ids = tuple(dict.fromkeys(row.source.id for row in added))
            started = await ingest.run(SYSTEM, ids)
            finished = await ingest.wait() or started
            check_whole(started, await ingest.status())
            await self._engine.settled()  # else the briefs would wait for the next start
            return with_titles(finished, added)
        finally:
            stop()

    async def _see_through(self) -> None:
        """Wait for runs that were cut off, which go on at opening, and say what they brought:
        the command's own run will then find it here already."""
        ingest = self._engine.ingest
        cut_off = (await ingest.status()).running
        last = await ingest.wait()
        status = await ingest.status()
        for run in cut_off:
            check_whole(run, status)
        if last is not None and any(run.id == last.id for run in cut_off):
            brought = ", ".join(counts.told(asdict(last)))
            complain(f"A run that was cut off went on first. {last.read:,} read: {brought}.")

    async def export(self, brief_id: str) -> tuple[str, bytes]:
        try:
            row, package = await self._engine.exports.create(SYSTEM, brief_id)
        except NotFound as error:
            folder = self._engine.settings.data_dir
            raise NotFound(
                f"{error} This is the desk in {folder}; a running one is named with --url."
            ) from None
        return row.filename, package

    async def issue_token(
        self, name: str, roles: tuple[str, ...], ttl_hours: int | None, service: bool
    ) -> IssuedToken:
        return await self._engine.access.issue_token(SYSTEM, name, roles, ttl_hours, service)

    async def tokens(self) -> tuple[TokenRow, ...]:
        return await self._engine.access.tokens(SYSTEM)

    async def revoke_token(self, token_id: str) -> TokenRow:
        return await self._engine.access.revoke_token(SYSTEM, token_id)

    async def people(self) -> tuple[Person, ...]:
        return await self._engine.people.listed(SYSTEM)

    async def grant(self, person_id: str, role: str) -> Person | Change:
        return await self._engine.people.grant(SYSTEM, person_id, role)

    async def take(self, person_id: str, role: str) -> Person:
        return await self._engine.people.take(SYSTEM, person_id, role)

    async def deputise(self, person_id: str, stand_in: StandIn) -> Person | Change:
        return await self._engine.people.deputise(SYSTEM, person_id, stand_in)

    async def end_deputy(self, person_id: str, role: str) -> Person:
        return await self._engine.people.end_deputy(SYSTEM, person_id, role)

    async def changes(self) -> tuple[Change, ...]:
        return await self._engine.changes.waiting(SYSTEM)

    async def confirm(self, change_id: str) -> Change:
        return await self._engine.changes.confirm(SYSTEM, change_id)

    async def refuse(self, change_id: str) -> Change:
        return await self._engine.changes.refuse(SYSTEM, change_id)

    async def verify_audit(self) -> AuditResult:
        return await self._engine.audit.verify(SYSTEM)

    async def rotate_key(self) -> SigningKey:
        return await self._engine.notary.rotate(SYSTEM)

    async def hold(self, subject: str, why: str) -> Hold:
        return await self._engine.holds.add(SYSTEM, subject, why)

    async def holds(self) -> tuple[Hold, ...]:
        return await self._engine.holds.every(SYSTEM)

    async def end_hold(self, subject: str) -> Hold:
        return await self._engine.holds.remove(SYSTEM, subject)

    async def erase_person(self, name: str, why: str) -> ErasedReply:
        return await self._engine.erasure.person(SYSTEM, name, why)

    async def erase_item(self, item_id: str, why: str) -> ErasedReply:
        return await self._engine.erasure.item(SYSTEM, item_id, why)


class Follower:
    """Hears the log and shows what ``ingest.progress`` says."""

    def __init__(self, show: OnProgress) -> None:
        self._show = show

    def recorded(self, events: Sequence[Recorded]) -> None:
        """Recorded events are not shown: the counts come back with the run."""

    def latest(self, event: Latest) -> None:
        if event.type == "ingest.progress":
            self._show(msgspec.json.decode(event.wire, type=_Wire).data.progress)


class _Data(Record, frozen=True, kw_only=True):
    progress: Progress


class _Wire(Record, frozen=True, kw_only=True):
    data: _Data
