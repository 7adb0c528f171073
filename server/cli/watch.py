"""``wireroom watch``: everything that happens on a desk, in the terminal, until Ctrl-C."""

import asyncio
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import Invalid
from engine.events.event import PRIVATE_TOPICS, TOPICS
from server.cli import counts, credentials, options
from server.cli.terminal import out, plain, styled

if TYPE_CHECKING:
    from server.client import Event, Snapshot

DEFAULT_URL = "http://127.0.0.1:8787"
STYLES = {
    "issue": "cyan",
    "brief": "green",
    "review": "magenta",
    "export": "bold green",
    "ingest": "dim",
    "edition": "bold",
}


def watch(
    url: options.Url = None,
    topics: Annotated[
        list[str] | None,
        typer.Option(
            help="Comma-separated, or given again.", show_default="all that need no special role"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    data_dir: options.DataDir = None,
    config: options.ConfigFile = None,
    token_file: options.TokenFile = None,
) -> None:
    """Show everything that happens on a desk, the moment it happens, until Ctrl-C.

    A connection that drops is opened again and nothing is missed.
    """
    from engine.settings import load
    from server.cli.calls import Unreachable
    from server.cli.desk import Where, live_url

    where = Where(url=url, data_dir=data_dir, config=config, token_file=token_file)
    settings = load(os.environ, config, data_dir=data_dir)
    address = live_url(where, settings)
    token = credentials.token(os.environ, token_file)
    try:
        asyncio.run(_watch(address or DEFAULT_URL, topics_of(topics), token, json=json))
    except Unreachable:
        if address is not None:
            raise
        raise Unreachable(
            f"No desk runs on {settings.data_dir}, and none answers at {DEFAULT_URL}."
        ) from None


def topics_of(given: list[str] | None) -> list[str]:
    """The topics named, or all that need no special role. Raises Invalid."""
    if not given:
        return [topic for topic in TOPICS if topic not in PRIVATE_TOPICS]
    named = [part.strip() for part in ",".join(given).split(",") if part.strip()]
    if not named:
        raise Invalid("--topics must name at least one topic.")
    unknown = [topic for topic in named if topic not in TOPICS]
    if unknown:
        raise Invalid(f"There is no topic {unknown[0]!r}: known are {', '.join(TOPICS)}.")
    return named


async def _watch(url: str, topics: list[str], token: str | None, *, json: bool) -> None:
    from server.cli.calls import Refused
    from server.cli.remote import open_remote
    from server.client import FollowRefused, follow

    async with open_remote(url, token) as desk:
        await desk.ping()  # a wrong address is an error now, not a reason to wait for ever
    show = _show_json if json else _show
    try:
        async for message in follow(url, topics=topics, token=token):
            show(message)
    except FollowRefused as error:
        raise Refused(str(error)) from None


def _show_json(message: "Event | Snapshot") -> None:
    import msgspec

    print(msgspec.json.encode(message).decode(), flush=True)


def _show(message: "Event | Snapshot") -> None:
    from server.client import Snapshot

    if isinstance(message, Snapshot):
        out().print(styled(f"-- the desk at {message.at} --", "bold"))
        return
    style = STYLES.get(message.topic, "")
    line = f"{message.time[11:19]}  {message.type:<20} {said(message.data) or message.subject}"
    console = out()
    if console.is_terminal:
        console.print(styled(line, style), overflow="ellipsis", no_wrap=True, soft_wrap=False)
    else:
        print(plain(line), flush=True)


def said(data: dict[str, Any]) -> str:
    """What an event is about, in a few words: the title of its row, or the counts of its run."""
    progress, run = data.get("progress"), data.get("run")
    if progress is not None:
        of = f" of {progress['total']:,}" if progress["total"] else ""
        return f"{progress['source_id']}: {progress['read']:,}{of} read"
    if run is not None:
        return ", ".join([f"{run['read']:,} read", *counts.told(run, zeros=False)])
    row = data.get("issue") or data.get("brief") or {}
    signoff = data.get("signoff")
    who = f" — {signoff['name']} as {signoff['role']}" if signoff else ""
    return f"{row.get('title', '')}{who}"
