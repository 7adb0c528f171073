"""The desk under test: where it is, who may write there, and how to make something happen.

Made of docs/reference only; nothing of the server or the engine is imported here.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

TOPICS = ["issue", "brief", "review", "config", "export", "edition", "ingest", "presence", "access"]
AUDIENCES = (["CEO", "Board"], ["CEO", "Board", "Members"])
"""Two values of a setting that nothing else depends on: changing it is one event."""


@dataclass
class Desk:
    """``token`` belongs to an admin who is also a reviewer. ``is_ours`` when we started it."""

    url: str
    token: str
    is_ours: bool
    _turn: int | None = field(default=None, init=False)

    @property
    def ws(self) -> str:
        return self.url.replace("http", "ws", 1) + "/ws"

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """A request of the REST interface; its data. Fails on any refusal."""
        async with (
            aiohttp.ClientSession() as http,
            http.request(
                method,
                self.url + path,
                json=body,
                headers={"Authorization": f"Bearer {self.token}"},
            ) as answer,
        ):
            envelope = await answer.json()
        assert envelope["success"], envelope
        return envelope["data"]

    async def happens(self, count: int = 1) -> None:
        """So many ``config.changed`` events, one after the other."""
        if self._turn is None:
            now = (await self.call("GET", "/config"))["audiences"]
            self._turn = AUDIENCES.index(now) if now in AUDIENCES else 0
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.token}"}) as http:
            for _ in range(count):
                self._turn += 1
                body = {"audiences": AUDIENCES[self._turn % 2]}
                async with http.post(f"{self.url}/config", json=body) as answer:
                    assert answer.status == 200, await answer.text()

    @asynccontextmanager
    async def happening(self, count: int) -> AsyncIterator[None]:
        """As ``happens``, meanwhile; finished at the end of the block."""
        making = asyncio.create_task(self.happens(count))
        try:
            yield
            await making
        finally:
            making.cancel()

    async def token_for(self, *roles: str) -> dict[str, Any]:
        """A new token: ``token`` is the secret, ``row`` says its id."""
        made: dict[str, Any] = await self.call(
            "POST", "/tokens", {"name": f"Guest {len(roles)}", "roles": list(roles)}
        )
        return made
