"""Taking the socket from aiohttp, and what is left of its side."""

import gc
from typing import Any

import pytest
from aiohttp import web

from engine.settings import Settings
from server import keys
from server.budgets.budgets import Budgets
from server.budgets.rates import Rates
from server.live import handover
from server.live.channel import live_channel
from server.live.handover import TRIED, why_not
from server.serving.listening import Connections
from tests.server.live.fakes import READER, FakeDesk
from tests.server.live.raw import HANDSHAKE, raw, upgraded
from tests.server.live.serving import serving, until
from tests.server.live.wire import text


async def test_the_installed_aiohttp_hands_over() -> None:
    assert why_not() is None


@pytest.mark.parametrize("version", ["3.13.9", "3.15.0", "4.0.0a1", "unknown"])
async def test_an_aiohttp_that_was_not_tried_does_not(version: str) -> None:
    assert why_not(version) == f"The handover was not tried with aiohttp {version}."


async def test_insides_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "_OF_PROTOCOL", ("_message_tail", "_made_up"))

    assert "has no _made_up in its protocol." in str(why_not())


async def test_connections_kept_elsewhere_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(web.Server):
        @property
        def _connections(self) -> Any:
            return ()

        @_connections.setter
        def _connections(self, _kept: Any) -> None: ...

    monkeypatch.setattr(web, "Server", Other)

    assert "keeps its connections elsewhere." in str(why_not())


@pytest.mark.parametrize(
    ("tried", "is_slim", "hands_over"),
    [(TRIED, True, True), (TRIED, False, False), (((2, 0), (3, 0)), True, False)],
)
async def test_the_path_is_chosen_at_the_start(
    monkeypatch: pytest.MonkeyPatch, tried: Any, is_slim: bool, hands_over: bool
) -> None:
    monkeypatch.setattr(handover, "TRIED", tried)
    app = web.Application()
    engine: Any = FakeDesk()
    app[keys.ENGINE] = engine
    app[keys.SETTINGS] = Settings(slim_websocket=is_slim)
    app[keys.CONNECTIONS] = Connections()
    app[keys.BUDGETS] = Budgets(Rates())
    opened = live_channel(app)

    await anext(opened)

    assert (app[keys.HANDED_OVER] is not None) is hands_over
    assert await anext(opened, "closed") == "closed"


async def test_a_socket_is_counted_while_it_is_open() -> None:
    async with serving(FakeDesk(), READER) as served:
        connections = served.app[keys.CONNECTIONS]
        async with upgraded(served.port):
            counted = connections.handed_over
        await until(lambda: connections.handed_over == 0)

    assert counted == 1


async def test_nothing_of_aiohttp_is_left_once_it_is_handed_over() -> None:
    async with serving(FakeDesk(), READER) as served:
        gc.collect()
        others = protocols()
        gc.disable()  # it must go by itself
        try:
            async with upgraded(served.port):
                await until(lambda: protocols() == others)
                held = served.runner.server.connections if served.runner.server else None
        finally:
            gc.enable()

    assert held == []


def protocols() -> set[int]:
    """Those of aiohttp that exist, by identity."""
    return {id(thing) for thing in gc.get_objects() if type(thing) is web.RequestHandler}


async def test_bytes_behind_the_handshake_are_refused_and_never_read_as_http() -> None:
    async with serving(FakeDesk(), READER) as served, raw(served.port) as client:
        await client.send(HANDSHAKE + b"GET /events?topics=issue HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await client.rest()

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert b"Wait for the answer to the handshake" in answer


async def test_a_frame_behind_the_handshake_is_refused_too() -> None:
    async with serving(FakeDesk(), READER) as served, raw(served.port) as client:
        await client.send(HANDSHAKE + text('{"op":"ping","id":1}'))
        answer = await client.rest()

    assert answer.startswith(b"HTTP/1.1 400 ")
