"""Connections before they have said anything, and whose they become."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.serving.arrivals import GREETED_AT_ONCE, Arrivals


class Other(asyncio.Protocol):
    """What a connection that nobody takes becomes; remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.told.append(transport)

    def data_received(self, data: bytes) -> None:
        self.told.append(data)


class FakeTransport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.protocol: Any = None
        self.was_closed = False
        self.is_paused = False
        self.breaks = False

    def abort(self) -> None:
        self.was_closed = True

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def close(self) -> None:
        self.was_closed = True


class Room:
    """Arrivals that are taken when they say so, or ask to be looked up and are known then."""

    def __init__(self, patience_s: float = 75) -> None:
        self.taken: list[bytes] = []
        self.known: set[bytes] = set()
        self.answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.other = Other()
        self.arrivals = Arrivals(self, lambda: self.other, patience_s)

    def greet(self, transport: asyncio.Transport, received: bytes) -> bool:
        if isinstance(transport, FakeTransport) and transport.breaks:
            raise ValueError("broken")
        if received == b"mine" or received in self.known:
            self.taken.append(received)
            return True
        return False

    def question(self, _transport: object, received: bytes) -> "asyncio.Future[None] | None":
        return self.answer if received.startswith(b"who am I") else None

    def ask(self) -> tuple[FakeTransport, asyncio.Protocol]:
        """One that must be looked up has come."""
        transport, arrival = self.arrive()
        arrival.data_received(b"who am I")
        return transport, arrival

    def arrive(self) -> tuple[FakeTransport, asyncio.Protocol]:
        transport, arrival = FakeTransport(), self.arrivals()
        arrival.connection_made(transport)
        return transport, arrival


async def test_whoever_greets_it_takes_it_by_its_first_bytes() -> None:
    room = Room()
    transport, arrival = room.arrive()

    arrival.data_received(b"mine")

    assert room.taken == [b"mine"]
    assert transport.protocol is None
    assert len(room.arrivals) == 0


async def test_every_other_is_passed_on_with_all_that_it_said() -> None:
    room = Room()
    transport, arrival = room.arrive()

    arrival.data_received(b"GET")

    assert transport.protocol is room.other
    assert room.other.told == [transport, b"GET"]
    assert len(room.arrivals) == 0


async def test_one_that_ends_in_silence_is_forgotten() -> None:
    room = Room()
    _, arrival = room.arrive()
    counted = len(room.arrivals)

    arrival.connection_lost(None)

    assert (counted, len(room.arrivals)) == (1, 0)


async def test_who_is_silent_for_too_long_is_closed() -> None:
    room = Room(patience_s=0)
    transport, _ = room.arrive()

    room.arrivals.judge()

    assert transport.was_closed
    assert len(room.arrivals) == 0


async def test_the_others_are_given_the_rest_of_their_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    now, calls = [100.0], []
    monkeypatch.setattr(loop, "time", lambda: now[0])
    monkeypatch.setattr(loop, "call_later", lambda delay, _call: calls.append(delay))
    room = Room(patience_s=75)
    first, _ = room.arrive()
    now[0] += 10
    second, _ = room.arrive()

    now[0] += 65
    room.arrivals.judge()
    monkeypatch.undo()

    assert (first.was_closed, second.was_closed) == (True, False)
    assert calls[-1] == 10


async def test_all_are_closed_when_the_server_leaves() -> None:
    room = Room()
    transports = [room.arrive()[0] for _ in range(3)]

    room.arrivals.close()

    assert all(transport.was_closed for transport in transports)
    assert len(room.arrivals) == 0


async def test_one_that_breaks_at_once_is_not_counted_any_more() -> None:
    room = Room()
    transport, arrival = room.arrive()
    transport.breaks = True

    with pytest.raises(ValueError, match="broken"):
        arrival.data_received(b"mine")

    assert len(room.arrivals) == 0


# -- a question first ------------------------------------------------------------------------------


async def turns() -> None:
    for _ in range(GREETED_AT_ONCE):
        await asyncio.sleep(0)


async def test_who_must_be_looked_up_waits_and_is_greeted_again() -> None:
    room = Room()
    transport, _ = room.ask()
    meanwhile = len(room.arrivals), transport.is_paused, room.other.told[:]

    room.known.add(b"who am I")
    room.answer.set_result(None)
    await turns()

    assert meanwhile == (1, True, [])
    assert room.taken == [b"who am I"]
    assert (len(room.arrivals), transport.is_paused) == (0, False)
    assert room.other.told == []


async def test_who_is_nobody_after_all_is_passed_on_with_all_that_it_said() -> None:
    room = Room()
    transport, _ = room.ask()

    room.answer.set_result(None)
    await turns()

    assert room.taken == []
    assert room.other.told == [transport, b"who am I"]
    assert not transport.is_paused
    assert len(room.arrivals) == 0


async def test_a_look_up_that_fails_is_an_answer_too() -> None:
    room = Room()
    transport, _ = room.ask()

    room.answer.cancel()
    await turns()

    assert room.other.told == [transport, b"who am I"]


async def test_who_has_gone_while_it_was_looked_up_is_forgotten() -> None:
    room = Room()
    _, arrival = room.ask()
    room.known.add(b"who am I")

    arrival.connection_lost(None)
    room.answer.set_result(None)
    await turns()

    assert (room.taken, room.other.told) == ([], [])
    assert len(room.arrivals) == 0


async def test_a_crowd_with_one_answer_is_let_in_a_few_at_a_time() -> None:
    room = Room()
    for _ in range(2 * GREETED_AT_ONCE + 1):
        room.ask()
    room.known.add(b"who am I")

    room.answer.set_result(None)
    counts = []
    while len(room.arrivals):
        await asyncio.sleep(0)
        counts.append(len(room.taken))

    assert max(after - before for before, after in pairwise([0, *counts])) == GREETED_AT_ONCE
    assert len(room.taken) == 2 * GREETED_AT_ONCE + 1


async def test_one_that_breaks_keeps_none_of_the_others_waiting() -> None:
    room = Room()
    came = [room.ask() for _ in range(3)]
    room.known.add(b"who am I")
    came[1][0].breaks = True

    with capture_logs() as logged:
        room.answer.set_result(None)
        await turns()

    assert len(room.taken) == 2
    assert came[1][0].was_closed
    assert len(room.arrivals) == 0
    assert [line["event"] for line in logged] == ["connection_failed"]


async def test_nothing_is_looked_up_any_more_when_the_server_leaves() -> None:
    room = Room()
    transport, _ = room.ask()

    room.arrivals.close()
    await turns()

    assert room.answer.cancelled()
    assert transport.was_closed
    assert room.other.told == []
