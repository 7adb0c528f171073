"""Idempotency-Key: the same request twice is done once and answered the same.

Answers are kept in the store, so that both generations of a restart give the same. A claim without
an answer is what somebody works on, here or in the other generation. What a crash left unanswered
is forgotten by whoever is alone afterwards: what it did, if anything, shows in the state, and every
command is safe to repeat.
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
UNDER_WAY = timedelta(minutes=5)
"""For so long a claim of the other generation is taken for one that it works on. Only the claims of
a successor that did not live to go on duty ever get this old."""

Claim = tuple[str, str]
"""A principal's id, and the key they sent."""


class Idempotency:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._working: set[Claim] = set()
        self._unsettled: set[Claim] = set()
        """What is claimed from here, and neither answered nor released."""

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
            raise _under_way()
        self._working.add(claim)
        try:
            is_ours = claim in self._unsettled
            known = await self._context.write(lambda tx: _claim(tx, claim, digest, is_ours))
            return known if known is not None else await self._answer(claim, call)
        finally:
            self._working.discard(claim)

    async def forget_cut_off(self) -> None:
        """No other generation works on anything any more: only what we do is under way."""
        ours = frozenset(self._working)
        await self._context.write(lambda tx: rows.forget_unanswered(tx.connection, ours))

    async def _answer(self, claim: Claim, call: Callable[[], Awaitable[bytes]]) -> bytes:
        self._unsettled.add(claim)
        try:
            answer = await call()
        except BaseException:
            await self._context.write(lambda tx: rows.release(tx.connection, *claim))
            self._unsettled.discard(claim)
            raise
        await self._context.write(lambda tx: rows.answer(tx.connection, *claim, answer))
        self._unsettled.discard(claim)
        return answer


def _claim(tx: Tx, claim: Claim, digest: bytes, is_ours: bool) -> bytes | None:
    """The stored answer, or None when the request is now ours to answer.

    A claim without an answer that nobody works on is left from a failure: it is taken over.
    """
    rows.forget_before(tx.connection, tx.now - KEPT_FOR)
    found = rows.get(tx.connection, *claim)
    if found is not None and found.request != digest:
        raise IdempotencyMismatch("This Idempotency-Key was used for another request.")
    if found is not None and found.answer is not None:
        return found.answer
    if found is not None and not is_ours and tx.now - found.at < UNDER_WAY:
        raise _under_way()
    rows.claim(tx.connection, *claim, digest, tx.now)
    return None


def _under_way() -> Conflict:
    return Conflict("The first request with this Idempotency-Key is still being worked on.")
