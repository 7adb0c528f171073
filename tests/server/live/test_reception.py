"""Plain handshakes taken before aiohttp hears of them: the same answer as the long way gives."""

import asyncio
import json
import re
import shutil
import socket as sockets
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from msgspec.structs import replace

from engine import Engine, Settings
from engine.model import SYSTEM
from server import keys
from server.app import create_app
from server.auth import COOKIE
from server.live.limit import Bucket
from server.live.reception import LONGEST, Reception
from server.live.transport import UNSENT_LIMIT
from server.middleware import request_id_of
from server.serving.arrivals import Arrivals
from server.serving.listening import Connections, bind, listen
from tests.server.desk import ADMIN
from tests.server.live.raw import HANDSHAKE, Raw, raw
from tests.server.live.serving import until
from tests.server.live.test_slim import a_context
from tests.server.live.wire import PONG, text

TOKEN = b"Authorization: Bearer demo-admin\r\n"
OF_ONE_REQUEST = (b"date:", b"x-request-id:", b"content-length:")
"""A body holds the request's id, which grows with their number: it is read by its length."""
OWN_ID = re.compile(rb'"request_id":"[^"]*"')
DEFAULT_ORIGINS = ("https://board.example",)


class Desk:
    """A desk with two ports: ``port`` is the reception's, and ``long_way`` goes past it.

    ``passed_on`` counts the connections that the reception did not take.
    """

    def __init__(self, app: web.Application, connections: Connections) -> None:
        self.app: Any = app
        self.reception: Any = None
        self.connections = connections
        self.port = self.long_way = self.passed_on = 0
        self.session = b""

    async def both(self, sent: bytes) -> tuple[list[bytes], list[bytes]]:
        return await answer(self.port, sent), await answer(self.long_way, sent)


@asynccontextmanager
async def serving(settings: Settings, context: ssl.SSLContext | None = None) -> AsyncIterator[Desk]:
    engine = await Engine.open(settings)
    app = await create_app(settings, engine)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    server: Any = runner.server
    desk = Desk(app, app[keys.CONNECTIONS])

    def others() -> Any:
        desk.passed_on += 1
        return server()

    census = app[keys.HANDED_OVER]
    assert census is not None
    desk.reception = Reception(app, census, request_id_of)
    arrivals = Arrivals(desk.reception, others, 75)
    sock = bind(Settings(addr="127.0.0.1:0"))
    listener = await listen(server, desk.connections, 100, sock, context, arrivals)
    desk.port = sock.getsockname()[1]
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address: Any = runner.addresses[0]
    desk.long_way = address[1]
    url = f"http://127.0.0.1:{desk.long_way}"
    grant = await engine.access.sign_in_as(engine.access.demo_names[0])
    desk.session = grant.secret.encode()
    cookie = {"Cookie": f"{COOKIE}={grant.secret}"}
    async with ClientSession() as client:
        for known in (ADMIN, cookie):
            async with client.get(f"{url}/session", headers=known) as found:
                assert found.status == 200
    yield desk
    listener.close()
    desk.connections.dismiss()
    await runner.cleanup()
    await engine.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "desk", mock=True)


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with serving(settings) as desk:
        yield desk


def having(lines: bytes) -> bytes:
    return HANDSHAKE[:-2] + lines + b"\r\n"


async def answer(port: int, sent: bytes) -> list[bytes]:
    """The head of what comes back, line by line, and the hello or the body of a refusal; without
    what differs between any two answers."""
    async with raw(port) as client:
        await client.send(sent)
        head = await client.head()
        found = [line for line in head.splitlines() if not line.lower().startswith(OF_ONE_REQUEST)]
        if head.startswith(b"HTTP/1.1 101 "):
            return [*sorted(found), hello_of(await client.frame())]
        return [*sorted(found), await body_of(client, head)]


def status_of(answer: list[bytes]) -> int:
    return next(int(line.split()[1]) for line in answer if line.startswith(b"HTTP/1."))


def hello_of(frame: tuple[int, bytes]) -> bytes:
    hello = json.loads(frame[1])
    assert hello.pop("session")
    return json.dumps(hello).encode()


async def body_of(client: Raw, head: bytes) -> bytes:
    size = next(
        int(line.split(b":")[1])
        for line in head.splitlines()
        if line.lower().startswith(b"content-length:")
    )
    async with asyncio.timeout(5):
        body = await client._reader.readexactly(size)
    return OWN_ID.sub(b"", body)


