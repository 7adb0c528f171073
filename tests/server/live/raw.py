"""A WebSocket client of bytes, for what no library would send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Raw:
    """One connection. Reads are bounded in time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def send(self, sent: bytes) -> None:
        self.writer.write(sent)
        await self.writer.drain()

    async def upgrade(self) -> bytes:
        """Shake hands; the head of the answer."""
        await self.send(HANDSHAKE)
        return await self.head()

    async def head(self) -> bytes:
        async with asyncio.timeout(5):
            return await self._reader.readuntil(b"\r\n\r\n")

    async def rest(self) -> bytes:
        """Everything until the server ends the connection."""
        async with asyncio.timeout(5):
            try:
                return await self._reader.read()
            except ConnectionResetError:
                return b""

    async def frame(self) -> tuple[int, bytes]:
        """The next frame: opcode and payload."""
        async with asyncio.timeout(5):
            first, size = await self._reader.readexactly(2)
            if size >= 126:
                width = 2 if size == 126 else 8
                size = int.from_bytes(await self._reader.readexactly(width), "big")
            return first & 0x0F, await self._reader.readexactly(size)

    async def closing(self) -> tuple[int, str]:
        """Read on to the server's close frame: its code and reason."""
        opcode, payload = await self.frame()
        while opcode != 0x8:
            opcode, payload = await self.frame()
        return int.from_bytes(payload[:2], "big"), payload[2:].decode()


@asynccontextmanager
async def raw(port: int) -> AsyncIterator[Raw]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()


@asynccontextmanager
async def upgraded(port: int) -> AsyncIterator[Raw]:
    """A connection that has shaken hands and read its hello."""
    async with raw(port) as client:
        await client.upgrade()
        await client.frame()
        yield client
