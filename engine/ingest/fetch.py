"""A location to bytes: a file or an http(s) address, whole, bounded, only if it has changed.

Requests never reach private addresses unless that was allowed: the check stands in the resolver,
so that it holds for redirects too and for names that resolve differently the second time.
"""

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Final, Self

import aiohttp
from yarl import URL

from engine.errors import SourceFailed
from engine.ingest.addresses import ForbiddenAddress, GuardedResolver, check_literal
from engine.ingest.files import UNKNOWN, Validators, read_file
from engine.ingest.urls import host_of, is_url
from engine.model import Record

REDIRECTS: Final = 5
_REDIRECTING: Final = frozenset({301, 302, 303, 307, 308})
_CHUNK: Final = 64 * 1024
_HEADERS: Final = {
    "User-Agent": "Wireroom",
    "Accept": "application/rss+xml, application/atom+xml, application/feed+json, */*;q=0.5",
}


class Fetched(Record, frozen=True, kw_only=True):
    """A document. ``url`` is where it came from in the end, empty for a file.

    ``is_unchanged`` means that the body was not read because the validators still hold.
    """

    body: bytes
    url: str
    validators: Validators
    is_unchanged: bool = False


class Fetcher:
    """Fetches documents; one per desk, closed with it."""

    def __init__(self, *, timeout_s: float, max_bytes: int, allow_private: bool = False) -> None:
        self._timeout_s = timeout_s
        self._allow_private = allow_private
        self._session: aiohttp.ClientSession | None = None
        self.max_bytes = max_bytes

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def fetch(self, location: str, known: Validators = UNKNOWN) -> Fetched:
        """The document at ``location``; raises SourceFailed with a sentence."""
        if not is_url(location):
            body, validators = await asyncio.to_thread(
                read_file, Path(location), known, self.max_bytes
            )
            return Fetched(
                body=body or b"", url="", validators=validators, is_unchanged=body is None
            )
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._follow(URL(location), known)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise SourceFailed(_sentence(error, location, self._timeout_s)) from error

    async def _follow(self, url: URL, known: Validators) -> Fetched:
        headers = _HEADERS | known.request_headers()
        for _ in range(REDIRECTS + 1):
            if not self._allow_private:
                check_literal(url.host or "")
            async with self._client().get(url, headers=headers, allow_redirects=False) as answer:
                if answer.status not in _REDIRECTING:
                    return await self._document(answer, known)
                url = _target(answer)
        raise SourceFailed(f"It redirected more than {REDIRECTS} times.")

    async def _document(self, answer: aiohttp.ClientResponse, known: Validators) -> Fetched:
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return Fetched(body=b"", url=str(answer.url), validators=known, is_unchanged=True)
        if answer.status != HTTPStatus.OK:
            reason = f" {answer.reason}" if answer.reason else ""
            raise SourceFailed(f"The server answered {answer.status}{reason[:60]}.")
        return Fetched(
            body=await self._body(answer),
            url=str(answer.url.with_user(None)),
            validators=Validators(
                etag=answer.headers.get("ETag", "")[:500],
                last_modified=answer.headers.get("Last-Modified", "")[:100],
            ),
        )

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        """Counted after decompression: the announced length says nothing about that."""
        body = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self.max_bytes:
                raise SourceFailed(f"The document is larger than {self.max_bytes:,} bytes.")
        return bytes(body)

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = GuardedResolver(allow_private=self._allow_private)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, limit_per_host=4),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _target(answer: aiohttp.ClientResponse) -> URL:
    location = answer.headers.get("Location", "")
    target = answer.url.join(URL(location))
    if not location or target.scheme not in ("http", "https"):
        raise SourceFailed("It redirected to something that is not an http(s) address.")
    return target


def _sentence(error: Exception, location: str, timeout_s: float) -> str:
    host = host_of(location) or "the host"
    cause = getattr(error, "os_error", error)
    if isinstance(error, TimeoutError):
        return f"{host} did not answer within {timeout_s:g} s."
    if isinstance(cause, ForbiddenAddress):
        return str(cause)
    if isinstance(error, aiohttp.ClientSSLError):
        return f"No secure connection to {host}: its certificate or protocol was refused."
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"The host {host} was not found."
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"No connection to {host}: {error.strerror or 'refused'}."
    if isinstance(error, aiohttp.InvalidURL | ValueError):
        return "The address is not a valid http(s) URL."
    return f"The connection to {host} broke off ({type(error).__name__})."
