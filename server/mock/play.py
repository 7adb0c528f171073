"""Plays the example day on an ordinary desk: its prepared issues, its paced feeds, its script.

Everything goes through the engine's own commands; nothing is answered from the files. The data
folder and the feeds with today's dates lie in a temporary folder that goes with the process.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_never

import structlog
from aiohttp import web
from msgspec.structs import replace

from engine import Engine, Settings
from engine.desk.demo import PRINCIPALS
from engine.desk.importing import ImportedBrief, ImportedIssue, ImportedQuote
from engine.desk.review import SignRequest
from engine.errors import Invalid, WireroomError
from engine.ingest.sources import NewSource
from engine.model import SYSTEM, Entry, Principal
from server import keys
from server.mock.dates import moved, newest
from server.mock.day import (
    Day,
    ExampleBrief,
    ExampleItem,
    OpenReview,
    PushItems,
    Sign,
    load,
    local_feeds,
    locate,
)

Sleep = Callable[[float], Awaitable[None]]
FEEDS = "example-feeds"

log = structlog.get_logger("wireroom.mock")


@contextmanager
def throwaway(settings: Settings) -> Iterator[Settings]:
    """The settings with a data folder that is deleted when the block ends."""
    with TemporaryDirectory(prefix="wireroom-mock-") as folder:
        yield replace(settings, data_dir=Path(folder))


async def playing(app: web.Application) -> AsyncIterator[None]:
    """A cleanup context: what the day begins with is there before anybody is let in."""
    day = load(locate(app[keys.SETTINGS].examples_dir))
    engine = app[keys.ENGINE]
    feeds = await prepare(engine, day)
    task = asyncio.create_task(_played(engine, day, feeds), name="wireroom-mock")
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _played(engine: Engine, day: Day, feeds: dict[str, Path]) -> None:
    try:
        await _go_on(engine, day, feeds)
    except Exception:  # without its example the desk still serves
        log.exception("day_stopped")


async def play(engine: Engine, day: Day, sleep: Sleep = asyncio.sleep) -> None:
    """Play the whole day; returns when feeds and script are through."""
    await _go_on(engine, day, await prepare(engine, day), sleep)


async def prepare(engine: Engine, day: Day) -> dict[str, Path]:
    """Bring in the prepared issues; the feed files with dates of today, by source."""
    feeds, by = await asyncio.to_thread(_with_dates_of_today, engine, day)
    await engine.importing.adopt(SYSTEM, _issues(day, by))
    return feeds


async def _go_on(
    engine: Engine, day: Day, feeds: dict[str, Path], sleep: Sleep = asyncio.sleep
) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_read_feeds(engine, day, feeds))
        group.create_task(_follow_script(engine, day, sleep))


# -- feeds ---------------------------------------------------------------------------------------


def _with_dates_of_today(engine: Engine, day: Day) -> tuple[dict[str, Path], timedelta]:
    """The day's feed files again with moved dates, and by how much: the newest is just now."""
    texts = {name: path.read_text("utf-8") for name, path in local_feeds(day).items()}
    latest = max(_latest(day, texts.values()), default=None)
    by = engine.clock() - latest if latest else timedelta()
    data_dir = engine.settings.data_dir
    (data_dir / FEEDS).mkdir(exist_ok=True)
    copies: dict[str, Path] = {}
    for source in day.sources:
        if source.id in texts:
            copies[source.id] = Path(FEEDS, f"{source.id}{Path(source.location).suffix}")
            (data_dir / copies[source.id]).write_text(moved(texts[source.id], by), "utf-8")
    return copies, by


def _latest(day: Day, texts: Iterable[str]) -> Iterator[datetime]:
    for issue in day.issues:
        yield from (item.published for item in issue.items if item.published)
    found = newest(texts)
    if found:
        yield found


async def _read_feeds(engine: Engine, day: Day, feeds: dict[str, Path]) -> None:
    """Add the sources and read them at the day's pace, so that one can watch the desk fill."""
    for source in day.sources:
        location = str(feeds.get(source.id, source.location))
        await engine.ingest.add_source(
            SYSTEM,
            NewSource(
                id=source.id,
                kind=source.kind,
                location=location,
                title=source.title,
                columns=source.columns,
            ),
        )
    if not day.sources:
        return
    engine.ingest.pace = day.runtime.pace.items_per_s
    try:
        await engine.ingest.run(SYSTEM, tuple(source.id for source in day.sources))
    finally:
        engine.ingest.pace = None  # what others bring is read at full speed
    await engine.ingest.wait()


# -- the script ----------------------------------------------------------------------------------


async def _follow_script(engine: Engine, day: Day, sleep: Sleep) -> None:
    now = 0.0
    for step in sorted(day.runtime.script, key=lambda step: step.after_s):
        await sleep(step.after_s - now)
        now = step.after_s
        try:
            await _act(engine, step)
        except WireroomError as error:
            # A visitor may have got there first, or the day has no such brief: the rest goes on.
            log.warning("step_skipped", step=type(step).__name__, code=error.code, why=str(error))


async def _act(engine: Engine, step: OpenReview | PushItems | Sign) -> None:
    match step:
        case OpenReview():
            await engine.briefs.open_review(PRINCIPALS[0], step.brief_id)
        case PushItems():
            await engine.ingest.push(SYSTEM, [_entry(item) for item in step.items], "Late news")
        case Sign():
            await _sign(engine, _holder(step.role), step)
        case _:
            assert_never(step)


async def _sign(engine: Engine, by: Principal, step: Sign) -> None:
    """Approve what is there to be seen, as a person does."""
    seen = await engine.briefs.get(step.brief_id)
    request = SignRequest(
        role=step.role, approve=True, brief_id=step.brief_id, digest=seen.brief.digest
    )
    await engine.review.sign(by, request)


def _holder(role: str) -> Principal:
    for principal in PRINCIPALS:
        if role in principal.roles:
            return principal
    raise Invalid(f"No demo reviewer holds the role {role!r}.")


# -- the JSON state ------------------------------------------------------------------------------


def _issues(day: Day, by: timedelta) -> tuple[ImportedIssue, ...]:
    return tuple(
        ImportedIssue(
            id=issue.id,
            title=issue.title,
            quadrant=issue.quadrant,
            score=issue.score,
            entries=tuple(_entry(item, by) for item in issue.items),
            brief=_brief(day.briefs[issue.id]) if issue.id in day.briefs else None,
        )
        for issue in day.issues
    )


def _brief(brief: ExampleBrief) -> ImportedBrief:
    return ImportedBrief(
        title=brief.title,
        summary=brief.summary,
        risks=brief.risks,
        opportunities=brief.opportunities,
        recommendations=brief.recommendations,
        evidence=tuple(ImportedQuote(url=e.url, quote=e.quote) for e in brief.evidence),
    )


def _entry(item: ExampleItem, by: timedelta = timedelta()) -> Entry:
    return Entry(
        title=item.title,
        text=item.text,
        url=item.url,
        publisher=item.publisher,
        published=item.published + by if item.published else None,
    )
