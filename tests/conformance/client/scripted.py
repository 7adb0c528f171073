"""A server that speaks the protocol and plays one script a connection: for clients to meet.

It is made of the document alone. A script is a coroutine that gets the connection after its
``subscribe``; when it returns, the server falls silent.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Message = dict[str, Any]
HEARTBEAT_S = 25.0


class Line:
    """One connection of a client: what it asked, and what is said to it."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._socket = socket
        self._transport = request.transport
        self.url = request.path_qs
        self.authorization = request.headers.get("Authorization")
        self.heard: list[Message] = []

    @property
    def asked(self) -> Message:
        """The subscription."""
        return next(one for one in self.heard if one["op"] == "subscribe")

    async def hear(self) -> Message:
        message: Message = json.loads(await self._socket.receive_str())
        self.heard.append(message)
        return message

    async def say(self, *messages: Message) -> None:
        for message in messages:
            await self._socket.send_str(json.dumps(message))

    async def close(self, code: int) -> None:
        await self._socket.close(code=code)

    async def stay(self) -> None:
        """Until the client leaves."""
        while not self._socket.closed:
            await self._socket.receive()

    def cut(self) -> None:
        """Without a close frame. What the client has not read by then may be lost."""
        if self._transport is not None:
            self._transport.abort()

    # -- what a server says ----------------------------------------------------------------------

    async def hello(self, heartbeat_s: float = HEARTBEAT_S, auth: str = "ok") -> None:
        principal = None if auth == "required" else {"id": "ana", "name": "Ana", "roles": []}
        await self.say(
            {
                "op": "hello",
                "session": "9c2e51d07b3aa410",
                "epoch": "e1",
                "head": "e1-0",
                "heartbeat_s": heartbeat_s,
                "auth": auth,
                "principal": principal,
            }
        )

    async def subscribed(self, head: str, start: str | None = None) -> None:
        """Recovered from the cursor ``start``; without one nothing was."""
        since = self.asked.get("since")
        await self.say(
            {
                "op": "subscribed",
                "id": self.asked["id"],
                "topics": self.asked["topics"],
                "from": start or head,
                "head": head,
                "was_recovering": since is not None,
                "recovered": start is not None,
            }
        )

    async def snapshot(self, at: str) -> None:
        await self.subscribed(at)
        data = {"at": at, "issues": []}
        await self.say({"op": "snapshot", "id": self.asked["id"], "at": at, "data": data})

    async def error(self, code: str, message_id: int | None = None) -> None:
        await self.say({"op": "error", "id": message_id, "code": code, "message": "No."})


Script = Callable[[Line], Awaitable[None]]


def event(event_id: str) -> Message:
    kind = ("ingest.progress", "ingest") if event_id.startswith("~") else ("issue.added", "issue")
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "/wireroom",
        "type": kind[0],
        "subject": "harbour-levy",
        "time": "2026-03-02T07:05:00.000000Z",
        "topic": kind[1],
        "data": {},
    }


def events(*numbers: int) -> list[Message]:
    return [event(f"e1-{number}") for number in numbers]


class ScriptedServer:
    """``opening`` runs before the client's first message; hello and subscribe if left out."""

    def __init__(self, *scripts: Script, opening: Script | None = None, turned_away: int = 0):
        self.lines: list[Line] = []
        self.url = ""
        self._scripts: list[Script] = list(scripts)
        self._opening = opening or _usual_opening
        self._turned_away = turned_away

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if self._turned_away:
            self._turned_away -= 1
            return web.Response(status=503, headers={"Retry-After": "1"})
        socket = web.WebSocketResponse(protocols=("wireroom.v1.json",))
        await socket.prepare(request)
        line = Line(socket, request)
        self.lines.append(line)
        script = self._scripts.pop(0) if self._scripts else Line.stay
        try:
            await self._opening(line)
            await script(line)
            await line.stay()
        except (TypeError, ConnectionError):
            pass  # the client left: receive_str says so with a TypeError
        return socket


async def _usual_opening(line: Line) -> None:
    await line.hello()
    await line.hear()


@asynccontextmanager
async def running(server: ScriptedServer) -> AsyncIterator[ScriptedServer]:
    app = web.Application()
    app.router.add_get("/ws", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        for line in server.lines:
            line.cut()
        await runner.cleanup()
        await asyncio.sleep(0)
