"""Running a write and answering with what it made: once per Idempotency-Key.

A write that has begun is finished even when its request runs out of time or its client leaves,
so that a repeated request finds the answer of the first.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from engine.errors import Invalid
from engine.model import Record
from server import auth, keys
from server.http import envelope, reading

T = TypeVar("T")

HASH_OFF_LOOP = 65_536
"""Larger bodies are hashed in a thread: a mebibyte takes 1 to 3 ms."""


async def write(
    request: web.Request, body: bytes, call: Callable[[], Awaitable[object]], status: int = 200
) -> web.Response:
    """Answer with what ``call`` returns, in the envelope."""

    async def encoded() -> bytes:
        return envelope.wrap(await call())

    return envelope.success(await once(request, body, encoded), status)


class _Answer(Record, frozen=True, kw_only=True):
    """As much of an answer as says whether it is a ``Change`` that waits."""

    class State(Record, frozen=True, kw_only=True):
        state: str = ""

    data: State


async def write_or_ask(
    request: web.Request, body: bytes, call: Callable[[], Awaitable[object]]
) -> web.Response:
    """As ``write``; 202 when what was asked for waits for a second person."""

    async def encoded() -> bytes:
        return envelope.wrap(await call())

    answer = await once(request, body, encoded)
    waits = msgspec.json.decode(answer, type=_Answer).data.state == "waiting"
    return envelope.success(answer, 202 if waits else 200)


async def write_secret(
    request: web.Request, call: Callable[[], Awaitable[object]], status: int = 200
) -> web.Response:
    """As ``write``, for an answer that holds a secret and therefore is never stored."""
    if reading.idempotency_key(request) is not None:
        raise Invalid("This address takes no Idempotency-Key: its answer is a secret, never kept.")
    await auth.check_still(request)

    async def encoded() -> bytes:
        return envelope.wrap(await call())

    return envelope.success(await finish(request, encoded()), status)


async def once(
    request: web.Request, body: bytes, call: Callable[[], Coroutine[Any, Any, bytes]]
) -> bytes:
    """``call``'s bytes, or those of the first request with the same Idempotency-Key."""
    key = reading.idempotency_key(request)
    await auth.check_still(request)
    if key is None:
        return await finish(request, call())
    engine, by = request.app[keys.ENGINE], request[keys.PRINCIPAL]
    same = await fingerprint(request, body)
    return await finish(request, engine.idempotency.once(by, key, same, call))


async def fingerprint(request: web.Request, body: bytes) -> bytes:
    """What makes two requests the same: method, address, precondition, kind of body, body."""
    head = "\n".join(
        (
            request.method,
            request.path_qs,
            request.headers.get("If-Match", ""),
            request.headers.get("Content-Type", ""),
        )
    ).encode()
    if len(body) > HASH_OFF_LOOP:
        return head + (await asyncio.to_thread(hashlib.sha256, body)).digest()
    return head + hashlib.sha256(body).digest()


async def finish(request: web.Request, call: Coroutine[Any, Any, T]) -> T:
    """Wait for ``call``, which goes on to its end even when the waiting is cut short."""
    task = asyncio.create_task(call)
    request.app[keys.LIFE].undertake(task)
    return await asyncio.shield(task)
