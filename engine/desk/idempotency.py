"""Idempotency-Key: the same request twice is done once and answered the same.

A claim that a crash left unanswered is forgotten at start: what it did, if anything, shows in the
state, and every command is safe to repeat.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from engine.desk.context import Context
from engine.errors import Conflict, IdempotencyMismatch
from engine.model import Principal
from engine.store import idempotency as rows
from engine.store.writer import Tx

KEPT_FOR = timedelta(hours=24)


class Idempotency:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._working: set[tuple[str, str]] = set()

    async def once(
        self, by: Principal, key: str, request: bytes, call: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """``call``'s answer, or the stored one if this principal sent this key before.

        ``request`` is what makes two requests the same. Raises IdempotencyMismatch for another
        request under the same key, Conflict while the first is still being worked on.
        """
        digest = hashlib.sha256(request).digest()
        claim = (by.id, key)
        if claim in self._working:
            raise Conflict("The first request with this Idempotency-Key is still being worked on.")
        self._working.add(claim)
        try:
            known = await self._context.write(lambda tx: _claim(tx, by.id, key, digest))
            return known if known is not None else await self._answer(by.id, key, call)
        finally:
            self._working.discard(claim)

    async def _answer(
        self, principal_id: str, key: str, call: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        try:
            answer = await call()
        except BaseException:
            await self._context.write(lambda tx: rows.release(tx.connection, principal_id, key))
            raise
        await self._context.write(lambda tx: rows.answer(tx.connection, principal_id, key, answer))
        return answer


def _claim(tx: Tx, principal_id: str, key: str, digest: bytes) -> bytes | None:
    """The stored answer, or None when the request is now ours to answer.

    A claim without an answer that nobody works on is left from a failure: it is taken over.
    """
    rows.forget_before(tx.connection, tx.now - KEPT_FOR)
    found = rows.get(tx.connection, principal_id, key)
    if found is None:
        rows.claim(tx.connection, principal_id, key, digest, tx.now)
        return None
    if found.request != digest:
        raise IdempotencyMismatch("This Idempotency-Key was used for another request.")
    return found.answer
