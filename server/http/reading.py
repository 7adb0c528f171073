"""What a client sent: path ids, query parameters, bodies. Each becomes a checked value or a 400.

Only here are a client's bytes decoded, so only here is the client blamed for them.
"""

import re
from functools import cache
from io import BytesIO
from typing import Any, TypeVar

import msgspec
from aiohttp import hdrs, web
from msgspec import Struct

from engine.errors import Invalid, NotFound
from engine.model import ID_PATTERN
from engine.not_json import not_json
from server import keys
from server.errors import Malformed, TooLarge, UnsupportedMediaType
from server.invalid import invalid

T = TypeVar("T", bound=Struct)

_IS_ID = re.compile(ID_PATTERN).match
_IS_KEY = re.compile(r"[\x20-\x7e]{1,200}").fullmatch


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a request that needs none; ``{}`` is accepted too."""


def path_id(request: web.Request, noun: str) -> str:
    """The ``{id}`` of the path. Raises NotFound for one that nothing can have."""
    given = request.match_info["id"]
    if not _IS_ID(given) or given.endswith("\n"):
        raise NotFound(f"There is no {noun} {given[:64]!r}.")
    return given


def query(request: web.Request, shape: type[T]) -> T:
    """The query parameters as ``shape``. Raises Invalid, naming the parameter."""
    given: dict[str, str] = {}
    known = shape.__struct_encode_fields__
    for name, value in request.query.items():
        if name not in known:
            takes = f"known are {', '.join(known)}" if known else "this address takes none"
            raise Invalid(f"There is no query parameter {name[:64]!r}: {takes}.", field=name[:64])
        if name in given:
            raise Invalid(f"Query parameter {name!r} is given twice.", field=name)
        given[name] = value
    try:
        return msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(error, shape, "query") from None


async def body(request: web.Request, shape: type[T]) -> T:
    """The JSON body as ``shape``. An empty one counts as ``{}``."""
    asked, _ = await sent(request, shape)
    return asked


async def sent(request: web.Request, shape: type[T]) -> tuple[T, bytes]:
    """As ``body``, and its bytes: what an Idempotency-Key is remembered with."""
    raw = await json_bytes(request)
    return decode(raw, shape), raw


async def json_bytes(request: web.Request) -> bytes:
    """The body, said to be JSON; for a caller that also needs the bytes."""
    raw = await body_bytes(request)
    if raw and request.content_type != "application/json":
        raise UnsupportedMediaType(
            f"The body is {request.content_type!r}: this address takes application/json."
        )
    return raw or b"{}"


async def body_bytes(request: web.Request) -> bytes:
    """The body up to the route's limit, counted as it arrives: chunks and zips cannot hide."""
    route = request.app[keys.ROUTES][request.match_info.route]
    limit = route.body_limit_of(request.app[keys.SETTINGS])
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    # Grows in place and is handed out as it is: joining 8 MiB at the end would take 3 ms at once.
    whole = BytesIO()
    try:
        async for part in request.content.iter_any():
            if whole.tell() + len(part) > limit:
                raise _too_large(limit)
            whole.write(part)
    except web.RequestPayloadError:
        raise Malformed("The body could not be read to its end.") from None
    return whole.getvalue()


def decode(raw: bytes, shape: type[T], at: int = 0, whole: str = "body") -> T:
    """JSON bytes as ``shape``. Raises Malformed with the byte, Invalid with the field.

    ``at`` is where in the body the bytes begin; ``whole`` is what they are called.
    """
    try:
        decoded: T = decoder(shape).decode(raw)
    except msgspec.ValidationError as error:
        raise invalid(error, shape, whole) from None
    except msgspec.DecodeError as error:
        raise _malformed(str(error), len(raw), at) from None
    except UnicodeDecodeError:
        raise _malformed(f"not UTF-8 (byte {_not_utf8(raw)})", len(raw), at) from None
    except RecursionError:
        raise Malformed("The body is nested too deeply.") from None
    return decoded


@cache
def decoder(shape: type[Struct]) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(shape)


def if_match(request: web.Request) -> str | None:
    """The digest in ``If-Match``, or None. ``*`` says nothing about what was read."""
    header = request.headers.get(hdrs.IF_MATCH)
    if header is None:
        return None
    digest = header.strip().strip('"')
    if digest == "*" or not digest:
        raise Invalid('If-Match must name the digest you have read: "<digest>".')
    return digest


def idempotency_key(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _IS_KEY(key):
        raise Invalid("Idempotency-Key must be 1 to 200 printable ASCII characters.")
    return key


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than the {limit} bytes this address accepts.", limit=limit)


def _malformed(problem: str, size: int, at: int) -> Malformed:
    reason, byte = not_json(problem, size, at)
    return Malformed(f"The body is not valid JSON: {reason}.", byte=byte)


def _not_utf8(raw: bytes) -> int:
    """The first byte that is not UTF-8; the decoder counts from the beginning of its string."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0
