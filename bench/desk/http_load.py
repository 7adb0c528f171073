"""A bare keep-alive HTTP client: cheap enough not to be the bottleneck. Loopback only."""

import asyncio
import time
from collections.abc import Sequence


class Connection(asyncio.Protocol):
    """One keep-alive connection that sends one fixed request at a time."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._buffer = bytearray()
        self._left = -1
        self._done: asyncio.Future[None] | None = None
        self.failed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._left < 0:
            head, found, _ = bytes(self._buffer).partition(b"\r\n\r\n")
            if not found:
                return
            self.failed += not head.startswith(b"HTTP/1.1 200")
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            self._left = len(head) + 4 + length
        if len(self._buffer) >= self._left and self._done is not None:
            self._buffer.clear()
            self._left = -1
            self._done.set_result(None)
            self._done = None

    async def get(self) -> float:
        """Send the request; seconds until the whole answer is here."""
        self._done = asyncio.get_running_loop().create_future()
        started = time.perf_counter()
        self._transport.write(self._request)
        await self._done
        return time.perf_counter() - started

    def close(self) -> None:
        self._transport.close()


async def measure(
    port: int, path: str, *, connections: int, seconds: float, rate: float, headers: str = ""
) -> tuple[list[float], int]:
    """Latencies (s) and failures of ``connections`` that each ask ``rate`` times a second.

    ``rate`` 0 means as fast as answers come.
    """
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: Connection(request), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    latencies: list[float] = []
    end = time.perf_counter() + seconds

    async def ask(connection: Connection, offset: float) -> None:
        due = time.perf_counter() + offset
        while due < end:
            if rate:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            latencies.append(await connection.get())
            due = due + 1 / rate if rate else time.perf_counter()

    step = 1 / rate / connections if rate else 0.0
    await asyncio.gather(*(ask(c, n * step) for n, c in enumerate(opened)))
    failed = sum(connection.failed for connection in opened)
    for connection in opened:
        connection.close()
    return latencies, failed


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
