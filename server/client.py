"""Follow a server from Python: an async iterator over events that survives disconnections.

    async for message in follow("http://127.0.0.1:8787", topics=["issue"]):
        ...

Every event comes once and in order. A Snapshot means: forget what you knew, this is the state now.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from typing import Any

import aiohttp
import msgspec

from server.live.following import (
    Attempt,
    BackOff,
    Event,
    FollowRefused,
    Place,
    Snapshot,
    State,
)
from server.live.messages import Encoding

__all__ = ["Event", "FollowRefused", "Follower", "Snapshot", "State", "follow"]

FATAL_STATUSES = frozenset({400, 401, 403, 404, 405, 426})
REFUSALS = {
    401: "The desk does not know this token: it is wrong, expired or revoked (401).",
    403: "The desk does not let this token, or a page from here, follow it (403).",
    404: "There is no desk at this address (404).",
}
"""What a refused handshake means; its body cannot be read."""
Sleep = Callable[[float], Awaitable[None]]


def follow(
    url: str,
    *,
    topics: Iterable[str],
    since: str | None = None,
    token: str | None = None,
    where: Mapping[str, Any] | None = None,
    snapshot: bool | None = None,
    sleep: Sleep = asyncio.sleep,
) -> "Follower":
    """Follow ``topics`` of the server at ``url``, after the cursor ``since`` when given.

    ``where`` narrows as in the protocol. ``snapshot`` True always opens with one, False never
    does on a first subscription. Iterating raises FollowRefused when the server refuses for good,
    or ``url`` is no http(s) address; everything else is waited out. Raises TypeError for topics in
    one text.
    """
    if isinstance(topics, str):
        raise TypeError(f"topics is a list of topics: [{topics!r}], not {topics!r}.")
    wanted: dict[str, Any] = {"topics": list(topics)}
    if where:
        wanted["where"] = dict(where)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Follower(f"{url.rstrip('/')}/ws", wanted, headers, Place(since), snapshot, sleep)


class Follower:
    """Iterate over it once; ``aclose`` it when you leave early, or use ``async with``."""

    def __init__(
        self,
        url: str,
        wanted: dict[str, Any],
        headers: dict[str, str],
        place: Place,
        snapshot: bool | None,
        sleep: Sleep,
    ) -> None:
        self._url = url
        self._wanted = wanted
        self._headers = headers
        self._place = place
        self._snapshot = snapshot
        self._sleep = sleep
        self._back_off = BackOff()
        self._messages = self._run()

    @property
    def state(self) -> State:
        return self._place.state

    @property
    def cursor(self) -> str | None:
        """Where to resume from after everything that was handed out so far."""
        return self._place.cursor

    @property
    def reconnects(self) -> int:
        return self._place.reconnects

    def __aiter__(self) -> AsyncGenerator[Event | Snapshot, None]:
        return self._messages

    async def __aenter__(self) -> "Follower":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._messages.aclose()

    # One generator holds the socket: closing it closes the socket at once.
    async def _run(self) -> AsyncGenerator[Event | Snapshot, None]:
        loop = asyncio.get_running_loop()
        try:
            async with aiohttp.ClientSession(headers=self._headers) as http:
                while True:
                    self._place.state = "connecting"
                    attempt = Attempt(self._place, self._wanted, self._snapshot)
                    started, at_least = loop.time(), 0.0
                    try:
                        async with self._connect(http) as socket:
                            while (shown := await _next(socket, attempt)) is not None:
                                yield shown
                            attempt.closed(socket.close_code)
                    except aiohttp.WSServerHandshakeError as error:
                        at_least = _retry_after(error)
                    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
                        sentence = f"{self._url.removesuffix('/ws')!r} is no http(s) address."
                        raise FollowRefused("bad_address", sentence) from None
                    except (aiohttp.ClientError, OSError):
                        pass  # the network: wait, and try again
                    await self._wait(attempt, loop.time() - started, at_least)
        finally:
            self._place.state = "closed"

    def _connect(self, http: aiohttp.ClientSession) -> Any:
        protocols = (Encoding.JSON.value,)
        return http.ws_connect(self._url, protocols=protocols, max_msg_size=0)

    async def _wait(self, ended: Attempt, held_for: float, at_least: float) -> None:
        self._place.state = "waiting"
        self._place.reconnects += 1
        await self._sleep(self._back_off.pause_s(ended, held_for, at_least))


async def _next(
    socket: aiohttp.ClientWebSocketResponse, attempt: Attempt
) -> Event | Snapshot | None:
    """The next message to show; None when the connection has ended."""
    while True:
        received = await socket.receive(timeout=attempt.patience_s)
        if received.type is not aiohttp.WSMsgType.TEXT:
            return None
        shown = attempt.receive(received.data)
        if shown is not None:
            return shown
        if attempt.to_send is not None:
            await socket.send_str(msgspec.json.encode(attempt.to_send).decode())
            attempt.to_send = None


def _retry_after(error: aiohttp.WSServerHandshakeError) -> float:
    """Seconds to wait at least. Raises FollowRefused when another try would change nothing."""
    if error.status in FATAL_STATUSES:
        sentence = REFUSALS.get(error.status, f"The server answered {error.status}.")
        raise FollowRefused(f"http_{error.status}", sentence)
    wait = error.headers.get("Retry-After", "") if error.headers else ""
    return float(wait) if wait.isdigit() else 0.0
