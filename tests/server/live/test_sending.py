"""Both ways in which the same bytes get to many sockets, with real sockets."""

import socket
from array import array
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from engine.settings import Settings
from server.live import channel, uring
from server.live.sending import OneByOne, Sender
from server.live.uring import ENTRIES, LARGEST, TOO_FEW, Uring
from tests.server.live.fakes import READER, FakeDesk, an_event
from tests.server.live.serving import serving

MANY = TOO_FEW + 2


@pytest.fixture(params=["one by one", "together"])
def sender(request: pytest.FixtureRequest) -> Iterator[Sender]:
    sender = OneByOne() if request.param == "one by one" else together()
    yield sender
    sender.close()


def together() -> Uring:
    try:
        return Uring()
    except OSError as error:
        if error.errno is None:  # it may be used, and did not do what it should
            raise
        pytest.skip(f"NOT CHECKED: io_uring cannot be used here: {error}")


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    """The desk's ends, which never block, and the peers'."""
    with ExitStack() as held:
        made = [socket.socketpair() for _ in range(MANY)]
        for ours, theirs in made:
            held.enter_context(ours).setblocking(False)
            held.enter_context(theirs).setblocking(False)
        yield made


Pairs = list[tuple[socket.socket, socket.socket]]


def descriptors(pairs: Pairs) -> "array[int]":
    return array("i", (ours.fileno() for ours, _ in pairs))


def fill(sock: socket.socket) -> int:
    """Write until nothing more goes in; how much did."""
    count = 0
    try:
        while True:
            count += sock.send(b"." * 5_000)
    except BlockingIOError:
        return count


def drain(sock: socket.socket) -> bytes:
    found = bytearray()
    try:
        while received := sock.recv(1_000_000):
            found += received
    except BlockingIOError:
        pass
    return bytes(found)


def test_every_socket_gets_the_bytes(sender: Sender, pairs: Pairs) -> None:
    assert sender.send(b"a frame", descriptors(pairs)) == []
    assert [drain(theirs) for _, theirs in pairs] == [b"a frame"] * MANY


def test_payloads_of_any_size_follow_each_other_in_order(sender: Sender, pairs: Pairs) -> None:
    payloads = [b"", b"x", b"frame" * 300, b"y" * LARGEST, b"z" * (LARGEST + 1), b"two"]

    for payload in payloads:
        assert sender.send(payload, descriptors(pairs)) == []
        assert all(drain(theirs) == payload for _, theirs in pairs)


def test_a_full_socket_takes_nothing_and_the_others_all(sender: Sender, pairs: Pairs) -> None:
    full, peer = pairs[3]
    count = fill(full)

    assert sender.send(b"a frame", descriptors(pairs)) == [(full.fileno(), 0)]
    assert drain(peer) == b"." * count, "what was not taken must not come later"
    assert [drain(theirs) for _, theirs in pairs if theirs is not peer] == [b"a frame"] * (MANY - 1)


def test_a_socket_takes_what_it_has_room_for(sender: Sender) -> None:
    ours, theirs = tcp_pair()
    with ours, theirs:
        payload = b"0123456789" * 6_000

        to = array("i", [ours.fileno()]) * MANY

        short = [count for _ in range(300) for _, count in sender.send(payload, to)]

        assert any(short), "some of one, where the room ended"
        assert len(short) < 300 * MANY
        assert all(0 <= count < len(payload) for count in short)
        whole = 300 * MANY - len(short)
        receive_all(theirs, whole * len(payload) + sum(short))
        theirs.setblocking(False)
        assert drain(theirs) == b"", "not a byte more"


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
    ours.setblocking(False)
    return ours, theirs


def receive_all(sock: socket.socket, count: int) -> bytes:
    """Just ``count`` bytes; fails when there are fewer."""
    sock.settimeout(10)
    found = bytearray()
    while len(found) < count:
        found += sock.recv(count - len(found))
    return bytes(found)


def test_a_peer_that_has_gone_takes_nothing_and_the_others_all(
    sender: Sender, pairs: Pairs
) -> None:
    pairs[0][1].close()
    gone = pairs[0][0].fileno()

    short = sender.send(b"a frame", descriptors(pairs) + array("i", [-1]))

    assert short == [(gone, 0), (-1, 0)]
    assert [drain(theirs) for _, theirs in pairs[1:]] == [b"a frame"] * (MANY - 1)


def test_more_than_fit_at_once_are_all_sent() -> None:
    sender = together()
    ours, theirs = tcp_pair()
    with ours, theirs:
        for _ in range(3):
            count = 2 * ENTRIES + 7
            assert sender.send(b"one", array("i", [ours.fileno()]) * count) == []
            assert receive_all(theirs, 3 * count) == b"one" * count
    sender.close()


