"""A slim socket: on a transport that remembers, with a real session behind it."""

import asyncio
import gc
import json
import os
import random
import shutil
import socket as sockets
import ssl
import struct
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engine.settings import Settings
from server import keys
from server.budgets.budgets import Budgets
from server.budgets.rates import Rates
from server.live.channel import farewell
from server.live.closing import BY_CODE
from server.live.conversation import Conversation, Live
from server.live.hub import Hub
from server.live.messages import Encoding
from server.live.parser import MAX_MESSAGE
from server.live.patience import HIGH_WATER
from server.live.presence import Viewers
from server.live.rights import Rights
from server.live.session import Session
from server.live.slim import FRAMES_A_TURN, SlimSocket
from server.live.transport import UNSENT_LIMIT
from server.serving.accepting import Listener
from server.serving.listening import bind
from tests.server.live.fakes import QUADRANTS, READER, FakeClock, FakeDesk, an_event
from tests.server.live.raw import upgraded
from tests.server.live.serving import serving, until
from tests.server.live.test_parser import INPUTS, a_mutation
from tests.server.live.wire import CLOSE, PING, PONG, TEXT, closing, frame, text

SIOCOUTQ = 0x5411
"""Bytes of a socket that its peer has not acknowledged."""


class FakeSocket:
    family = sockets.AF_UNIX

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor


class FakeTransport(asyncio.Transport):
    """Remembers what was written. Its peer reads everything at once, unless ``waiting`` is set or
    it ``holds`` what is written until ``drain``."""

    def __init__(self, descriptor: int | None = None) -> None:
        super().__init__(None if descriptor is None else {"socket": FakeSocket(descriptor)})
        self.written = bytearray()
        self.waiting = 0
        self.holds = False
        self.was_aborted = False
        self.has_ended = False
        self.is_reading_paused = False
        self.protocol: Any = None
        self._is_closing = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.high = high

    def write(self, data: Any) -> None:
        assert not self.has_ended
        self.written += data
        if self.holds:
            self.waiting += len(data)
            self.protocol.pause_writing()

    def drain(self) -> None:
        self.holds, self.waiting = False, 0
        self.protocol.resume_writing()

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def pause_reading(self) -> None:
        self.is_reading_paused = True

    def resume_reading(self) -> None:
        self.is_reading_paused = False

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.has_ended = True

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self._is_closing = True

    def abort(self) -> None:
        self.was_aborted = self._is_closing = True

    def frames(self) -> list[tuple[int, bytes]]:
        """What was written, frame by frame: opcode and payload."""
        found, raw, at = [], bytes(self.written), 0
        while at < len(raw):
            size, at = raw[at + 1], at + 2
            if size == 126:
                size, at = int.from_bytes(raw[at : at + 2], "big"), at + 2
            found.append((raw[at - 2 if size < 126 else at - 4] & 0x0F, raw[at : at + size]))
            at += size
        return found

    def close_code(self) -> int | None:
        opcode, payload = self.frames()[-1]
        return int.from_bytes(payload[:2], "big") if opcode == CLOSE else None


class Census:
    def __init__(self) -> None:
        self.count = 0

    def began(self) -> None:
        self.count += 1

    def ended(self) -> None:
        self.count -= 1


class Room:
    """A hub and whatever a slim socket needs, without a server."""

    def __init__(self) -> None:
        self.desk = FakeDesk()
        self.clock = FakeClock()
        self.hub = Hub(
            self.desk.log, ring_size=8, heartbeat_s=25, slow_consumer_s=30, clock=self.clock
        )
        self.live = Live(
            self.desk, self.hub, Viewers(self.desk.log.publish), Rights(), Budgets(Rates())
        )
        self.census = Census()

    def socket(self) -> tuple[SlimSocket, FakeTransport]:
        transport = FakeTransport()
        socket = SlimSocket(transport, self.census)
        session = Session("s1", Encoding.JSON, READER, self.clock, QUADRANTS)
        conversation = Conversation(self.live, session, socket, "a test")
        conversation.open(None)
        socket.converse(conversation, b"")
        transport.written.clear()
        return socket, transport

    async def close(self) -> None:
        await self.hub.close()
        await self.live.rights.close()


