"""``GET /events``: the same events over the same hub as server-sent events.

``id:`` is the cursor, ``Last-Event-ID`` resumes. Control comes as named events.
"""

import asyncio
import secrets

import msgspec
from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from msgspec import Struct

from engine.errors import Invalid, NotAllowed, Unauthenticated
from engine.model import Principal, Snapshot
from server import keys
from server.invalid import invalid
from server.live.closing import BY_NAME
from server.live.conversation import Live
from server.live.cursor import format_cursor, parse_cursor, resume
from server.live.door import check_admission, client_label, credential, known_principal
from server.live.frames import Wire, sse
from server.live.messages import Where
from server.live.rights import Watch
from server.live.session import NOT_FOR_ALL, may_read
from server.live.snapshot import packed
from server.live.transport import TransportConnection
from server.live.where import Filter, narrow, unknown_quadrant, unknown_topic

PADDING = b":" + b" " * 2048 + b"\n\n"
"""Fills the first buffer of proxies and browsers that wait for one."""
LOOK_EVERY_S = 5.0
"""How often a quiet stream looks whether its peer is still there."""
RETRY_MS = 1000
NAMES = ("topics", "quadrant", "min_score", "subject", "since")
ONCE = ("min_score", "since")


class Started(Struct, frozen=True, rename={"from_": "from"}):
    """``event: subscribed``: the same answer as on the WebSocket."""

    topics: tuple[str, ...]
    from_: str
    head: str
    was_recovering: bool
    recovered: bool


async def events(request: web.Request) -> web.StreamResponse:
    """``GET /events?topics=issue,review&quadrant=Risk&min_score=0.5&subject=…``."""
    check_admission(request.app)
    live = request.app[keys.LIVE]
    shown = read_filter(request, known_principal(request), live.desk.issues.quadrants)
    after, opening = await _opening(live, shown, _since(request))
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: "text/event-stream; charset=utf-8",
            hdrs.CACHE_CONTROL: "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    writer = await response.prepare(request)
    wire = Wire.SSE_CHUNKED if request.version >= HttpVersion11 else Wire.SSE
    connection = SseConnection(request, writer, shown)
    connection.write(sse(wire, PADDING + opening))
    member = live.hub.join(connection, wire, client_label(request, secrets.token_hex(8)))
    try:
        live.hub.follow(member, after, shown)
        if carried := credential(request):
            live.rights.watch(connection, carried)
        await connection.stay()
    finally:
        live.rights.forget(connection)
        live.hub.leave(member)
        connection.end()
    return response


class SseConnection(TransportConnection):
    """Only written to. ``close`` ends the stream: SSE has no close codes."""

    def __init__(
        self, request: web.Request, writer: AbstractStreamWriter | None, shown: Filter
    ) -> None:
        super().__init__(request.transport, writer)
        self._shown = shown
        self.watch: Watch | None = None

    def rechecked(self, principal: Principal | None) -> None:
        """Rights on an open stream: close it when the credential is not worth its topics."""
        if principal is None or not may_read(principal, self._shown.topics):
            self.close(BY_NAME["not_allowed"], "The right to follow was withdrawn.")

    async def stay(self) -> None:
        """Until either side has gone. aiohttp does not tell a handler that its peer left."""
        with self.interruptible():
            while not self.is_closed():  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(LOOK_EVERY_S)


def read_filter(
    request: web.Request, principal: Principal | None, quadrants: tuple[str, ...]
) -> Filter:
    """The query as a filter. Raises Unauthenticated, Invalid, NotAllowed."""
    if principal is None:
        raise Unauthenticated("Sign in to follow events.")
    query = request.query
    if unknown := sorted(set(query).difference(NAMES)):
        raise Invalid(
            f"There is no query parameter {unknown[0][:64]!r}: known are {', '.join(NAMES)}."
        )
    for name in ONCE:
        if len(query.getall(name, [])) > 1:
            raise Invalid(f"Query parameter {name!r} is given twice.", field=name)
    topics = frozenset(_list(query.getall("topics", [])))
    if not topics:
        raise Invalid("Query parameter 'topics' must name at least one topic.", field="topics")
    if sentence := unknown_topic(topics):
        raise Invalid(sentence)
    if not may_read(principal, topics):
        raise NotAllowed(NOT_FOR_ALL)
    return Filter(topics, _where(request, quadrants))


def _where(request: web.Request, quadrants: tuple[str, ...]) -> Where:
    query = request.query
    given: dict[str, object] = {
        name: _list(query.getall(name)) for name in ("quadrant", "subject") if name in query
    }
    if "min_score" in query:
        given["min_score"] = query["min_score"]
    try:
        where = msgspec.convert(given, Where, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(error, Where, "query") from None
    if sentence := unknown_quadrant(where, quadrants):
        raise Invalid(sentence)
    return where


def _list(values: list[str]) -> list[str]:
    return [part for value in values for part in value.split(",") if part]


def _since(request: web.Request) -> str | None:
    """``Last-Event-ID`` is newer than the address that the page was opened with."""
    return request.headers.get("Last-Event-ID") or request.query.get("since") or None


async def _opening(live: Live, shown: Filter, since: str | None) -> tuple[int, bytes]:
    """Where to follow from, and what to say first: a snapshot unless recovered."""
    position = await live.position(since)
    resumption = resume(since, position)
    epoch, after, head = position.epoch, resumption.after, position.cursor
    taken = b""
    if after is None:
        snapshot = await live.desk.snapshot(shown.topics)
        (epoch, after), head = parse_cursor(snapshot.at), snapshot.at
        # In a thread: thousands of rows are filtered and encoded.
        ready = await asyncio.to_thread(lambda: packed(narrow(snapshot, shown.where)))
        taken = _named("snapshot", ready, snapshot.at)
    started = Started(
        topics=tuple(sorted(shown.topics)),
        from_=format_cursor(epoch, after),
        head=head,
        was_recovering=resumption.was_recovering,
        recovered=resumption.recovered,
    )
    retry = b"retry: %d\n\n" % RETRY_MS
    return after, retry + _named("subscribed", started, None) + taken


def _named(name: str, content: Snapshot | Started, cursor: str | None) -> bytes:
    id_line = "" if cursor is None else f"id: {cursor}\n"
    return f"event: {name}\n{id_line}data: ".encode() + msgspec.json.encode(content) + b"\n\n"
