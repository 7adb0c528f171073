"""A client that speaks the document and nothing more, on the ``websockets`` package."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import websockets
from websockets.asyncio.client import ClientConnection
from websockets.typing import Subprotocol

from tests.conformance.server.desk import Desk

Message = dict[str, Any]
JSON, MSGPACK = "wireroom.v1.json", "wireroom.v1.msgpack"
PATIENCE_S = 30.0
"""For one thing that is waited for, heartbeats in between or not."""


def is_recorded(event: Message) -> bool:
    return not event["id"].startswith("~")


def number(cursor: str) -> int:
    return int(cursor.rpartition("-")[2])


class Talker:
    """One connection. Whatever comes is kept: events, and control by its ``op``."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[Message] = []
        self.control: list[Message] = []
        self._last_id = 0

    @property
    def recorded(self) -> list[str]:
        """The cursors of the recorded events so far."""
        return [event["id"] for event in self.events if is_recorded(event)]

    async def hear(self) -> Message:
        frame = await self.socket.recv()
        is_binary = isinstance(frame, bytes)
        assert is_binary == (self.socket.subprotocol == MSGPACK)
        message: Message = msgspec.msgpack.decode(frame) if is_binary else json.loads(frame)
        (self.control if "op" in message else self.events).append(message)
        return message

    async def until(self, holds: Callable[[Message], bool]) -> Message:
        async with asyncio.timeout(PATIENCE_S):
            while not holds(message := await self.hear()):
                pass
        return message

    async def next(self) -> Message:
        return await self.until(lambda _: True)

    async def op(self, name: str) -> Message:
        return await self.until(lambda message: message.get("op") == name)

    async def say(self, op: str, **fields: Any) -> int:
        self._last_id += 1
        message = {"op": op, "id": self._last_id, **fields}
        encode = msgspec.msgpack.encode if self.socket.subprotocol == MSGPACK else json.dumps
        await self.socket.send(encode(message))
        return self._last_id

    async def ask(self, op: str, **fields: Any) -> Message:
        """Say something and take the answer to it."""
        asked = await self.say(op, **fields)
        return await self.until(lambda message: "op" in message and message.get("id") == asked)

    async def follow(self, *topics: str, **fields: Any) -> Message:
        """Subscribe; the answer. A snapshot comes only where it is asked for."""
        return await self.ask("subscribe", topics=topics, **{"snapshot": False, **fields})

    async def until_it_has(self, count: int, kind: str = "") -> list[str]:
        """Cursors of so many recorded events, of one type if named."""

        def had() -> list[str]:
            events = filter(is_recorded, self.events)
            return [event["id"] for event in events if event["type"].startswith(kind)]

        async with asyncio.timeout(PATIENCE_S):
            while len(had()) < count:
                await self.hear()
        return had()

    async def code(self) -> int:
        """How the server closes; 1006 when it cut the line without a word."""
        try:
            await self.until(lambda _: False)
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
        raise AssertionError("The connection was not closed.")


@asynccontextmanager
async def connected(
    desk: Desk, *, token: str | None = None, protocol: str | None = JSON
) -> AsyncIterator[tuple[Talker, Message]]:
    """A connection and its hello. ``token`` goes into the header, "" for nobody's."""
    secret = desk.token if token is None else token
    async with websockets.connect(
        desk.ws,
        additional_headers={"Authorization": f"Bearer {secret}"} if secret else {},
        subprotocols=[Subprotocol(protocol)] if protocol else None,
        max_size=2**24,
        ping_interval=None,
    ) as socket:
        talker = Talker(socket)
        yield talker, await talker.next()


@asynccontextmanager
async def talking(desk: Desk, **options: Any) -> AsyncIterator[Talker]:
    async with connected(desk, **options) as (talker, _):
        yield talker