@pytest.fixture
async def room() -> Any:
    room = Room()
    yield room
    await room.close()


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


SUBSCRIBE_TEXT = b'{"op":"subscribe","id":1,"topics":["issue"],"snapshot":false}'
SUBSCRIBE = frame(TEXT, SUBSCRIBE_TEXT)
RESUME_TEXT = b'{"op":"subscribe","id":1,"topics":["issue"],"snapshot":false,"since":"e1-99"}'
RESUME = frame(TEXT, RESUME_TEXT)
"""From beyond the ring: only the store can tell."""


# -- quiet ---------------------------------------------------------------------------------------


async def test_a_quiet_socket_has_no_task_no_timer_and_no_parser(room: Room) -> None:
    tasks = asyncio.all_tasks()
    socket, _ = room.socket()
    socket.data_received(SUBSCRIBE)
    await turns()

    assert asyncio.all_tasks() == tasks
    assert socket._parser is None
    assert socket._timer is None
    assert not hasattr(socket, "__dict__")


async def test_what_is_left_of_a_lost_connection_goes_at_once(room: Room) -> None:
    socket, _ = room.socket()
    socket.data_received(text('{"op":"viewing","id":1,"subject":"harbour-levy"}'))
    conversation = socket._conversation

    socket.connection_lost(None)
    holders = [holder for holder in gc.get_referrers(conversation) if type(holder) is SlimSocket]

    assert len(room.hub) == room.census.count == 0
    assert room.live.viewers.of("harbour-levy") == ()
    assert holders == []


# -- what arrives --------------------------------------------------------------------------------


async def test_nothing_more_is_read_while_an_answer_is_looked_up(room: Room) -> None:
    socket, transport = room.socket()

    socket.data_received(RESUME + text('{"op":"ping","id":2}'))
    is_paused, early = transport.is_reading_paused, bytes(transport.written)
    await turns()

    assert (is_paused, early) == (True, b"")
    assert not transport.is_reading_paused
    assert [json.loads(payload)["op"] for _, payload in transport.frames()] == [
        "subscribed",
        "snapshot",
        "pong",
    ]


async def test_a_subscription_that_the_ring_decides_about_is_answered_at_once(room: Room) -> None:
    socket, transport = room.socket()

    socket.data_received(SUBSCRIBE + text('{"op":"ping","id":2}'))

    assert [json.loads(payload)["op"] for _, payload in transport.frames()] == [
        "subscribed",
        "pong",
    ]


async def test_a_question_at_the_end_of_a_turn_stops_the_reading_too(room: Room) -> None:
    socket, transport = room.socket()
    unanswered = asyncio.Event()
    room.desk.log.floor = unanswered.wait  # type: ignore[method-assign, assignment] # a fake
    others = frame(TEXT, fin=False) + (FRAMES_A_TURN - 3) * frame(0, fin=False) + frame(PING)
    last = frame(0, RESUME_TEXT)

    socket.data_received(others + last)
    await turns()

    assert transport.is_reading_paused


async def test_a_flood_of_fragments_gives_others_their_turn(room: Room) -> None:
    socket, transport = room.socket()
    asyncio.get_running_loop().call_soon(transport.written.extend, b"\x81\x01!")

    socket.data_received(frame(TEXT, fin=False) + 70_000 * frame(0, fin=False))
    is_paused = transport.is_reading_paused
    await turns(2_000)

    assert is_paused
    assert transport.frames()[0] == (TEXT, b"!")
    assert transport.close_code() == 1009


async def test_a_flood_of_pings_is_closed_with_4429(room: Room) -> None:
    socket, transport = room.socket()

    socket.data_received(frame(PING) * 100)
    await turns()

    assert [opcode for opcode, _ in transport.frames()].count(PONG) == 60
    assert transport.close_code() == 4429


async def test_a_defect_of_ours_closes_with_1011(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_session: Session, _text: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Session, "receive", broken)
    socket, transport = room.socket()

    socket.data_received(text("{}"))

    assert transport.close_code() == 1011