def test_sockets_on_both_sides_of_the_ring_s_end_are_each_sent_to_once(pairs: Pairs) -> None:
    sender = together()
    ours, theirs = tcp_pair()
    with ours, theirs:
        used = sender._count % ENTRIES
        sender.send(b".", array("i", [ours.fileno()]) * (ENTRIES - used - MANY // 2))
    assert ENTRIES - sender._count % ENTRIES == MANY // 2, "that many fit before the end"
    full, _ = pairs[-1]
    count = fill(full)

    short = sender.send(b"a frame", descriptors(pairs))
    sender.close()

    assert short == [(full.fileno(), 0)]
    assert [drain(theirs) for _, theirs in pairs[:-1]] == [b"a frame"] * (MANY - 1)
    assert len(drain(pairs[-1][1])) == count


def test_sends_are_counted_beyond_what_the_kernel_s_counters_hold(
    pairs: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = together()

    def a_kernel_that_takes_all(_number: int, _ring: int, count: int, *_: int) -> int:
        for number in range(ring._count, ring._count + count):
            at = number % ring._completions
            ring._results[4 * at + 2], ring._entries[2 * at] = 7, number % ENTRIES
        return count

    monkeypatch.setattr(ring, "_call", a_kernel_that_takes_all)
    ring._count = 2**32 - 3
    short = ring.send(b"a frame", descriptors(pairs))
    counters = [ring._counters[at] for at in (ring._tail_at, ring._head_at)]
    ring.close()

    assert short == []
    assert counters == [MANY - 3] * 2


def test_results_that_come_out_of_turn_are_told_of_the_right_socket(
    pairs: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = together()
    fill(pairs[0][0])
    really = ring._call

    def out_of_turn(*given: int) -> int:
        """What some kernels do with a send that fails: here the first result changes places."""
        at = ring._count % ring._completions
        done: int = really(*given)
        for view, width, word in ((ring._results, 4, 2), (ring._entries, 2, 0)):
            first, second = width * at + word, width * (at + 1) + word
            view[first], view[second] = view[second], view[first]
        return done

    monkeypatch.setattr(ring, "_call", out_of_turn)
    short = ring.send(b"a frame", descriptors(pairs))
    ring.close()

    assert short == [(pairs[0][0].fileno(), 0)]


def test_what_a_kernel_short_of_memory_did_not_look_at_was_not_sent(
    pairs: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = together()
    really = ring._call

    def the_first_three(number: int, ring: int, count: int, wait: int, *rest: int) -> int:
        done: int = really(number, ring, min(count, 3), min(wait, 3), *rest)
        return done

    monkeypatch.setattr(ring, "_call", the_first_three)
    short = ring.send(b"a frame", descriptors(pairs))
    monkeypatch.setattr(ring, "_call", really)
    again = ring.send(b" and one", descriptors(pairs))
    ring.close()

    assert short == [(each, 0) for each in descriptors(pairs)[3:]]
    assert again == []
    assert [drain(theirs) for _, theirs in pairs] == [
        *[b"a frame and one"] * 3,
        *[b" and one"] * (MANY - 3),
    ]


def test_a_closed_sender_gives_everything_back() -> None:
    together().close()
    before = open_descriptors()
    maps = Path("/proc/self/maps").read_text().count("io_uring")

    for _ in range(3):
        together().close()

    assert open_descriptors() == before
    assert Path("/proc/self/maps").read_text().count("io_uring") == maps


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_other_systems_have_no_io_uring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uring.sys, "platform", "darwin")

    with pytest.raises(OSError, match="Linux"):
        Uring()


def forbidden() -> None:
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("is_wanted", [True, False])
async def test_a_desk_that_may_not_use_io_uring_says_so_and_serves_the_same(
    is_wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "Uring", forbidden)

    with capture_logs() as lines:
        received = await followed_by_many(Settings(io_uring=is_wanted))

    assert received == [["e1-1", "e1-2"]] * MANY
    said = [line["reason"] for line in lines if line["event"] == "live_one_by_one"]
    assert said == (["[Errno 1] Operation not permitted"] if is_wanted else [])


async def test_many_followers_of_a_desk_with_io_uring_get_every_event_in_order() -> None:
    together().close()

    assert await followed_by_many(Settings()) == [["e1-1", "e1-2"]] * MANY


async def followed_by_many(settings: Settings) -> list[list[str]]:
    """The ids of two events as each of MANY followers got them."""
    desk = FakeDesk()
    async with (
        serving(desk, READER, settings) as served,
        ClientSession() as session,
        AsyncExitStack() as held,
    ):
        lines = [await held.enter_async_context(session.ws_connect(served.ws)) for _ in range(MANY)]
        for line in lines:
            await line.send_json({"op": "subscribe", "id": 1, "topics": ["issue"]})
            opening = [(await line.receive_json())["op"] for _ in range(3)]
            assert opening == ["hello", "subscribed", "snapshot"]
        desk.log.commit(an_event())
        received = [[(await line.receive_json())["id"]] for line in lines]
        desk.log.commit(an_event())
        for line, ids in zip(lines, received, strict=True):
            ids.append((await line.receive_json())["id"])
    return received


async def test_a_desk_that_has_closed_leaves_no_ring_behind() -> None:
    together().close()
    before = rings()

    await followed_by_many(Settings())

    assert rings() == before


def rings() -> int:
    return sum("io_uring" in str(each.readlink()) for each in held_descriptors())


def held_descriptors() -> list[Path]:
    """Without the one that reads the list."""
    return [each for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