# -- taken -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        b"",
        TOKEN,
        TOKEN + b"Origin: https://board.example\r\n",
        TOKEN + b"X-Request-Id: morning-7\r\n",
        TOKEN + b"Sec-WebSocket-Protocol: graphql-ws, wireroom.v1.json\r\n",
        TOKEN + b"Sec-WebSocket-Extensions: permessage-deflate\r\n",
        TOKEN + b"X-Forwarded-For: 192.0.2.7\r\n",
    ],
)
async def test_a_plain_handshake_is_answered_as_the_long_way_does(desk: Desk, lines: bytes) -> None:
    here, there = await desk.both(having(lines))

    assert here == there
    assert status_of(here) == 101
    assert desk.passed_on == 0


async def test_a_head_says_that_it_depends_on_the_origin_where_it_does(settings: Settings) -> None:
    async with serving(replace(settings, cors_origins=DEFAULT_ORIGINS)) as desk:
        here, there = await desk.both(HANDSHAKE)

        assert here == there
        assert b"Vary: Origin" in here
        assert desk.passed_on == 0


async def test_our_own_page_comes_in_with_its_session(desk: Desk) -> None:
    own = f"Origin: http://127.0.0.1:{desk.port}\r\nCookie: {COOKIE}=".encode() + desk.session
    sent = having(own + b"\r\n").replace(b"Host: 127.0.0.1", b"Host: 127.0.0.1:%d" % desk.port)

    here, there = await desk.both(sent)

    assert here == there
    assert b'"auth": "ok"' in here[-1]
    assert b'"id": "demo-analyst"' in here[-1]
    assert desk.passed_on == 0


async def test_every_answer_has_its_own_id_and_keeps_the_clients(desk: Desk) -> None:
    heads = []
    for lines in (b"", b"", b"X-Request-Id: morning-7\r\n"):
        async with raw(desk.port) as client:
            await client.send(having(lines))
            heads.append(await client.head())

    ids = [head.partition(b"X-Request-Id: ")[2].split(b"\r\n")[0] for head in heads]
    assert len({*ids, b""}) == 4
    assert ids[-1] == b"morning-7"


async def test_it_is_counted_as_a_request_a_stream_and_a_connection(desk: Desk) -> None:
    async with raw(desk.port) as client:
        await client.upgrade()
        counted = len(desk.connections), desk.connections.handed_over, len(desk.app[keys.HUB])
        metrics = desk.app[keys.METRICS].text().decode()
    await until(lambda: desk.connections.handed_over == 0)

    assert counted[1:] == (1, 1)
    assert counted[0] == 1 + len(desk.connections)
    assert 'api_requests_total{method="GET",route="/ws",status="101"} 1.0' in metrics


async def test_what_is_said_behind_the_answer_is_heard(desk: Desk) -> None:
    async with raw(desk.port) as client:
        await client.upgrade()
        await client.frame()
        await client.send(text('{"op":"ping","id":1}'))

        assert json.loads((await client.frame())[1]) == {"op": "pong", "id": 1}


async def test_a_credential_that_ends_ends_its_stream(desk: Desk) -> None:
    access = desk.app[keys.ENGINE].access
    async with raw(desk.port) as client:
        await client.send(having(b"Cookie: " + COOKIE.encode() + b"=" + desk.session + b"\r\n"))
        await client.head()
        await access.sign_out(desk.session.decode())
        await desk.app[keys.LIVE].rights.check()

        assert (await client.closing())[0] == 4401
    assert desk.passed_on == 0


def bearer(token: str) -> bytes:
    return having(f"Authorization: Bearer {token}\r\n".encode())


async def a_familiar_token(desk: Desk) -> str:
    """One that was used here before, but not within the last second."""
    access = desk.app[keys.ENGINE].access
    token = (await access.issue_token(SYSTEM, "Board", ("viewer",), None)).token
    await answer(desk.long_way, bearer(token))
    access.forget()
    return str(token)


async def test_a_token_that_was_used_before_is_looked_up_at_the_door(desk: Desk) -> None:
    found = await answer(desk.port, bearer(await a_familiar_token(desk)))

    assert b'"name": "Board"' in found[-1]
    assert desk.passed_on == 0


async def test_a_crowd_with_one_token_is_looked_up_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await a_familiar_token(desk)
    beliefs = desk.app[keys.ENGINE].access._beliefs
    look, asked, may_answer = beliefs._look, [], asyncio.Event()

    async def slowly(key: Any) -> Any:
        asked.append(key.secret)
        await may_answer.wait()
        return await look(key)

    monkeypatch.setattr(beliefs, "_look", slowly)
    answers = [asyncio.create_task(answer(desk.port, bearer(token))) for _ in range(5)]
    await until(lambda: len(desk.connections) == 5 and bool(asked))
    may_answer.set()

    assert {status_of(each) for each in await asyncio.gather(*answers)} == {101}
    assert asked == [token]
    assert desk.passed_on == 0
    assert desk.reception._questions == {}


