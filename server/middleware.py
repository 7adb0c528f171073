"""What happens around every request: id, host, principal, time limit, errors, log line, metrics.

One middleware, because each costs a call on the hot path; the order inside it is its rule.
"""

import asyncio
import itertools
import re
import secrets
from collections.abc import Awaitable, Callable
from time import perf_counter

import structlog
from aiohttp import hdrs, web

from engine.errors import GateShut, NotAllowed, WireroomError
from server import auth, errors, keys
from server.http import envelope
from server.http.route import Route
from server.serving import clients, exposure

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


async def _nowhere(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPNotFound


_UNKNOWN = Route(method="*", path="(unknown)", handler=_nowhere, needs="public")
"""Stands for what no row of the table covers: wrong addresses, wrong methods, preflights."""

# A process prefix and a counter: unique enough to find a log line, and 30 times cheaper than
# a random id per request.
_prefix = secrets.token_hex(4)
_numbers = itertools.count(1)

log = structlog.get_logger(__name__)


@web.middleware
async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
    started = perf_counter()
    request_id = request[keys.REQUEST_ID] = request_id_of(request)
    route = request.app[keys.ROUTES].get(request.match_info.route, _UNKNOWN)
    response: web.StreamResponse
    try:
        async with asyncio.timeout(route.timeout_of(request.app[keys.SETTINGS])):
            exposure.check_host(request.app[keys.SETTINGS], request.headers.get(hdrs.HOST))
            principal = await auth.identify(request, route)
            if principal is not None:
                request[keys.PRINCIPAL] = principal
            response = await handler(request)
    except web.HTTPException as error:
        response = envelope.failure(errors.answer(error), request_id)
    except Exception as error:  # noqa: BLE001 - the last line of defence: everything is answered
        response = _failed(request, error)
        await _put_down(request, error)
    if request.app[keys.LIFE].draining:
        response.force_close()  # the next request of this client opens a connection elsewhere
    seconds = perf_counter() - started
    method = request.method if request.method in METHODS else "other"
    request.app[keys.METRICS].answered(
        method, route.path, response.status, None if route.is_stream else seconds
    )
    _write_line(request, response.status, seconds)
    return response


def request_id_of(request: web.BaseRequest) -> str:
    """The client's own id when it is well formed, else a new one."""
    given = request.headers.get("X-Request-Id")
    if given is not None and REQUEST_ID.fullmatch(given):
        return given
    return f"{_prefix}-{next(_numbers):x}"


def _failed(request: web.Request, error: Exception) -> web.Response:
    answer = errors.answer(error)
    if answer.status >= 500:
        log.error(
            "request_failed",
            request_id=request[keys.REQUEST_ID],
            method=request.method,
            path=request.path,
            code=answer.code,
            exc_info=error if answer.code == "internal" else None,
            reason=str(error) if answer.code != "internal" else None,
        )
    return envelope.failure(answer, request[keys.REQUEST_ID])


async def _put_down(request: web.Request, error: Exception) -> None:
    """That somebody asked for what they may not do goes into the desk's log.

    A shut gate does so by itself.
    """
    principal = request.get(keys.PRINCIPAL)
    if principal is None or not principal.id or not isinstance(error, NotAllowed):
        return
    if not isinstance(error, GateShut):
        try:
            await request.app[keys.ENGINE].refusals.refused(principal, str(error))
        except WireroomError as failed:
            log.error("refusal_not_recorded", code=failed.code, reason=str(failed))


def _write_line(request: web.Request, status: int, seconds: float) -> None:
    """Writes and refusals are told, plain reads only when debugging. Never a query string."""
    is_plain_read = status < 400 and request.method in auth.SAFE_METHODS
    if is_plain_read and request.app[keys.SETTINGS].log_level != "debug":
        return  # before anything is put together: this is the hot path
    write = log.debug if is_plain_read else log.info
    principal = request.get(keys.PRINCIPAL)
    write(
        "request",
        request_id=request[keys.REQUEST_ID],
        method=request.method,
        path=request.path,
        status=status,
        ms=round(seconds * 1000, 1),
        by=principal.id if principal else "",
        client=clients.address(request, request.app[keys.SETTINGS]),
    )


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every response just before its head is written, streams included."""
    headers = response.headers
    headers["X-Request-Id"] = request.get(keys.REQUEST_ID, "")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Server"] = "wireroom"  # and not which versions of what
    if request.app[keys.SETTINGS].cors_origins:
        # aiohttp-cors answers per origin but does not say so; a shared cache must know.
        vary = headers.get("Vary")
        headers["Vary"] = f"{vary}, Origin" if vary else "Origin"
