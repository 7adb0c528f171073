"""Connections behind one epoll, which their protocols and peers cannot tell from asyncio's."""

import asyncio
import errno
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest
from structlog.testing import capture_logs

from engine import Settings
from server.serving.accepting import Listener
from server.serving.listening import bind
from tests.server.live.serving import until

MUCH = bytes(range(256)) * 20_000
"""More than a kernel holds for somebody who reads nothing."""
RESET_WHEN_CLOSED = struct.pack("ii", 1, 0)


class Spoken(asyncio.Protocol):
    """Remembers what it was told, and whether it may write."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.received = b""
        self.told: list[str] = []
        self.why: Exception | None = None
        self.stays_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        if data == b"break":
            raise ValueError("broken")

    def eof_received(self) -> bool:
        self.told.append("end")
        return self.stays_open

    def pause_writing(self) -> None:
        self.told.append("pause")

    def resume_writing(self) -> None:
        self.told.append("resume")

    def connection_lost(self, why: Exception | None) -> None:
        self.why = why
        self.told.append("lost")


class Hosts:
    """Who listens, and the protocols of those who came."""

    def __init__(self, sock: socket.socket, make: Callable[[], Spoken] = Spoken) -> None:
        self.address = sock.getsockname()
        self.guests: list[Spoken] = []
        self.listener = Listener(sock, 16, self._connect)
        self._make = make

    def _connect(self) -> Spoken:
        self.guests.append(self._make())
        return self.guests[-1]

    async def guest(self, said: bytes = b"") -> tuple[socket.socket, Spoken]:
        """Somebody who came and said so much, and their protocol."""
        count = len(self.guests)
        client = socket.create_connection(self.address, timeout=5)
        client.sendall(said)
        await until(lambda: len(self.guests) > count)
        guest = self.guests[count]
        await until(lambda: guest.received == said)
        return client, guest


def bound() -> socket.socket:
    return bind(Settings(addr="127.0.0.1:0"))


@asynccontextmanager
async def listening(sock: socket.socket) -> AsyncIterator[Hosts]:
    hosts = Hosts(sock)
    yield hosts
    hosts.listener.close()
    for guest in hosts.guests:
        guest.transport.abort()
    await until(lambda: all("lost" in guest.told for guest in hosts.guests))


@pytest.fixture
async def hosts() -> AsyncIterator[Hosts]:
    async with listening(bound()) as hosts:
        yield hosts


async def heard(client: socket.socket, count: int = 1_000_000_000) -> bytes:
    """So many bytes, or all until the end."""
    found = bytearray()

    def receive() -> None:
        while len(found) < count and (some := client.recv(65_536)):
            found.extend(some)

    await asyncio.get_running_loop().run_in_executor(None, receive)
    return bytes(found)


async def test_what_is_said_is_heard_and_answered(hosts: Hosts) -> None:
    client, guest = await hosts.guest(b"hello")

    guest.transport.write(b"good ")
    guest.transport.write(b"day")

    assert await heard(client, 8) == b"good day"
    client.close()


async def test_a_crowd_that_came_before_the_first_look_is_let_in_whole(hosts: Hosts) -> None:
    clients = [socket.create_connection(hosts.address) for _ in range(16)]
    for number, client in enumerate(clients):
        client.sendall(b"%d" % number)

    await until(lambda: len(hosts.guests) == 16 and all(each.received for each in hosts.guests))

    assert {guest.received for guest in hosts.guests} == {b"%d" % n for n in range(16)}
    for client in clients:
        client.close()


async def test_a_slow_reader_gets_every_byte_and_its_writer_is_told_to_pause(hosts: Hosts) -> None:
    client, guest = await hosts.guest()

    guest.transport.write(MUCH)
    guest.transport.write(b"end")
    paused = list(guest.told)

    assert await heard(client, len(MUCH) + 3) == MUCH + b"end"
    await until(lambda: guest.told == ["pause", "resume"])
    assert paused == ["pause"]
    assert guest.transport.get_write_buffer_size() == 0
    client.close()


async def test_who_sets_no_room_aside_hears_of_every_write(hosts: Hosts) -> None:
    client, guest = await hosts.guest()
    guest.transport.set_write_buffer_limits(high=0)

    guest.transport.write(b"one")

    assert guest.transport.get_write_buffer_limits() == (0, 0)
    await until(lambda: guest.told == ["pause", "resume"])
    client.close()


async def test_a_limit_below_what_waits_pauses_at_once(hosts: Hosts) -> None:
    client, guest = await hosts.guest()
    guest.transport.write(b"one")

    guest.transport.set_write_buffer_limits(high=0)

    assert guest.told == ["pause"]
    client.close()


async def test_closing_sends_what_was_written_before_it(hosts: Hosts) -> None:
    client, guest = await hosts.guest()

    guest.transport.write(MUCH)
    guest.transport.close()
    guest.transport.close()
    guest.transport.write(b"late")

    assert await heard(client) == MUCH
    await until(lambda: "lost" in guest.told)
    assert guest.told.count("lost") == 1
    assert guest.transport.is_closing()
    client.close()


async def test_an_end_may_be_said_and_the_peer_goes_on(hosts: Hosts) -> None:
    client, guest = await hosts.guest()

    guest.transport.write(b"last")
    guest.transport.write_eof()
    guest.transport.write(b"nothing")

    assert guest.transport.can_write_eof()
    assert await heard(client) == b"last"
    client.sendall(b"still here")
    await until(lambda: guest.received == b"still here")
    client.close()


async def test_an_end_with_nothing_written_is_said_at_once(hosts: Hosts) -> None:
    client, guest = await hosts.guest()

    guest.transport.write_eof()

    assert await heard(client) == b""
    client.close()


async def test_a_peer_that_ends_is_answered_by_the_end(hosts: Hosts) -> None:
    client, guest = await hosts.guest(b"bye")

    client.shutdown(socket.SHUT_WR)

    await until(lambda: guest.told == ["end", "lost"])
    assert await heard(client) == b""
    assert guest.why is None
    client.close()


async def test_a_protocol_may_go_on_writing_to_a_peer_that_ended(hosts: Hosts) -> None:
    client, guest = await hosts.guest(b"bye")
    guest.stays_open = True

    client.shutdown(socket.SHUT_WR)
    await until(lambda: guest.told == ["end"])
    guest.transport.write(b"one more thing")

    assert await heard(client, 14) == b"one more thing"
    assert guest.told == ["end"]
    client.close()


async def test_cut_off_means_at_once_and_without_what_waits(hosts: Hosts) -> None:
    client, guest = await hosts.guest()

    guest.transport.write(MUCH)
    guest.transport.abort()
    guest.transport.abort()

    await until(lambda: "lost" in guest.told)
    assert await heard(client) == b""
    assert guest.told.count("lost") == 1
    client.close()


async def test_nothing_is_heard_while_reading_is_paused(hosts: Hosts) -> None:
    client, guest = await hosts.guest()
    guest.transport.pause_reading()
    client.sendall(b"anybody?")
    other, _ = await hosts.guest(b"meanwhile")
    before, was_reading = guest.received, guest.transport.is_reading()

    guest.transport.resume_reading()

    await until(lambda: guest.received == b"anybody?")
    assert (before, was_reading) == (b"", False)
    assert guest.transport.is_reading()
    client.close()
    other.close()


async def test_who_is_gone_is_noticed_even_while_reading_is_paused(hosts: Hosts) -> None:
    client, guest = await hosts.guest()
    guest.transport.pause_reading()

    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_WHEN_CLOSED)
    client.close()

    await until(lambda: guest.told == ["lost"])


async def test_a_reset_is_an_end_with_its_reason(hosts: Hosts) -> None:
    client, guest = await hosts.guest()

    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_WHEN_CLOSED)
    client.close()

    await until(lambda: guest.told == ["lost"])
    assert isinstance(guest.why, ConnectionResetError)


async def test_writing_to_who_is_gone_is_an_end_and_no_error(hosts: Hosts) -> None:
    client, guest = await hosts.guest()
    guest.transport.pause_reading()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_WHEN_CLOSED)
    client.close()

    guest.transport.write(b"hello?")
    guest.transport.write_eof()

    await until(lambda: guest.told == ["lost"])


async def test_a_protocol_that_fails_is_cut_off_and_the_others_are_served(hosts: Hosts) -> None:
    with capture_logs() as logged:
        client, guest = await hosts.guest(b"break")
        other, _ = await hosts.guest(b"still served")
        await until(lambda: guest.told == ["lost"])

    assert [line["event"] for line in logged] == ["connection_failed"]
    client.close()
    other.close()


async def test_a_protocol_that_fails_at_once_is_cut_off() -> None:
    class Fails(Spoken):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            raise ValueError("not today")

    hosts = Hosts(bound(), Fails)

    with capture_logs() as logged:
        client = socket.create_connection(hosts.address)
        await until(lambda: bool(hosts.guests) and hosts.guests[0].told == ["lost"])

    assert [line["event"] for line in logged] == ["connection_failed"]
    client.close()
    hosts.listener.close()


async def test_a_protocol_that_fails_over_its_own_writing_is_cut_off(hosts: Hosts) -> None:
    client, guest = await hosts.guest()
    other, second = await hosts.guest()

    def fail() -> None:
        raise ValueError("no more")

    guest.resume_writing = fail  # type: ignore[method-assign]
    guest.transport.set_write_buffer_limits(high=0)

    with capture_logs() as logged:
        guest.transport.write(b"one")
        second.transport.write(b"two")
        assert await heard(other, 3) == b"two"
        await until(lambda: "lost" in guest.told)

    assert [line["event"] for line in logged] == ["connection_failed"]
    client.close()
    other.close()


async def test_another_protocol_may_take_over(hosts: Hosts) -> None:
    client, guest = await hosts.guest(b"first")
    other = Spoken()

    guest.transport.set_protocol(other)
    client.sendall(b"second")

    await until(lambda: other.received == b"second")
    assert guest.transport.get_protocol() is other
    other.transport = guest.transport
    client.close()
    await until(lambda: "lost" in other.told)
    guest.told.append("lost")  # as far as the fixture waits for it


async def test_a_connection_says_who_is_on_both_ends(hosts: Hosts) -> None:
    client, guest = await hosts.guest()
    extra = guest.transport.get_extra_info

    assert extra("peername") == client.getsockname()
    assert extra("sockname") == hosts.address
    assert extra("socket").fileno() > 0
    assert extra("sslcontext") is None
    assert extra("sslcontext", "none") == "none"
    client.close()


async def test_one_that_talks_without_end_keeps_nobody_from_being_heard(hosts: Hosts) -> None:
    talker, loud = await hosts.guest()
    talker.setblocking(False)

    for _ in range(20):
        with suppress(BlockingIOError):
            talker.send(MUCH)
        quiet, _ = await hosts.guest(b"a word")
        quiet.close()

    assert len(loud.received) > 0
    talker.close()


# -- who listens ---------------------------------------------------------------------------------


async def test_a_closed_listener_lets_nobody_in_and_who_is_in_stays(hosts: Hosts) -> None:
    client, guest = await hosts.guest()

    hosts.listener.close()
    hosts.listener.close()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(hosts.address)
    client.sendall(b"still here")
    await until(lambda: guest.received == b"still here")
    client.close()


def count_open() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def test_nothing_is_left_open_when_the_last_has_gone() -> None:
    before = count_open()
    async with listening(bound()) as hosts:
        client, guest = await hosts.guest()
        hosts.listener.close()
        client.close()
        await until(lambda: "lost" in guest.told)

        await until(lambda: count_open() == before)


NO_MORE = OSError(errno.EMFILE, "Too many open files")


class Short(socket.socket):
    """A listening socket of a process that has no descriptor left, once."""

    failures: ClassVar[list[OSError]] = [
        OSError(errno.EMFILE, "Too many open files"),
        ConnectionAbortedError(),
    ]

    def accept(self) -> tuple[socket.socket, Any]:
        if self.failures:
            raise self.failures.pop()
        return super().accept()


async def test_without_descriptors_it_takes_a_breath_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.serving.accepting.BREATH_S", 0.01)
    monkeypatch.setattr(Short, "failures", [NO_MORE, ConnectionAbortedError()])
    plain = bound()
    async with listening(Short(plain.family, plain.type, fileno=plain.detach())) as hosts:
        client, _ = await hosts.guest(b"patient")

    assert Short.failures == []
    client.close()


async def test_closing_during_a_breath_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = bound()
    monkeypatch.setattr(Short, "failures", [NO_MORE])
    async with listening(Short(plain.family, plain.type, fileno=plain.detach())) as hosts:
        client = socket.create_connection(hosts.address)
        await until(lambda: not Short.failures)

    client.close()
    assert hosts.guests == []