async def test_a_token_that_was_withdrawn_since_is_refused_by_the_long_way(desk: Desk) -> None:
    access = desk.app[keys.ENGINE].access
    issued = await access.issue_token(SYSTEM, "Board", ("viewer",), None)
    await answer(desk.long_way, bearer(issued.token))
    await access.revoke_token(SYSTEM, issued.row.id)

    here, there = await desk.both(bearer(issued.token))

    assert here == there
    assert status_of(here) == 401
    assert desk.passed_on == 1


@pytest.mark.parametrize("kind", ["token", "session", "guess"])
async def test_what_is_new_here_is_not_looked_up_at_the_door(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("engine.desk.access.Access.look_ahead", None)
    access = desk.app[keys.ENGINE].access
    token = (await access.issue_token(SYSTEM, "Board", ("viewer",), None)).token
    session = (await access.sign_in_as(access.demo_names[1])).secret
    sent = {
        "token": bearer(token),
        "session": having(f"Cookie: {COOKIE}={session}\r\n".encode()),
        "guess": bearer("forged"),
    }[kind]

    assert status_of(await answer(desk.port, sent)) == (401 if kind == "guess" else 101)
    assert desk.passed_on == 1


async def test_a_burst_of_guesses_is_looked_up_no_further_than_the_budget(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(replace(settings, failed_rate=5)) as desk:
        beliefs = desk.app[keys.ENGINE].access._beliefs
        look, asked = beliefs._look, []

        async def counted(key: Any) -> Any:
            asked.append(key.secret)
            return await look(key)

        monkeypatch.setattr(beliefs, "_look", counted)
        guesses = [answer(desk.port, bearer(f"guess-{n}")) for n in range(20)]
        found = [status_of(each) for each in await asyncio.gather(*guesses)]

    assert (found.count(401), found.count(429)) == (5, 15)
    assert len(asked) == 5


async def test_who_is_known_and_refused_is_not_looked_up_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.desk.access.Access.look_ahead", None)
    desk.app[keys.HUB].is_leaving = True

    assert status_of(await answer(desk.port, having(TOKEN))) == 503


async def test_a_connection_has_the_options_that_aiohttp_would_give_it(desk: Desk) -> None:
    async with raw(desk.port) as client:
        await client.upgrade()
        (member,) = desk.app[keys.HUB]._members
        sock = member.connection._transport.get_extra_info("socket")
        keep_alive = sock.getsockopt(sockets.SOL_SOCKET, sockets.SO_KEEPALIVE)
        no_delay = sock.getsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY)
        unsent = sock.getsockopt(sockets.IPPROTO_TCP, sockets.TCP_NOTSENT_LOWAT)

    assert keep_alive
    assert no_delay
    assert unsent == UNSENT_LIMIT


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
async def test_under_tls_both_are_served(settings: Settings, tmp_path: Path) -> None:
    async with (
        serving(settings, await a_context(tmp_path)) as desk,
        ClientSession() as client,
        client.ws_connect(f"wss://127.0.0.1:{desk.port}/ws", ssl=False) as socket,
    ):
        hello = await socket.receive_json(timeout=5)
        taken = desk.passed_on == 0
        async with client.get(f"https://127.0.0.1:{desk.port}/healthz", ssl=False) as read:
            status = read.status

    assert hello["op"] == "hello"
    assert taken
    assert (status, desk.passed_on) == (200, 1)


# -- passed on -------------------------------------------------------------------------------------

FOREIGN = b"Origin: https://foreign.example\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (having(b"Authorization: Bearer forged\r\n"), 401),
        (having(b"Authorization: Basic YTpi\r\n"), 401),
        (having(b"Authorization: Bearer \r\n"), 401),
        (having(TOKEN).replace(b"/ws", b"/ws?token=demo-admin"), 400),
        (having(TOKEN).replace(b"/ws", b"/ws?since=1"), 101),
        (having(TOKEN).replace(b"/ws", b"/wsx"), 404),
        (having(TOKEN).replace(b"Host: 127.0.0.1", b"Host: desk.example"), 403),
        (having(TOKEN).replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
        (having(TOKEN).replace(b"Version: 13", b"Version: 8"), 426),
        (having(TOKEN).replace(b"Upgrade: websocket", b"Upgrade: h2c"), 400),
        (having(TOKEN).replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"dGhl"), 400),
        (having(TOKEN + b"Expect: 100-continue\r\n"), 101),
        (having(TOKEN + b"Expect: tea\r\n"), 417),
        (having(TOKEN + b"Content-Length: 3\r\n") + b"abc", 400),
        (having(TOKEN + b"Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n", 101),
        (having(TOKEN) + text('{"op":"ping","id":1}'), 400),
        (having(TOKEN) + HANDSHAKE, 400),
        (having(TOKEN + b"No colon\r\n"), 400),
        (having(TOKEN + b" folded: x\r\n"), 400),
        (having(TOKEN + b"X-Long: " + b"x" * LONGEST + b"\r\n"), 101),
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 200),
    ],
)
async def test_what_is_not_plain_takes_the_long_way(desk: Desk, sent: bytes, status: int) -> None:
    if b"Expect: 100-continue" in sent:
        async with raw(desk.port) as client:
            await client.send(sent)
            assert (await client.head()).startswith(b"HTTP/1.1 100 ")
            assert (await client.head()).startswith(b"HTTP/1.1 101 ")
    else:
        here, there = await desk.both(sent)

        assert here == there
        assert status_of(here) == status
    assert desk.passed_on == 1