async def test_a_defect_while_an_answer_is_looked_up_closes_with_1011(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_conversation: Conversation, _asked: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Conversation, "settle", broken)
    socket, transport = room.socket()

    socket.data_received(RESUME)
    await turns()

    assert transport.close_code() == 1011


# -- the end -------------------------------------------------------------------------------------


async def test_after_a_close_nothing_is_written_and_messages_are_passed_over(room: Room) -> None:
    socket, transport = room.socket()
    socket.close(4400, "Enough.")
    socket.close(1000, "Again.")

    socket.write(b"more")
    socket.data_received(text('{"op":"ping","id":1}'))

    assert transport.frames() == [(CLOSE, b"\x11\x30Enough.")]
    assert socket.is_closed()
    assert socket.backlog() == 0


async def test_the_peers_answer_to_our_close_ends_the_connection(room: Room) -> None:
    socket, transport = room.socket()
    socket.close(4400, "Enough.")
    is_open = not transport.is_closing()

    socket.data_received(closing(4400))

    assert is_open
    assert transport.is_closing()
    assert len(transport.frames()) == 1


async def test_garbage_instead_of_an_answer_ends_it_too(room: Room) -> None:
    socket, transport = room.socket()
    socket.close(4400, "Enough.")

    socket.data_received(frame(7))

    assert transport.has_ended


