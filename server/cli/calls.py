"""One request to a running desk, and what it says in answer."""

import os
from collections.abc import Mapping
from typing import TypeVar

import aiohttp
import msgspec

from engine.errors import WireroomError
from engine.model import Record

T = TypeVar("T")


class Unreachable(WireroomError):
    """No desk answered at the address."""

    code = "unreachable"


class Refused(WireroomError):
    """The desk said no, in its own words; ``status`` is HTTP's, 0 where there was none."""

    code = "refused"

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Envelope(Record, frozen=True, kw_only=True):
    success: bool
    data: msgspec.Raw = msgspec.Raw(b"null")
    error: str | None = None


class Calls:
    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def call(self, method: str, path: str, kind: type[T], json: object = None) -> T:
        """What the envelope of the answer carries."""
        body = None if json is None else msgspec.json.encode(json)
        headers = {"Content-Type": "application/json"} if body else {}
        _, answer = await self.send(method, path, body=body, headers=headers)
        return opened(answer, kind)

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Mapping[str, str], bytes]:
        """The headers and bytes of an answer. Raises Unreachable, Refused."""
        try:
            async with self._session.request(
                method, self._url + path, data=body, params=query, headers=headers
            ) as response:
                answer = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(f"No desk answers at {self._url}: {_reason(error)}.") from None
        if response.status >= 400:
            raise Refused(_sentence(answer, response.status), response.status)
        return response.headers, answer


def opened(answer: bytes, kind: type[T]) -> T:
    """What the envelope carries."""
    try:
        return msgspec.json.decode(msgspec.json.decode(answer, type=Envelope).data, type=kind)
    except msgspec.DecodeError:
        raise Unreachable("What answered is not a Wireroom of this version.") from None


def _sentence(answer: bytes, status: int) -> str:
    try:
        error = msgspec.json.decode(answer, type=Envelope).error
    except msgspec.DecodeError:
        error = None
    sentence = error or f"What answered is not a Wireroom: HTTP {status}."
    if status == 401:
        sentence += " Put a token into WIREROOM_TOKEN, or name its file with --token-file."
    return sentence


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno).lower()
    return str(error).rstrip(".") or type(error).__name__
