"""A transport as the hub's connection."""

import asyncio
from typing import Any

import pytest

from server.live.patience import HIGH_WATER
from server.live.transport import TransportConnection


class FakeTransport:
    """As much of a transport as a connection touches."""

    def __init__(self) -> None:
        self.waiting = 0
        self.written: list[bytes] = []
        self.is_gone = False
        self.was_aborted = False

    def set_write_buffer_limits(self, high: int) -> None:
        self.high = high

    def get_extra_info(self, name: str) -> None:
        """There is no socket below."""

    def is_closing(self) -> bool:
        return self.is_gone

    def write(self, payload: bytes) -> None:
        self.written.append(payload)

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def abort(self) -> None:
        self.was_aborted = True


class FakeWriter:
    def __init__(self) -> None:
        self.drained = asyncio.Event()
        self.error: Exception | None = None

    async def drain(self) -> None:
        await self.drained.wait()
        if self.error:
            raise self.error


@pytest.fixture
def transport() -> Any:
    return FakeTransport()


@pytest.fixture
async def writer() -> Any:
    return FakeWriter()


async def test_the_transports_limit_is_the_hubs(transport: Any, writer: Any) -> None:
    TransportConnection(transport, writer)

    assert transport.high == HIGH_WATER


@pytest.mark.parametrize("error", [None, ConnectionResetError("gone")])
async def test_a_drain_is_told_once_even_if_the_peer_went(
    transport: Any, writer: Any, error: Exception | None
) -> None:
    connection = TransportConnection(transport, writer)
    calls: list[str] = []
    writer.error = error

    connection.when_drained(lambda: calls.append("drained"))
    connection.when_drained(lambda: calls.append("again"))
    writer.drained.set()
    for _ in range(5):
        await asyncio.sleep(0)

    assert calls == ["drained"]


async def test_nothing_is_written_to_what_is_closed(transport: Any, writer: Any) -> None:
    connection = TransportConnection(transport, writer)
    connection.write(b"first")

    connection.close(1000, "")
    connection.write(b"second")
    transport.is_gone = True

    assert transport.written == [b"first"]
    assert connection.is_closed()
    assert connection.backlog() == 0


async def test_a_transport_already_lost_is_closed(writer: Any) -> None:
    connection = TransportConnection(None, writer)
    connection.write(b"nothing")

    assert connection.is_closed()
    assert connection.backlog() == 0


async def test_close_ends_the_handlers_wait(transport: Any, writer: Any) -> None:
    connection = TransportConnection(transport, writer)
    asyncio.get_running_loop().call_soon(connection.close, 1012, "The server restarts.")

    with connection.interruptible():
        await asyncio.Event().wait()

    assert connection.is_closed()


async def test_another_cancellation_goes_on(transport: Any, writer: Any) -> None:
    async def handler() -> None:
        with TransportConnection(transport, writer).interruptible():
            await asyncio.Event().wait()

    task = asyncio.create_task(handler())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(("waiting", "is_cut"), [(HIGH_WATER, False), (HIGH_WATER + 1, True)])
async def test_a_peer_that_takes_no_more_is_cut_off_at_the_end(
    transport: Any, writer: Any, waiting: int, is_cut: bool
) -> None:
    connection = TransportConnection(transport, writer)
    connection.when_drained(lambda: None)
    transport.waiting = waiting

    connection.end()

    assert transport.was_aborted is is_cut
