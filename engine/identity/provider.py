"""The identity provider's keys: fetched over HTTP, kept, and fetched again.

Keys that are known stay known while the provider is silent. A key that is not known is asked for,
once for everybody who waits, and not again for a while: whoever makes up key names makes nobody
ask the provider more often.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import aiohttp
import msgspec
import structlog
from msgspec import Struct

from engine.errors import ProviderFailed, Unauthenticated
from engine.identity import keys
from engine.identity.keys import Key
from engine.ports import Clock
from engine.settings import is_secure

EVERY_S: Final = 600.0
"""Seconds between fetches: how long a key that the provider has withdrawn is still believed."""
PAUSE: Final = timedelta(seconds=10)
TIMEOUT_S: Final = 5.0
MAX_BYTES: Final = 262_144
DISCOVERY: Final = "/.well-known/openid-configuration"

log = structlog.get_logger("wireroom.identity")


class _Discovered(Struct, frozen=True):
    issuer: str
    jwks_uri: str


class Provider:
    """``generation`` grows whenever the keys change: what was checked before is checked again."""

    def __init__(self, issuer: str, jwks_url: str, clock: Clock, timeout_s: float = TIMEOUT_S):
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._clock = clock
        self._timeout_s = timeout_s
        self._keys: tuple[Key, ...] = ()
        self._asked: datetime | None = None
        self._has_failed = False
        self._flight: asyncio.Task[None] | None = None
        self.generation = 0

    async def key(self, kid: str | None, algorithm: str) -> Key:
        """The key of that name. Raises Unauthenticated when the provider has none, ProviderFailed
        when it could not be asked."""
        found = self._find(kid, algorithm)
        if found is None and self._may_ask():
            await self.refresh()
            found = self._find(kid, algorithm)
        if found is not None:
            return found
        if self._has_failed:
            raise ProviderFailed("The identity provider does not answer; try again soon.")
        raise Unauthenticated("The token is signed with a key that the provider does not publish.")

    async def refresh(self) -> None:
        """Fetch the keys now, together with whoever else is waiting for them."""
        await asyncio.shield(self.begin())

    def begin(self) -> asyncio.Task[None]:
        """Fetch the keys, and wait for nothing."""
        if self._flight is None:
            self._flight = asyncio.create_task(self._fly(), name="wireroom-identity-keys")
        return self._flight

    async def close(self) -> None:
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.gather(self._flight, return_exceptions=True)

    def _find(self, kid: str | None, algorithm: str) -> Key | None:
        """By name; a token without one is the only fitting key's."""
        fitting = [key for key in self._keys if algorithm in key.algorithms]
        if kid is None:
            return fitting[0] if len(fitting) == 1 else None
        return next((key for key in fitting if key.kid == kid), None)

    def _may_ask(self) -> bool:
        if self._flight is not None:
            return True
        return self._asked is None or self._clock() - self._asked >= PAUSE

    async def _fly(self) -> None:
        self._asked = self._clock()
        try:
            async with asyncio.timeout(self._timeout_s):
                document = await self._document()
            # In a thread: sixty-four keys take longer than the loop may be held.
            self._take(await asyncio.to_thread(keys.read, document))
            self._has_failed = False
        except (aiohttp.ClientError, OSError, ValueError) as error:
            self._has_failed = True
            log.warning("identity_keys_failed", reason=str(error) or type(error).__name__)
        finally:
            self._flight = None

    def _take(self, found: tuple[Key, ...]) -> None:
        if [key.published for key in found] != [key.published for key in self._keys]:
            self._keys = found
            self.generation += 1
            log.info("identity_keys", kids=[key.kid for key in found])

    async def _document(self) -> bytes:
        session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        async with session:
            url = self._jwks_url or await self._discover(session)
            return await _get(session, url)

    async def _discover(self, session: aiohttp.ClientSession) -> str:
        found = await _get(session, self._issuer.rstrip("/") + DISCOVERY)
        try:
            said = msgspec.json.decode(found, type=_Discovered)
        except (msgspec.DecodeError, RecursionError):
            raise ValueError("its openid-configuration cannot be read") from None
        if said.issuer != self._issuer:
            raise ValueError("its openid-configuration is another issuer's")
        return said.jwks_uri


async def _get(session: aiohttp.ClientSession, url: str) -> bytes:
    """A small document from an address that nobody on the way can change. No redirects: they
    would lead elsewhere."""
    if not is_secure(url):
        raise ValueError("its keys are at an address that is neither https nor on loopback")
    async with session.get(url, allow_redirects=False) as answer:
        if answer.status != 200:
            raise ValueError(f"it answered {answer.status}")
        body = bytearray()
        async for chunk in answer.content.iter_chunked(65_536):
            body += chunk
            if len(body) > MAX_BYTES:
                raise ValueError(f"its document is larger than {MAX_BYTES:,} bytes")
        return bytes(body)
