"""Connections behind one epoll, which their protocols and peers cannot tell from asyncio's."""

import asyncio
import errno
import select
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest
from structlog.testing import capture_logs

from engine import Settings
from server.serving.accepting import Listener
from server.serving.listening import bind
from server.serving.tcp import Tcp
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


class Spent:
    """A slice of no length: every look at the clock says that it is over."""

    def __init__(self, _clock: object) -> None:
        self.is_spent = True


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


async def ended_once(guest: Spoken) -> None:
    await until(lambda: "lost" in guest.told)
    assert guest.told.count("lost") == 1
    assert guest.transport.is_closing()
    assert guest.transport.get_write_buffer_size() == 0


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
    await ended_once(guest)
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

    assert await heard(client) == b""
    await ended_once(guest)
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


async def test_when_both_have_said_their_end_it_is_over_even_while_reading_is_paused(
    hosts: Hosts,
) -> None:
    client, guest = await hosts.guest()
    guest.transport.pause_reading()
    guest.transport.write_eof()

    client.shutdown(socket.SHUT_WR)

    await until(lambda: guest.told == ["lost"])
    client.close()


async def test_last_words_are_read_whatever_came_unread(hosts: Hosts) -> None:
    client, guest = await hosts.guest()
    guest.transport.pause_reading()
    client.sendall(b"a long story")

    guest.transport.write(b"no")
    guest.transport.close()

    assert await heard(client) == b"no"
    client.close()


async def test_writing_goes_on_once_little_enough_waits(hosts: Hosts) -> None:
    client, guest = await hosts.guest()
    left: list[int] = []
    guest.resume_writing = lambda: left.append(  # type: ignore[method-assign]
        guest.transport.get_write_buffer_size()
    )
    guest.transport.set_write_buffer_limits(high=4_000_000, low=10)

    guest.transport.write(MUCH)

    assert await heard(client, len(MUCH)) == MUCH
    await until(lambda: bool(left))
    assert left[0] <= 10
    client.close()


async def test_what_happens_to_one_that_has_ended_concerns_nobody(hosts: Hosts) -> None:
    nobodys = 1_000_000

    assert hosts.listener._watch._happened(nobodys, select.EPOLLIN) is None


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


