"""A running desk, over REST."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import aiohttp
import msgspec
from msgspec.structs import replace

from engine.errors import Invalid
from engine.ingest.sources import NewSource
from engine.ingest.urls import is_url
from engine.log.verify import AuditResult
from engine.model import (
    Change,
    ErasedReply,
    Hold,
    IngestStatus,
    IssuedToken,
    Person,
    Record,
    Rejected,
    RunRow,
    SigningKey,
    SourceRow,
    StandIn,
    TokenRow,
)
from server.cli.batches import parts_of
from server.cli.calls import Calls, Refused, opened
from server.cli.desk import OnProgress
from server.cli.outcome import check_whole, with_titles
from server.cli.places import files_of

T = TypeVar("T")
COUNTS = (
    *("read", "new", "known", "duplicates", "rejected"),
    *("issues_added", "issues_updated"),
)
FIRST_LOOK_S = 0.01
"""A small file is read in no time, and a folder may have thousands."""
LOOK_EVERY_S = 0.2
ABOUT_THE_BODY = (400, 413, 415, 422)
"""What is wrong with one file; anything else would be wrong with the next one, too."""
TITLE_LENGTH = 80
MEDIA_TYPES = {
    "csv": "text/csv",
    "jsonl": "application/x-ndjson",
    "feed": "application/rss+xml",
}


class _Closable(Record, frozen=True, kw_only=True):
    """What tells a change, which has a state, from a person."""

    state: str = ""


@asynccontextmanager
async def open_remote(url: str, token: str | None) -> AsyncIterator["RemoteDesk"]:
    """A session with the desk at ``url``."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    timeout = aiohttp.ClientTimeout(total=None, connect=10, sock_read=120)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        yield RemoteDesk(Calls(session, url))


