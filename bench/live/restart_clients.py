"""The clients of ``restart.py``: followers and requesters that count everything that goes wrong.

They hide nothing: no request is repeated, and each connection that is refused is counted.
"""

import asyncio
import base64
import json
import random
import secrets
import time
from dataclasses import dataclass, field

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


@dataclass
class Tally:
    """What all clients together have seen."""

    requests: int = 0
    failed: list[str] = field(default_factory=list)
    refused: int = 0
    reconnects: int = 0
    unrecovered: int = 0
    repeated: int = 0
    dropped: int = 0
    latencies: list[float] = field(default_factory=list)
    gaps_s: list[float] = field(default_factory=list)


def _masked(opcode: int, payload: bytes) -> bytes:
    key = secrets.token_bytes(4)
    body = bytes(byte ^ key[n % 4] for n, byte in enumerate(payload))
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else bytes([0xFE]) + size.to_bytes(2, "big")
    return bytes([0x80 | opcode]) + length + key + body


class Follower(asyncio.Protocol):
    """One follower across all its connections; ``seqs`` is everything it was told, once."""

    def __init__(self, port: int, topics: list[str], token: str, tally: Tally) -> None:
        self.seqs: list[int] = []
        self.is_following = asyncio.Event()
        self._port = port
        self._topics = topics
        self._token = token
        self._tally = tally
        self._cursor: str | None = None
        self._buffer = bytearray()
        self._upgraded = False
        self._pause: tuple[float, float] = (0.0, 0.1)
        self._left_at: float | None = None
        self._stopped = False
        self._transport: asyncio.Transport | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                await loop.create_connection(lambda: self, "127.0.0.1", self._port)
                return
            except OSError:
                self._tally.refused += 1
                await asyncio.sleep(0.1)

    def stop(self) -> None:
        self._stopped = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._buffer.clear()
        self._upgraded = False
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        transport.write(
            (
                f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                f"Authorization: Bearer {self._token}\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded and not self._take_head():
            return
        while (frame := self._next_frame()) is not None:
            self._take(*frame)

    def _take_head(self) -> bool:
        head, found, _ = bytes(self._buffer).partition(b"\r\n\r\n")
        if not found:
            return False
        if not head.startswith(b"HTTP/1.1 101"):
            self._tally.failed.append(head.split(b"\r\n")[0].decode())
            assert self._transport is not None
            self._transport.abort()
            return False
        self._upgraded = True
        del self._buffer[: len(head) + 4]
        return True

    def _next_frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            size = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start or len(buffer) < start + size:
            return None
        opcode, payload = buffer[0] & 15, bytes(buffer[start : start + size])
        del buffer[: start + size]
        return opcode, payload

    def _take(self, opcode: int, payload: bytes) -> None:
        assert self._transport is not None
        if opcode == PING:
            self._transport.write(_masked(PONG, payload))
        elif opcode == CLOSE:
            self._transport.write(_masked(CLOSE, payload[:2]))
            self._transport.close()
        elif opcode == TEXT:
            self._hear(json.loads(payload))

    def _hear(self, message: dict[str, object]) -> None:
        match message:
            case {"op": "hello"}:
                self._subscribe()
            case {"op": "subscribed", "recovered": recovered, "from": start}:
                self._begin(bool(recovered), str(start))
            case {"op": "position", "at": at}:
                self._cursor = str(at)
            case {"op": "goodbye", "reconnect_ms": [low, high]}:
                self._pause = float(low) / 1000, float(high) / 1000
            case {"op": _}:
                pass
            case {"id": id_}:
                self._event(str(id_))

    def _subscribe(self) -> None:
        assert self._transport is not None
        wanted = {"op": "subscribe", "id": 1, "topics": self._topics, "snapshot": False}
        if self._cursor is not None:
            wanted["since"] = self._cursor
        self._transport.write(_masked(TEXT, json.dumps(wanted).encode()))

    def _begin(self, recovered: bool, start: str) -> None:
        if self._cursor is None:
            self._cursor = start
        elif not recovered:
            self._tally.unrecovered += 1
        if self._left_at is not None:
            self._tally.gaps_s.append(time.monotonic() - self._left_at)
        self.is_following.set()

    def _event(self, id_: str) -> None:
        if id_.startswith("~"):
            return
        seq = int(id_.rpartition("-")[2])
        if self.seqs and seq <= self.seqs[-1]:
            self._tally.repeated += 1
            return
        self._cursor = id_
        self.seqs.append(seq)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._stopped:
            return
        if exc is not None or self._pause == (0.0, 0.1):
            self._tally.dropped += 1  # without a goodbye
        self._tally.reconnects += 1
        self.is_following.clear()
        self._left_at = time.monotonic()
        pause, self._pause = random.uniform(*self._pause), (0.0, 0.1)
        task = asyncio.get_running_loop().create_task(self._come_back(pause))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _come_back(self, pause: float) -> None:
        await asyncio.sleep(pause)
        await self.connect()


class Requester:
    """Asks one thing at a time, on one connection for as long as the server keeps it open, or on
    a new one each time. A connection that ended before the request is replaced, as clients do."""

    def __init__(self, port: int, token: str, tally: Tally, *, keeps_alive: bool) -> None:
        self._port = port
        self._token = token
        self._tally = tally
        self._keeps_alive = keeps_alive
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> bool:
        """Whether the answer was a 2xx."""
        self._tally.requests += 1
        began = time.perf_counter()
        try:
            async with asyncio.timeout(20):
                status = await self._exchange(method, path, body)
        except ConnectionRefusedError:
            self._tally.refused += 1
            return False
        except (OSError, EOFError, TimeoutError) as error:
            self._tally.failed.append(f"{method} {path}: {type(error).__name__}")
            self.close()
            return False
        self._tally.latencies.append(time.perf_counter() - began)
        if not 200 <= status < 300:
            self._tally.failed.append(f"{method} {path}: {status}")
            return False
        return True

    def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None

    async def _exchange(self, method: str, path: str, body: bytes) -> int:
        reader, writer = await self._connection()
        writer.write(
            (
                f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
                f"Authorization: Bearer {self._token}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            ).encode()
            + body
        )
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        if b"connection: close" in head or not self._keeps_alive:
            self.close()
        return int(head.split(b" ", 2)[1])

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._open is not None and self._open[0].at_eof():
            self.close()
        if self._open is None:
            self._open = await asyncio.open_connection("127.0.0.1", self._port)
        return self._open