async def test_who_sends_much_and_who_closes_are_left_alone_when_all_is_said(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, guest = await hosts.guest()
    other, ending = await hosts.guest()
    guest.transport.write(MUCH)
    ending.transport.write(MUCH)
    ending.transport.close()
    other.sendall(b"unheard")
    assert await heard(client, len(MUCH)) == MUCH
    calls: list[str] = []
    monkeypatch.setattr(Tcp, "send", lambda _: calls.append("send"))
    monkeypatch.setattr(Tcp, "read", lambda _: calls.append("read"))

    for _ in range(50):
        await asyncio.sleep(0)

    assert len(calls) <= 2  # what the kernel had said before
    client.close()
    other.close()


async def test_a_crowd_that_talks_is_heard_a_few_at_a_time(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.serving.watch.Slice", Spent)
    monkeypatch.setattr("server.serving.watch.AT_ONCE", 2)
    came = [await hosts.guest() for _ in range(6)]
    turns = count_turns(monkeypatch, "read")

    for client, _ in came:
        client.sendall(b"at once")
    await until(lambda: all(guest.received == b"at once" for _, guest in came))

    assert max(turns.values()) == 2
    for client, _ in came:
        client.close()


async def test_a_crowd_is_answered_a_few_at_a_time_and_in_order(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.serving.watch.Slice", Spent)
    monkeypatch.setattr("server.serving.watch.AT_ONCE", 2)
    came = [await hosts.guest() for _ in range(6)]
    turns = count_turns(monkeypatch, "send", served := [])

    for _, guest in came:
        guest.transport.write(b"one ")
    await asyncio.sleep(0)
    for _, guest in came:
        guest.transport.write(b"two")

    assert [await heard(client, 7) for client, _ in came] == [b"one two"] * 6
    assert max(turns.values()) == 2
    assert served[:6] == [guest.transport for _, guest in came]
    for client, _ in came:
        client.close()


async def test_a_crowd_is_let_in_a_few_at_a_time(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.serving.accepting.AT_ONCE", 2)
    turns = count_turns(monkeypatch, "begin")

    clients = [socket.create_connection(hosts.address) for _ in range(6)]
    await until(lambda: len(hosts.guests) == 6)

    assert max(turns.values()) == 2
    for client in clients:
        client.close()


def count_turns(
    monkeypatch: pytest.MonkeyPatch, name: str, called: list[Tcp] | None = None
) -> Counter[int]:
    """How often connections are called so, by turn of the loop; ``called`` gets each."""
    loop, turn, counts = asyncio.get_running_loop(), [0], Counter[int]()
    was = getattr(Tcp, name)

    def next_turn() -> None:
        turn[0] += 1
        loop.call_soon(next_turn)

    def counted(self: Tcp) -> object:
        counts[turn[0]] += 1
        if called is not None:
            called.append(self)
        return was(self)

    next_turn()
    monkeypatch.setattr(Tcp, name, counted)
    return counts


async def test_one_may_end_another_that_was_about_to_be_heard(hosts: Hosts) -> None:
    first, one = await hosts.guest()
    second, two = await hosts.guest()

    spoke: list[Spoken] = []

    class Ends(Spoken):
        def data_received(self, _data: bytes) -> None:
            spoke.append(self)
            one.transport.abort()
            two.transport.abort()

    for guest in (one, two):
        guest.transport.set_protocol(Ends())
    first.sendall(b"both")
    second.sendall(b"both")

    assert await heard(first) == await heard(second) == b""
    assert len(spoke) == 1
    one.told.append("lost")  # as far as the fixture waits for it
    two.told.append("lost")
    first.close()
    second.close()


async def test_the_end_is_heard_in_a_turn_of_its_own(hosts: Hosts) -> None:
    client, guest = await hosts.guest()

    guest.transport.abort()
    at_once = list(guest.told)

    await until(lambda: guest.told == ["lost"])
    assert at_once == []
    client.close()


async def test_a_protocol_that_fails_over_the_end_leaves_nothing_open(hosts: Hosts) -> None:
    client, guest = await hosts.guest()
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))

    def fail(_why: Exception | None) -> None:
        guest.told.append("lost")
        raise ValueError("not me")

    guest.connection_lost = fail  # type: ignore[method-assign]
    guest.transport.abort()

    assert await heard(client) == b""
    assert len(failures) == 1
    client.close()


async def test_nothing_holds_on_to_a_connection_that_has_ended(hosts: Hosts) -> None:
    client, guest = await hosts.guest()
    client.close()
    await until(lambda: guest.told == ["end", "lost"])

    assert guest.transport.get_protocol() is not guest
    assert guest.transport.get_extra_info("sockname") is None
    assert not guest.transport.is_reading()


async def test_only_bytes_are_written_and_as_they_were(hosts: Hosts) -> None:
    client, guest = await hosts.guest()
    own = bytearray(b"bytes")

    guest.transport.write(own)
    guest.transport.write(memoryview(b" and more"))
    own[:] = b"later"

    assert await heard(client, 14) == b"bytes and more"
    for wrong in (5, [1, 2]):
        with pytest.raises(TypeError):
            guest.transport.write(wrong)
    client.close()


async def test_water_marks_are_asyncios(hosts: Hosts) -> None:
    client, guest = await hosts.guest()
    transport = guest.transport
    found = [transport.get_write_buffer_limits()]

    for given in ({"high": 400}, {"low": 100}, {"high": 9, "low": 9}):
        transport.set_write_buffer_limits(**given)
        found.append(transport.get_write_buffer_limits())

    assert found == [(16_384, 65_536), (100, 400), (100, 400), (9, 9)]
    for high, low in ((1, 2), (1, -1)):
        with pytest.raises(ValueError, match="low-water"):
            transport.set_write_buffer_limits(high=high, low=low)
    client.close()


async def test_an_end_is_heard_once(hosts: Hosts) -> None:
    client, guest = await hosts.guest()
    guest.stays_open = True
    client.shutdown(socket.SHUT_WR)
    await until(lambda: guest.told == ["end"])

    guest.transport.resume_reading()
    other, _ = await hosts.guest(b"meanwhile")

    assert guest.told == ["end"]
    other.close()
    client.close()


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


def short() -> Short:
    plain = bound()
    return Short(plain.family, plain.type, fileno=plain.detach())


async def test_without_descriptors_it_takes_a_breath_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.serving.accepting.BREATH_S", 0.01)
    monkeypatch.setattr(Short, "failures", [NO_MORE])
    with capture_logs() as logged:
        async with listening(short()) as hosts:
            client, _ = await hosts.guest(b"patient")

    assert [line["event"] for line in logged] == ["accepted_nobody"]
    client.close()


async def test_what_befell_one_that_waited_does_not_keep_the_next_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        Short, "failures", [OSError(errno.EPROTO, ""), ConnectionAbortedError(103, "")]
    )
    with capture_logs() as logged:
        async with listening(short()) as hosts:
            client, _ = await hosts.guest(b"next")

    assert logged == []
    client.close()


async def test_closing_during_a_breath_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Short, "failures", [NO_MORE])
    async with listening(short()) as hosts:
        client = socket.create_connection(hosts.address)
        await until(lambda: not Short.failures)
    client.close()

    breath = hosts.listener._breath
    assert breath is not None
    assert breath.cancelled()
    assert hosts.guests == []


class Full:
    """An epoll that can watch no more."""

    def __init__(self, real: select.epoll) -> None:
        self.real = real

    def register(self, *_what: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


async def test_one_that_cannot_be_watched_is_closed_and_nothing_is_left_open() -> None:
    before = count_open()
    hosts = Hosts(bound())
    watch: Any = hosts.listener._watch
    watch._epoll = Full(watch._epoll)

    with capture_logs() as logged:
        client = socket.create_connection(hosts.address, timeout=5)
        gone = await heard(client)
    client.close()
    hosts.listener.close()

    assert gone == b""
    assert [line["event"] for line in logged] == ["connection_failed"]
    del watch
    await until(lambda: count_open() == before)


async def test_a_listener_whose_socket_was_closed_by_another_leaves_nothing_open() -> None:
    before = count_open()
    sock = bound()
    listener = Listener(sock, 16, Spoken)

    sock.close()
    listener.close()

    await until(lambda: count_open() == before)