@pytest.mark.parametrize(
    "origin", [FOREIGN, b"Origin: http://[\r\n", b"Sec-Fetch-Site: cross-site\r\n"]
)
async def test_another_page_may_not_use_the_session(desk: Desk, origin: bytes) -> None:
    cookie = b"Cookie: " + COOKIE.encode() + b"=" + desk.session + b"\r\n"

    here, there = await desk.both(having(cookie + origin))

    assert here == there
    assert b"cross_site" in here[-1]
    assert desk.passed_on == 1


async def test_a_configured_origin_is_answered_by_the_long_way(settings: Settings) -> None:
    async with serving(replace(settings, cors_origins=DEFAULT_ORIGINS)) as desk:
        here, there = await desk.both(having(TOKEN + b"Origin: https://board.example\r\n"))

        assert here == there
        assert b"Access-Control-Allow-Origin: https://board.example" in here
        assert desk.passed_on == 1


async def test_a_handshake_in_pieces_takes_the_long_way(desk: Desk) -> None:
    async with raw(desk.port) as client:
        await client.send(HANDSHAKE[:60])
        await until(lambda: desk.passed_on == 1)
        await client.send(HANDSHAKE[60:])

        assert (await client.head()).startswith(b"HTTP/1.1 101 ")


async def test_a_session_that_was_ended_is_nobody_at_once(desk: Desk) -> None:
    sent = having(b"Cookie: " + COOKIE.encode() + b"=" + desk.session + b"\r\n")
    before = await answer(desk.port, sent)
    await desk.app[keys.ENGINE].access.sign_out(desk.session.decode())

    here, there = await desk.both(sent)

    assert here == there
    assert b'"id": "demo-analyst"' in before[-1]
    assert b'"id": "demo-analyst"' not in here[-1]


def drain(desk: Desk) -> None:
    desk.app[keys.LIFE].draining = True


def fill(desk: Desk) -> None:
    desk.app[keys.ADMISSION]._limit = 0


def leave(desk: Desk) -> None:
    desk.app[keys.HUB].is_leaving = True


def hurry(desk: Desk) -> None:
    desk.app[keys.ADMISSION]._arrivals = Bucket(lambda: 0.0, 0, 0)


@pytest.mark.parametrize(
    ("happens", "status"), [(drain, 101), (fill, 503), (leave, 503), (hurry, 503)]
)
async def test_a_desk_that_takes_nobody_says_so_on_the_long_way(
    desk: Desk, happens: Callable[[Desk], None], status: int
) -> None:
    happens(desk)

    here, there = await desk.both(having(TOKEN))

    assert here == there
    assert status_of(here) == status
    assert desk.passed_on == 1


async def test_one_that_was_refused_did_not_count_as_let_in(desk: Desk) -> None:
    desk.app[keys.ADMISSION]._arrivals = Bucket(lambda: 0.0, 1, 0)

    await answer(desk.port, HANDSHAKE.replace(b"Host: 127.0.0.1", b"Host: desk.example"))
    admitted = await answer(desk.port, having(TOKEN))

    assert status_of(admitted) == 101


async def test_while_debugging_every_handshake_is_a_line_in_the_log(settings: Settings) -> None:
    async with serving(replace(settings, log_level="debug")) as desk:
        await answer(desk.port, HANDSHAKE)

        assert desk.passed_on == 1


async def test_a_ping_is_answered_on_both_ways(desk: Desk) -> None:
    for port in (desk.port, desk.long_way):
        async with raw(port) as client:
            await client.upgrade()
            await client.frame()
            await client.send(b"\x89\x80\x00\x00\x00\x00")

            assert await client.frame() == (PONG, b"")
