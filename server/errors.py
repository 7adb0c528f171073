"""Every error as the world sees it: one table from class to HTTP status and close code. Pure.

An error is looked up along its class's ancestry, so a new subclass needs a row only when it
differs. Two renderers use this: the REST middleware and the live session.
"""

from collections.abc import Mapping
from typing import NamedTuple

from aiohttp import web

from engine import errors as engine
from engine.errors import WireroomError


class Malformed(engine.Invalid):
    """The body is not JSON at all; the sentence says where."""

    code = "malformed_json"


class TokenInUrl(engine.Invalid):
    """URLs end up in logs and histories: a credential has no place there."""

    code = "token_in_url"


class CrossSite(engine.NotAllowed):
    """A browser sent a write with our cookie from a page that is not ours."""

    code = "cross_site"


class WrongHost(engine.NotAllowed):
    """The Host header names somebody else: a page that had its own name point at this machine."""

    code = "wrong_host"


class TooLarge(WireroomError):
    code = "too_large"


class UnsupportedMediaType(WireroomError):
    code = "unsupported_media_type"


class TimedOut(WireroomError):
    code = "timeout"


class TooManyConnections(WireroomError):
    code = "too_many_connections"


class TooManyRequests(WireroomError):
    """A budget is spent. ``details`` hold which one, how large it is, and when there is more."""

    code = "too_many_requests"


class Row(NamedTuple):
    """One line of the table: the HTTP status, and how a live connection closes over it."""

    status: int
    close: int


TABLE: dict[type[BaseException], Row] = {
    # the request is wrong
    engine.Invalid: Row(400, 4400),
    engine.UnknownRole: Row(400, 4400),
    Malformed: Row(400, 4400),
    TokenInUrl: Row(400, 4400),
    engine.PackageInvalid: Row(400, 4400),
    engine.BackupInvalid: Row(400, 4400),
    engine.Unauthenticated: Row(401, 4401),
    engine.ReauthRequired: Row(401, 4401),
    engine.NotAllowed: Row(403, 4403),
    engine.NotAPerson: Row(403, 4403),
    engine.RoleNotHeld: Row(403, 4403),
    engine.GateShut: Row(403, 4403),
    engine.TakesTwo: Row(403, 4403),
    CrossSite: Row(403, 4403),
    WrongHost: Row(403, 4403),
    engine.NotFound: Row(404, 4400),
    engine.Merged: Row(410, 4400),
    TooLarge: Row(413, 1009),
    UnsupportedMediaType: Row(415, 1003),
    engine.IdempotencyMismatch: Row(422, 4400),
    engine.PreconditionRequired: Row(428, 4400),
    # the desk is not in that state
    engine.Conflict: Row(409, 4400),
    engine.StaleDigest: Row(409, 4400),
    engine.SamePerson: Row(409, 4400),
    engine.AlreadySigned: Row(409, 4400),
    engine.NoFreshEyes: Row(409, 4400),
    engine.Declined: Row(409, 4400),
    engine.CitesWithdrawn: Row(409, 4400),
    engine.Interrupted: Row(409, 4400),
    engine.OnHold: Row(409, 4400),
    engine.RunInProgress: Row(409, 4400),
    # something around us failed
    engine.SourceFailed: Row(502, 1011),
    engine.AnchorFailed: Row(502, 1011),
    engine.ProviderFailed: Row(503, 1011),
    engine.StoreFailed: Row(503, 1011),
    engine.WorkerFailed: Row(503, 1011),
    engine.KeyUnusable: Row(503, 1011),
    engine.DataFolderBusy: Row(503, 1013),
    engine.ShuttingDown: Row(503, 1012),
    TooManyRequests: Row(429, 4429),
    TooManyConnections: Row(503, 1013),
    TimedOut: Row(503, 1011),
    TimeoutError: Row(503, 1011),
    engine.SettingInvalid: Row(500, 1011),
    WireroomError: Row(500, 1011),
    Exception: Row(500, 1011),
}

RETRY_AFTER: dict[int, str] = {503: "5"}

_OF_HTTP: dict[int, tuple[str, str]] = {
    400: ("bad_request", "The request could not be understood."),
    403: ("cross_site", "This origin may not make that request."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("too_large", "The body is larger than this address accepts."),
    426: ("upgrade_required", "This address speaks WebSocket, version 13."),
    503: ("unavailable", "The server cannot take this now; try again soon."),
    417: ("expectation_failed", "The Expect header asks for something this server does not do."),
}
"""What aiohttp itself refuses, in our words."""


_KEPT = ("Retry-After", "Sec-WebSocket-Version")
"""Headers of aiohttp's errors that clients need."""


class Answer(NamedTuple):
    """An error, ready to be put on the wire."""

    status: int
    code: str
    message: str
    details: Mapping[str, object]
    headers: Mapping[str, str]


def row(error: BaseException) -> Row:
    """The row of the nearest ancestor that has one."""
    for ancestor in type(error).__mro__:
        found = TABLE.get(ancestor)
        if found is not None:
            return found
    return TABLE[Exception]


def close_code(error: BaseException) -> int:
    return row(error).close


def answer(error: BaseException) -> Answer:
    """What to tell the client. Nothing of an unknown exception is shown."""
    if isinstance(error, web.HTTPException):
        return _of_http(error)
    status = row(error).status
    headers = {"Retry-After": RETRY_AFTER[status]} if status in RETRY_AFTER else {}
    if isinstance(error, WireroomError):
        if status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="wireroom"'
        if isinstance(error, TooManyRequests):
            headers |= _rate_limit(error)
        return Answer(status, error.code, str(error), error.details, headers)
    if isinstance(error, TimeoutError):
        return Answer(status, "timeout", "The answer took too long; try again.", {}, headers)
    return Answer(status, "internal", "Internal error.", {}, headers)


def _rate_limit(error: TooManyRequests) -> dict[str, str]:
    """Retry-After, and the fields of draft-ietf-httpapi-ratelimit-headers-10."""
    told = error.details
    if "budget" not in told:
        return {}
    wait = str(told["retry_after_s"])
    return {
        "Retry-After": wait,
        "RateLimit-Policy": f'"{told["budget"]}";q={told["quota"]};w={told["window_s"]}',
        "RateLimit": f'"{told["budget"]}";r=0;t={wait}',
    }


def _of_http(error: web.HTTPException) -> Answer:
    code, message = _OF_HTTP.get(error.status, (f"http_{error.status}", f"{error.reason}."))
    if error.text and error.text != f"{error.status}: {error.reason}":
        message = error.text
    headers = {name: error.headers[name] for name in _KEPT if name in error.headers}
    if isinstance(error, web.HTTPMethodNotAllowed):
        headers["Allow"] = allowed = ", ".join(sorted(error.allowed_methods))
        message = f"This address does not take {error.method}: it takes {allowed}."
    return Answer(error.status, code, message, {}, headers)