class RemoteDesk:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def ingest(self, sources: Sequence[NewSource], show: OnProgress) -> RunRow:
        """Files are sent; a URL becomes a source of the desk, which then reads it."""
        runs = await self._read_urls([each for each in sources if is_url(each.location)], show)
        for source in sources:
            if source.kind == "folder":
                runs.extend([run async for run in self._folder(source, show)])
            elif not is_url(source.location):
                runs.extend([run async for run in self._upload(source, show)])
        return _sum(runs)

    async def status(self) -> IngestStatus:
        return await self._calls.call("GET", "/ingest/status", IngestStatus)

    async def export(self, brief_id: str) -> tuple[str, bytes]:
        headers, package = await self._calls.send("POST", f"/export/{_part(brief_id)}")
        disposition = headers.get("Content-Disposition", "")
        _, _, name = disposition.partition("filename=")
        return Path(name.strip('"')).name or f"{brief_id}.zip", package

    async def issue_token(
        self, name: str, roles: tuple[str, ...], ttl_hours: int | None, service: bool
    ) -> IssuedToken:
        wanted = {"name": name, "roles": roles, "ttl_hours": ttl_hours, "service": service}
        return await self._calls.call("POST", "/tokens", IssuedToken, wanted)

    async def tokens(self) -> tuple[TokenRow, ...]:
        return await self._calls.call("GET", "/tokens", tuple[TokenRow, ...])

    async def revoke_token(self, token_id: str) -> TokenRow:
        return await self._calls.call("DELETE", f"/tokens/{_part(token_id)}", TokenRow)

    async def people(self) -> tuple[Person, ...]:
        return await self._calls.call("GET", "/people", tuple[Person, ...])

    async def grant(self, person_id: str, role: str) -> Person | Change:
        return await self._ask(f"/people/{_part(person_id)}/roles", {"role": role})

    async def take(self, person_id: str, role: str) -> Person:
        path = f"/people/{_part(person_id)}/roles/{_part(role)}"
        return await self._calls.call("DELETE", path, Person)

    async def deputise(self, person_id: str, stand_in: StandIn) -> Person | Change:
        return await self._ask(f"/people/{_part(person_id)}/deputies", stand_in)

    async def end_deputy(self, person_id: str, role: str) -> Person:
        path = f"/people/{_part(person_id)}/deputies/{_part(role)}"
        return await self._calls.call("DELETE", path, Person)

    async def changes(self) -> tuple[Change, ...]:
        return await self._calls.call("GET", "/changes", tuple[Change, ...])

    async def confirm(self, change_id: str) -> Change:
        return await self._calls.call("POST", f"/changes/{_part(change_id)}/confirm", Change)

    async def refuse(self, change_id: str) -> Change:
        return await self._calls.call("DELETE", f"/changes/{_part(change_id)}", Change)

    async def ping(self) -> None:
        """Raise Unreachable unless a desk answers."""
        await self._calls.send("GET", "/healthz")

    async def verify_audit(self) -> AuditResult:
        return await self._calls.call("GET", "/audit/verify", AuditResult)

    async def rotate_key(self) -> SigningKey:
        return await self._calls.call("POST", "/audit/key", SigningKey)

    async def hold(self, subject: str, why: str) -> Hold:
        return await self._calls.call("POST", "/holds", Hold, {"subject": subject, "why": why})

    async def holds(self) -> tuple[Hold, ...]:
        return await self._calls.call("GET", "/holds", tuple[Hold, ...])

    async def end_hold(self, subject: str) -> Hold:
        return await self._calls.call("DELETE", f"/holds?subject={_part(subject)}", Hold)

    async def erase_person(self, name: str, why: str) -> ErasedReply:
        return await self._calls.call("POST", "/erase", ErasedReply, {"person": name, "why": why})

    async def erase_item(self, item_id: str, why: str) -> ErasedReply:
        return await self._calls.call("POST", "/erase", ErasedReply, {"item": item_id, "why": why})

    # -- ingest ----------------------------------------------------------------------------------

    async def _read_urls(self, urls: Sequence[NewSource], show: OnProgress) -> list[RunRow]:
        if not urls:
            return []
        rows = [await self._calls.call("POST", "/ingest/sources", SourceRow, each) for each in urls]
        wanted = {"sources": [row.source.id for row in rows]}
        started = await self._calls.call("POST", "/ingest/run", RunRow, wanted)
        return [with_titles(await self._finished(started, show), rows)]

    async def _folder(self, folder: NewSource, show: OnProgress) -> AsyncIterator[RunRow]:
        """File after file, as a desk reads a folder of its own: one that cannot be read is a reject
        that names it."""
        title = folder.title or Path(folder.location).name
        for number, file in enumerate(files_of(folder), 1):
            name = Path(file.location).relative_to(folder.location).as_posix()
            try:
                async for run in self._upload(file, show):
                    yield _named(run, title, number, name)
            except Refused as refused:
                if refused.status not in ABOUT_THE_BODY:
                    raise
                yield _unread(title, number, f"{name}: {refused}")

    async def _upload(self, file: NewSource, show: OnProgress) -> AsyncIterator[RunRow]:
        kind = file.kind or "feed"
        query = {"title": (file.title or Path(file.location).stem)[:TITLE_LENGTH]}
        if file.columns:
            query["columns"] = ",".join(f"{name}:{at}" for name, at in file.columns.items())
        before = 0
        with closing(parts_of(Path(file.location), kind)) as bodies:
            for body in bodies:
                headers = {"Content-Type": MEDIA_TYPES[kind]}
                _, answer = await self._calls.send(
                    "POST", "/ingest/items", body=body, query=query, headers=headers
                )
                run = await self._finished(opened(answer, RunRow), show)
                yield _of_file(run, before, Path(file.location).name)
                before += run.read

    async def _finished(self, run: RunRow, show: OnProgress) -> RunRow:
        """Look at the run until it is over, showing how far it has come."""
        pause_s = FIRST_LOOK_S
        while run.finished is None:
            status = await self.status()
            for progress in status.progress:
                if progress.run_id == run.id:
                    show(progress)
            if status.last_run is not None and status.last_run.id == run.id:
                return status.last_run
            now = next((each for each in status.running if each.id == run.id), None)
            if now is None:
                check_whole(run, status)
                return run  # over, and another run has finished since
            run = now
            await asyncio.sleep(pause_s)
            pause_s = min(LOOK_EVERY_S, 2 * pause_s)
        return run

    async def _ask(self, path: str, wanted: object) -> Person | Change:
        """What is done at once is the person; what waits for a second admin is the change."""
        raw = await self._calls.call("POST", path, msgspec.Raw, wanted)
        if msgspec.json.decode(raw, type=_Closable).state:
            return msgspec.json.decode(raw, type=Change)
        return msgspec.json.decode(raw, type=Person)


def _part(value: str) -> str:
    """One segment of a path, whatever was typed."""
    return quote(value, safe="")


def _of_file(run: RunRow, before: int, name: str) -> RunRow:
    """The run of one part, with its rejected rows numbered as in the whole file."""
    rejects = tuple(replace(row, position=row.position + before) for row in run.rejects)
    why = " ".join(run.errors.values())
    whole: RunRow = replace(run, rejects=rejects, errors={name: why} if why else {})
    return whole


def _named(run: RunRow, title: str, number: int, name: str) -> RunRow:
    """As part of a folder: reasons name the file, which is rejected if it could not be read."""
    if error := next(iter(run.errors.values()), ""):
        return _unread(title, number, f"{name}: {error}")
    rejects = tuple(
        replace(row, source_id=title, reason=f"{name}: {row.reason}") for row in run.rejects
    )
    named: RunRow = replace(run, rejects=rejects)
    return named


def _unread(title: str, number: int, why: str) -> RunRow:
    now = datetime.now(UTC)
    reject = Rejected(source_id=title, position=number, reason=why)
    return RunRow(id="", started=now, finished=now, read=1, rejected=1, rejects=(reject,))


def _sum(runs: Sequence[RunRow]) -> RunRow:
    """All runs as one: counts added, lists joined."""
    if not runs:
        raise Invalid("There is nothing to read in that folder.")
    total = runs[0]
    for run in runs[1:]:
        total = replace(
            total,
            finished=run.finished,
            failed_sources=(*total.failed_sources, *run.failed_sources),
            errors=total.errors | run.errors,
            rejects=(*total.rejects, *run.rejects),
            **{name: getattr(total, name) + getattr(run, name) for name in COUNTS},
        )
    return total
