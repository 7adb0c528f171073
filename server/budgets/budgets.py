"""Who may ask how often. Knows no web framework. Only an unknown credential waits for its turn.

Somebody who is known spends their own budget, wherever they ask from. Only what comes without a
valid credential spends the budget of its address, so that nobody is held back by a stranger behind
the same NAT.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import TypeVar
from weakref import WeakValueDictionary

from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from engine.desk.credential import digest
from engine.errors import ProviderFailed, Unauthenticated
from server.budgets.rates import Rates
from server.budgets.windows import Windows
from server.errors import TooManyRequests

T = TypeVar("T")

MINUTE = 60
FAMILIAR_AT_MOST = 16_384
AT_ONCE = 8


class PerMinute(RateLimitItemPerMinute):
    """Puts the key of whoever is counted together once, and not for every request."""

    __slots__ = ("_key_for",)

    def __init__(self, amount: int, namespace: str) -> None:
        super().__init__(amount, namespace=namespace)
        self._key_for = lru_cache(maxsize=4_096)(super().key_for)

    def key_for(self, *identifiers: bytes | str | float) -> str:
        return self._key_for(*identifiers)


class Budget:
    """So many a minute for each of those who are told apart by a key; 0 is no limit."""

    def __init__(self, name: str, amount: int, windows: Windows, what: str) -> None:
        self.name = name
        self.amount = amount
        self._what = what
        self._windows = windows
        self._limiter = FixedWindowRateLimiter(windows)
        self._item = PerMinute(amount, name)

    def allows(self, key: str) -> bool:
        """Count one more of ``key``; False when it is one too many."""
        return self.amount == 0 or self._limiter.hit(self._item, key)

    def spend(self, key: str) -> None:
        """As ``allows``; raises TooManyRequests."""
        if not self.allows(key):
            raise self._too_many(key)

    def give_back(self, key: str) -> None:
        self._windows.give_back(self._item.key_for(key))

    def _too_many(self, key: str) -> TooManyRequests:
        left = self._windows.seconds_left(self._item.key_for(key))
        wait = max(1, math.ceil(left))
        return TooManyRequests(
            f"{self._what} (more than {self.amount} in a minute): try again in {wait} s.",
            budget=self.name,
            quota=self.amount,
            window_s=MINUTE,
            retry_after_s=wait,
        )


class Budgets:
    """Every budget of one server. Counts are this process's, and go with it."""

    def __init__(self, rates: Rates, clock: Callable[[], float] = time.monotonic) -> None:
        windows = Windows(clock)
        self._principals = Budget("principal", rates.principal, windows, "You ask too often")
        self._addresses = Budget(
            "address", rates.address, windows, "Too many requests come from your address"
        )
        self._sign_ins = Budget(
            "sign-in", rates.sign_in, windows, "Too many sign-ins come from your address"
        )
        self._failed = Budget(
            "failed", rates.failed, windows, "Too many wrong credentials come from your address"
        )
        self._familiar: dict[bytes, None] = {}
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def allows(self, principal_id: str, address: str) -> bool:
        """Count a request of this principal, or when nobody is known, of this address."""
        budget, key = self._whose(principal_id, address)
        return budget.allows(key)

    def spend(self, principal_id: str, address: str) -> None:
        """As ``allows``; raises TooManyRequests."""
        budget, key = self._whose(principal_id, address)
        budget.spend(key)

    async def trying(self, address: str, secret: str, ask: Callable[[str], Awaitable[T]]) -> T:
        """What ``ask`` says of a credential. Past the budget for wrong ones it is not asked.

        A familiar one is asked for all the same: whoever has it is not locked out by others who
        guess at the same address. One that is right costs nothing, and one that the provider could
        not be asked about is no guess, but a request of nobody known. Raises TooManyRequests, and
        what ``ask`` raises.
        """
        if not self.is_familiar(secret):
            async with self._turn(address):
                if not self.is_familiar(secret):  # a crowd with one token asks once
                    return await self._introduced(address, secret, ask)
        try:
            found = await ask(secret)
        except Unauthenticated:
            self._familiar.pop(digest(secret), None)
            raise
        self.remember(secret)
        return found

    async def _introduced(self, address: str, secret: str, ask: Callable[[str], Awaitable[T]]) -> T:
        self._failed.spend(address)  # before it is asked: guesses at once count, too
        try:
            found = await ask(secret)
        except BaseException as error:
            if not isinstance(error, Unauthenticated):  # a store that fails says nothing of it
                self._failed.give_back(address)
            if isinstance(error, ProviderFailed):
                self._addresses.spend(address)
            raise
        self._failed.give_back(address)
        self.remember(secret)
        return found

    def _turn(self, address: str) -> asyncio.Semaphore:
        """Few unknown credentials of an address are under way at once, the others wait: an office
        that comes back after a restart is not taken for somebody who guesses."""
        turn = self._turns.get(address)
        if turn is None:
            at_once = min(AT_ONCE, self._failed.amount) or AT_ONCE
            turn = self._turns[address] = asyncio.Semaphore(at_once)
        return turn

    def is_familiar(self, secret: str) -> bool:
        """Whether it was right, or given out, since this server began."""
        return digest(secret) in self._familiar

    def remember(self, secret: str) -> None:
        """A credential that was given out, or was right, is familiar from now on."""
        known_as = digest(secret)
        self._familiar.pop(known_as, None)  # whoever came last goes last
        self._familiar[known_as] = None
        if len(self._familiar) > FAMILIAR_AT_MOST:
            del self._familiar[next(iter(self._familiar))]

    def spend_sign_in(self, address: str, secret: str | None) -> None:
        """Count a sign-in; one with a familiar credential as a request of whoever has that, apart
        from the others. Raises TooManyRequests."""
        if secret is None or not self.is_familiar(secret):
            self._sign_ins.spend(address)
        else:
            self._principals.spend(f"sign-in {digest(secret).hex()}")

    def _whose(self, principal_id: str, address: str) -> tuple[Budget, str]:
        if principal_id:
            return self._principals, principal_id
        return self._addresses, address
