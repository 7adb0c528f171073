"""The hottest reads, answered before they are routed.

A read that was answered from the cache is remembered by its target, with a response that lacks only
the request's own id. While the log says that its bytes are good, and for whoever is known at once,
that is what goes out: past routing, middleware and a new response, which cost three times as
much as the rest. Whatever is not plain (another page's ``Origin``, a condition, a credential to be
looked up, a slow client) takes the long way, which asks and answers the same.
"""

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Protocol

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from msgspec import Struct

from engine.model import Principal
from engine.settings import Settings
from server.cache import Cache, Entry
from server.http.heads import Always
from server.metrics import Metrics
from server.serving import exposure
from server.serving.life import Life

TARGETS_AT_MOST = 256
LONGEST_TARGET = 256
LARGEST_BODY = 262_144
PLAIN_NEVER_HAS = (hdrs.ORIGIN, hdrs.IF_NONE_MATCH, hdrs.CONNECTION, hdrs.EXPECT, hdrs.RANGE)

# The bytes may be kept, but every use asks first: what "today" holds changes at any moment.
CACHE_CONTROL = "private, no-cache"
CONTENT_TYPE = b"application/json"

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Asking(Protocol):
    """Whose request this is, if that is known without asking the store; else None."""

    def __call__(self, request: web.BaseRequest) -> Principal | None: ...


class Allowing(Protocol):
    """Whether the principal may ask once more; counts it."""

    def __call__(self, request: web.BaseRequest, principal: Principal) -> bool: ...


class Hot(Struct, frozen=True):
    """One target, and what is needed to answer it again. ``head`` lacks what every answer has."""

    route: str
    entry: Entry
    head: bytes


class Written(web.StreamResponse):
    """What stands for a response that has been written already: nothing to prepare, nothing to end.

    One serves all requests.
    """

    @property
    def keep_alive(self) -> bool | None:
        return True

    async def prepare(self, _request: web.BaseRequest) -> AbstractStreamWriter | None:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        pass


class Front:
    """Stands before the application. ``ask`` says who asks, ``allows`` whether once more,
    ``number`` gives a request its id."""

    def __init__(
        self,
        settings: Settings,
        life: Life,
        metrics: Metrics,
        ask: Asking,
        allows: Allowing,
        number: Callable[[web.BaseRequest], str],
    ) -> None:
        self._settings = settings
        self._life = life
        self._metrics = metrics
        self._ask = ask
        self._allows = allows
        self._number = number
        self._hot: dict[str, Hot] = {}
        self._always = Always(settings)

    def keep(self, target: str, route: str, entry: Entry) -> None:
        """Remember a read that was answered with ``entry``, and that every principal may make.

        Long targets and large bodies are not kept: clients choose how many there are.
        """
        if len(target) > LONGEST_TARGET or len(entry.body) > LARGEST_BODY:
            return
        if self._settings.log_level == "debug":
            return  # every read is a line in the log then, and that is the long way's to write
        if target not in self._hot and len(self._hot) >= TARGETS_AT_MOST:
            del self._hot[next(iter(self._hot))]
        self._hot[target] = Hot(route, entry, _head(entry))

    def before(self, handler: Handler, cache: Cache) -> Handler:
        """The handler that asks here first, and ``handler`` for the rest."""

        written = Written()

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            hot = self._hot.get(request.raw_path)
            if hot is not None:
                started = perf_counter()
                if self._may(request, hot, cache):
                    self._metrics.answered("GET", hot.route, 200, perf_counter() - started)
                    transport = request.transport
                    if transport is not None:
                        transport.write(self._whole(hot, self._number(request)))
                    return written
            return await handler(request)

        return handle

    def _may(self, request: web.BaseRequest, hot: Hot, cache: Cache) -> bool:
        may = (
            not self._life.draining
            and _is_plain(request)
            and exposure.is_called(self._settings, request.headers.get(hdrs.HOST))
        )
        principal = self._ask(request) if may else None
        if principal is None or not cache.is_good(hot.entry):
            return False
        # Counted last: what takes the long way is counted there.
        if not self._allows(request, principal):
            return False
        cache.wanted(hot.entry.page)
        return True

    def _whole(self, hot: Hot, request_id: str) -> bytes:
        return b"%b%b\r\n%b" % (hot.head, self._always.lines(request_id), hot.entry.body)


def _head(entry: Entry) -> bytes:
    """The status line and headers of the long way, up to what every answer has."""
    return (
        b"HTTP/1.1 200 OK\r\n"
        b"Content-Type: %b\r\nContent-Length: %d\r\nEtag: %b\r\nCache-Control: %b\r\n"
    ) % (CONTENT_TYPE, len(entry.body), entry.etag.encode(), CACHE_CONTROL.encode())


def _is_plain(request: web.BaseRequest) -> bool:
    """Whether nothing but the credential could change the answer, and the client reads it."""
    if request.method != hdrs.METH_GET or request.version != HttpVersion11:
        return False
    headers = request.headers
    for name in PLAIN_NEVER_HAS:
        if name in headers:
            return False
    transport = request.transport
    if transport is None or transport.get_write_buffer_size() > 0:
        return False
    return not request.can_read_body
