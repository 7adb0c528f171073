import asyncio
import socket
import sys
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from engine import Settings
from engine.errors import SettingInvalid
from server.serving.accepting import Listener
from server.serving.listening import Connections, adopt, bind, listen


async def hello(_request: web.BaseRequest) -> web.Response:
    return web.Response(text="hello")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server that takes one connection at a time."""
    sock = bind(Settings(addr="127.0.0.1:0"))
    server = web.Server(hello)
    listener = await listen(server, Connections(), limit=1, sock=sock, context=None)
    yield sock.getsockname()[1]
    listener.close()
    await server.shutdown(1)


async def ask(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: desk\r\n\r\n")
    return reader, writer, await reader.readuntil(b"\r\n\r\n")


def test_a_port_in_use_is_one_sentence() -> None:
    with bind(Settings(addr="127.0.0.1:0")) as first:
        first.listen()
        addr = f"127.0.0.1:{first.getsockname()[1]}"

        with pytest.raises(SettingInvalid, match=f"{addr} is in use"):
            bind(Settings(addr=addr))


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 64 + ".invalid", "a\0b"])
def test_a_host_that_does_not_exist_is_one_sentence(host: str) -> None:
    with pytest.raises(SettingInvalid, match="WIREROOM_ADDR"):
        bind(Settings(addr=f"{host}:0"))


def test_an_address_that_is_not_ours_is_one_sentence() -> None:
    with pytest.raises(SettingInvalid, match="WIREROOM_ADDR"):
        bind(Settings(addr="192.0.2.1:0"))


def test_a_bound_socket_does_not_listen_yet() -> None:
    with bind(Settings(addr="127.0.0.1:0")) as sock, socket.socket() as client:
        assert client.connect_ex(sock.getsockname()) != 0


async def test_one_connection_too_many_is_told_when_to_come_back(port: int) -> None:
    _, first, _ = await ask(port)

    reader, second, head = await ask(port)

    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: 5" in head
    assert b'"code":"too_many_connections"' in await reader.read()
    first.close()
    second.close()


async def test_plain_connections_are_let_in_many_at_a_time() -> None:
    sock = bind(Settings(addr="127.0.0.1:0"))
    listener = await listen(web.Server(hello), Connections(), limit=1, sock=sock, context=None)
    listener.close()

    assert isinstance(listener, Listener) is (sys.platform == "linux")


async def test_when_a_connection_ends_the_next_is_let_in(port: int) -> None:
    _, first, _ = await ask(port)
    first.close()
    await first.wait_closed()

    async with asyncio.timeout(5):
        _, second, head = await ask(port)
        while head.startswith(b"HTTP/1.1 503 "):  # until the server has seen the end as well
            second.close()
            _, second, head = await ask(port)

    assert head.startswith(b"HTTP/1.1 200 ")
    second.close()


def test_connections_handed_over_are_counted_too() -> None:
    connections = Connections()

    connections.handed_over += 3

    assert len(connections) == 3


def test_a_socket_that_was_handed_down_is_taken_where_the_settings_say() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]

        assert adopt(Settings(addr=f"127.0.0.1:{port}"), sock) is sock
        assert adopt(Settings(addr="127.0.0.1:0"), sock) is sock


@pytest.mark.parametrize("addr", ["127.0.0.1:1", "127.0.0.2:0"])
def test_a_socket_at_another_address_is_refused(addr: str) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as sock,
        pytest.raises(SettingInvalid, match="handed down listens on"),
    ):
        adopt(Settings(addr=addr), sock)


def test_only_a_tcp_socket_is_taken() -> None:
    with (
        socket.socket(socket.AF_UNIX) as sock,
        pytest.raises(SettingInvalid, match="not a TCP socket"),
    ):
        adopt(Settings(), sock)