async def test_a_peer_that_never_answers_a_close_is_cut_off(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.live.slim.CLOSE_TIMEOUT_S", 0.01)
    socket, transport = room.socket()

    socket.close(4400, "Enough.")
    await until(lambda: transport.was_aborted)

    assert len(room.hub) == 0


async def test_a_loss_while_an_answer_is_looked_up_forgets_the_question(room: Room) -> None:
    socket, transport = room.socket()
    socket.data_received(RESUME)

    socket.connection_lost(None)
    await turns()

    assert not transport.written
    assert len(room.hub) == 0


async def test_a_socket_that_comes_while_the_server_leaves_hears_so(room: Room) -> None:
    await room.hub.goodbye(farewell)
    transport = FakeTransport()
    socket = SlimSocket(transport, room.census)
    session = Session("s1", Encoding.JSON, READER, room.clock, QUADRANTS)

    Conversation(room.live, session, socket, "a test")

    assert transport.close_code() == 1012


async def test_a_full_line_is_gone_on_with_when_it_drains(room: Room) -> None:
    socket, transport = room.socket()
    socket.data_received(SUBSCRIBE)
    await turns()
    transport.written.clear()
    transport.waiting = HIGH_WATER + 1
    room.desk.log.commit(an_event())
    await turns()
    skipped = bytes(transport.written)

    transport.waiting = 0
    socket.resume_writing()
    socket.resume_writing()
    await turns()

    assert skipped == b""
    assert len(transport.frames()) == 1


async def test_what_the_kernel_does_not_take_goes_out_behind_what_it_took() -> None:
    ours, theirs = sockets.socketpair()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    socket = SlimSocket(transport, Census())
    sent = b"".join(b"%07d\n" % n for n in range(200_000))

    while socket.offer(sent[:16_000]):
        sent = sent[16_000:]
    left, waiting = len(sent), socket.backlog()
    received = await loop.run_in_executor(None, receive, theirs, 1_600_000 - left)
    await until(lambda: socket.backlog() == 0)
    socket.offer(b"end\n")
    end = await loop.run_in_executor(None, receive, theirs, 4)
    transport.abort()
    theirs.close()

    assert waiting > HIGH_WATER
    assert received == b"".join(b"%07d\n" % n for n in range(200_000))[: 1_600_000 - left]
    assert end == b"end\n"


def receive(sock: sockets.socket, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        found += sock.recv(count - len(found))
    return bytes(found)


async def test_bytes_are_written_past_the_transport_only_while_it_holds_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    direct: list[bytes] = []

    def take_two(_descriptor: int, payload: bytes) -> int:
        direct.append(payload)
        return 2

    monkeypatch.setattr(os, "write", take_two)
    transport = FakeTransport(descriptor=7)
    socket = SlimSocket(transport, Census())
    transport.holds = True

    socket.offer(b"half")
    socket.offer(b"next")
    transport.drain()
    socket.offer(b"ok")

    assert direct == [b"half", b"ok"]
    assert bytes(transport.written) == b"lfnext"


async def test_what_aiohttp_has_written_stays_in_front(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", None)
    transport = FakeTransport(descriptor=7)
    transport.waiting = 100
    socket = SlimSocket(transport, Census())

    socket.offer(b"first")

    assert bytes(transport.written) == b"first"


@pytest.mark.parametrize("why", ["held", "closed", "lost"])
async def test_it_says_once_that_nothing_may_go_past_it_any_more(why: str) -> None:
    transport = FakeTransport(descriptor=7)
    socket = SlimSocket(transport, Census())
    transport.holds = True
    said: list[int] = []
    socket.when_held(lambda: said.append(socket.direct))

    for _ in range(2):
        if why == "held":
            socket.write(b"an answer")
        elif why == "closed":
            socket.close(1000, "")
        else:
            socket.connection_lost(None)

    assert said == [-1]


async def test_what_was_written_before_is_read_before() -> None:
    guests: list[SlimSocket] = []

    class Guest(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            guests.append(SlimSocket(transport, Census()))

    sock = bind(Settings(addr="127.0.0.1:0"))
    listener = Listener(sock, 1, Guest)
    with sockets.create_connection(sock.getsockname()) as client:
        await until(lambda: bool(guests))

        guests[0].write(b"first ")
        guests[0].offer(b"second ")
        await until(lambda: guests[0].direct >= 0)
        guests[0].offer(b"third")

        received = await asyncio.get_running_loop().run_in_executor(None, receive, client, 18)
    listener.close()
    await until(lambda: guests[0].direct < 0)
    assert received == b"first second third"


async def test_nothing_goes_past_a_transport_behind_a_close(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "write", None)
    transport = FakeTransport(descriptor=7)
    socket = SlimSocket(transport, Census())
    transport.holds = True
    socket.close(1000, "")
    closing = bytes(transport.written)

    transport.drain()
    socket.offer(b"late")
    socket.write(b"later")

    assert bytes(transport.written) == closing
    assert socket.direct < 0


async def test_a_half_open_line_is_noticed_within_two_heartbeats(room: Room) -> None:
    _, transport = room.socket()

    for _ in range(2):
        room.clock.pass_(25)
        room.hub.sweep()
        await turns()

    assert transport.close_code() == 4410
    assert len(room.hub) == 0


# -- any input -----------------------------------------------------------------------------------


def a_message(chance: random.Random) -> bytes:
    """Something a client might say, right or nearly."""
    fields = {
        "op": chance.choice(("auth", "subscribe", "unsubscribe", "ping", "viewing", "dance", "")),
        "id": chance.choice((1, 2, 3, 0, -1, 2**53, 1.5, "1", None)),
        "token": chance.choice(("reader", "stolen", "", 7)),
        "topics": chance.choice((["issue"], ["access"], ["weather"], [], "issue", [1])),
        "since": chance.choice(("e1-0", "e1-1", "e1-99", "e9-1", "e1-", "-", "é", None)),
        "subject": chance.choice(("harbour-levy", "", "../x", 1)),
        "where": chance.choice(({}, {"min_score": 2}, {"quadrant": ["Risk"]}, [], None)),
    }
    wanted = [name for name in fields if name in ("op", "id") or chance.random() < 0.3]
    said = "{" + ",".join(f'"{name}":{literal(fields[name])}' for name in wanted) + "}"
    if chance.random() < 0.1:
        said = said[: chance.randrange(len(said))]
    return text(said)


def literal(value: object) -> str:
    return repr(value).replace("'", '"').replace("None", "null")


async def outcome(room: Room, chunks: list[bytes]) -> tuple[FakeTransport, Any]:
    """Hand the chunks to a new socket, as far as it reads, and lose it."""
    socket, transport = room.socket()
    for chunk in chunks:
        if not transport.is_closing():
            socket.data_received(chunk)
            await turns(4 if transport.is_reading_paused else 0)
    socket.connection_lost(None)
    return transport, socket


async def test_no_input_makes_a_socket_fail(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(13)
    room.desk.log.commit(an_event())
    codes: set[int | None] = set()
    failures: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))

    for _ in range(INPUTS):
        said = [a_message(chance) for _ in range(chance.randrange(1, 5))]
        if chance.random() < 0.4:
            said.insert(chance.randrange(len(said)), a_mutation(chance))
        transport, _ = await outcome(room, said)
        codes.add(transport.close_code() if transport.written else None)
    await turns()

    assert failures == []
    assert codes - {None, 0} <= set(BY_CODE) | set(range(1000, 5000)) - {1011}
    assert {1002, 1007, 4400, 4401, 4409} <= codes
    assert 1011 not in codes
    assert (len(room.hub), room.census.count) == (0, 0)


@hypothesis_settings(deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=5))
def test_any_bytes_are_answered_or_closed_with_a_code(chunks: list[bytes]) -> None:
    async def tried() -> FakeTransport:
        room = Room()
        transport, _ = await outcome(room, chunks)
        await room.close()
        return transport

    transport = asyncio.run(tried())

    assert not transport.written or transport.close_code() != 1011


# -- on a real socket ----------------------------------------------------------------------------


async def test_a_client_of_one_byte_at_a_time_that_answers_no_ping_is_closed() -> None:
    settings = Settings(heartbeat_s=0.2)
    async with serving(FakeDesk(), READER, settings) as served, upgraded(served.port) as client:
        dripping = asyncio.create_task(drip(client, frame(TEXT, b"x" * 1_000)))
        code, _ = await client.closing()
        dripping.cancel()

    assert code == 4410


async def drip(client: Any, sent: bytes) -> None:
    for byte in sent:
        await client.send(bytes([byte]))
        await asyncio.sleep(0.02)


async def test_a_restart_closes_every_socket_and_waits_for_no_silent_one() -> None:
    async with (
        serving(FakeDesk(), READER) as served,
        upgraded(served.port) as silent,
        upgraded(served.port) as other,
    ):
        leaving = asyncio.create_task(served.app[keys.HUB].goodbye(farewell))
        codes = [(await client.closing())[0] for client in (silent, other)]
        await leaving
        await until(lambda: served.app[keys.CONNECTIONS].handed_over == 0)

    assert codes == [1012, 1012]


async def test_the_kernel_holds_little_for_a_client_that_reads_nothing() -> None:
    desk = FakeDesk()
    async with serving(desk, READER) as served, upgraded(served.port) as client:
        client.writer.transport.pause_reading()
        await client.send(SUBSCRIBE)
        (member,) = served.app[keys.HUB]._members
        await until(lambda: member.is_following)
        for _ in range(1_000):
            desk.log.commit(an_event(quadrant="x" * 20_000))
            await asyncio.sleep(0)
        await until(lambda: member.is_blocked)
        connection: Any = member.connection
        unacknowledged = outgoing(connection._transport.get_extra_info("socket").fileno())

        assert unacknowledged <= 2 * UNSENT_LIMIT + MAX_MESSAGE
        assert connection.backlog() <= 4 * HIGH_WATER


def outgoing(fd: int) -> int:
    (count,) = struct.unpack("i", ioctl(fd, SIOCOUTQ, b"\0" * 4))
    return int(count)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
async def test_under_tls_it_is_the_same(tmp_path: Path) -> None:
    context = await a_context(tmp_path)
    async with (
        serving(FakeDesk(), READER, context=context) as served,
        ClientSession() as client,
        client.ws_connect(served.ws.replace("ws:", "wss:"), ssl=False) as socket,
    ):
        hello = await socket.receive_json(timeout=5)
        counted = served.app[keys.CONNECTIONS].handed_over
        await socket.send_str("x" * (MAX_MESSAGE + 1))
        closed = await socket.receive(timeout=5)

    assert hello["op"] == "hello"
    assert counted == 1
    assert closed.data == 1009


async def a_context(folder: Path) -> ssl.SSLContext:
    cert, key = folder / "cert.pem", folder / "key.pem"
    make = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-nodes", "-keyout", str(key), "-out", str(cert), "-days", "1", "-subj", "/CN=desk"),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await make.wait() == 0
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return context
