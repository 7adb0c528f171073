"""Fetching from a server on this machine, and everything that can go wrong."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from engine.errors import SourceFailed
from engine.ingest.fetch import Fetcher
from engine.ingest.files import Validators

FEED = b"<rss version='2.0'><channel/></rss>"
KNOWN = Validators(etag='"1"', last_modified="Mon, 02 Mar 2026 12:00:00 GMT")


async def _feed(request: web.Request) -> web.Response:
    headers = {"ETag": KNOWN.etag, "Last-Modified": KNOWN.last_modified}
    if request.headers.get("If-None-Match") == KNOWN.etag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=FEED, headers=headers)


async def _bomb(request: web.Request) -> web.Response:
    body = gzip.compress(b"x" * 1_000_000)
    return web.Response(body=body, headers={"Content-Encoding": "gzip"})


async def _slow(request: web.Request) -> web.Response:
    await asyncio.Event().wait()
    return web.Response()


async def _broken(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "100"})
    await answer.prepare(request)
    await answer.write(b"half")
    assert request.transport is not None
    request.transport.close()
    return answer


async def _hop(request: web.Request) -> web.Response:
    left = int(request.match_info["left"])
    return web.Response(status=302, headers={"Location": f"/hop/{left - 1}" if left else "/feed"})


async def _away(request: web.Request) -> web.Response:
    return web.Response(status=301, headers={"Location": request.query["to"]})


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    app = web.Application()
    app.router.add_get("/feed", _feed)
    app.router.add_get("/bomb", _bomb)
    app.router.add_get("/slow", _slow)
    app.router.add_get("/broken", _broken)
    app.router.add_get("/hop/{left}", _hop)
    app.router.add_get("/away", _away)
    server = TestServer(app)
    async with server:
        yield server


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(timeout_s=5, max_bytes=10_000, allow_private=True) as fetcher:
        yield fetcher


async def test_a_document_comes_with_its_validators(server: TestServer, fetcher: Fetcher) -> None:
    url = str(server.make_url("/feed"))

    fetched = await fetcher.fetch(url)

    assert (fetched.body, fetched.url, fetched.validators) == (FEED, url, KNOWN)
    assert not fetched.is_unchanged


async def test_an_unchanged_document_is_not_read_again(
    server: TestServer, fetcher: Fetcher
) -> None:
    fetched = await fetcher.fetch(str(server.make_url("/feed")), KNOWN)

    assert fetched.is_unchanged
    assert fetched.validators == KNOWN


async def test_redirects_are_followed(server: TestServer, fetcher: Fetcher) -> None:
    fetched = await fetcher.fetch(str(server.make_url("/hop/3")))

    assert fetched.body == FEED
    assert fetched.url.endswith("/feed")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/nothing", "The server answered 404 Not Found"),
        ("/bomb", "larger than 10,000 bytes"),
        ("/hop/9", "redirected more than 5 times"),
        ("/away?to=file:///etc/passwd", "not an http"),
        ("/away?to=", "not an http"),
        ("/broken", "broke off"),
    ],
)
async def test_what_goes_wrong_is_a_sentence(
    server: TestServer, fetcher: Fetcher, path: str, sentence: str
) -> None:
    with pytest.raises(SourceFailed, match=sentence):
        await fetcher.fetch(str(server.make_url("/")).rstrip("/") + path)


async def test_a_server_that_does_not_answer_is_left(server: TestServer) -> None:
    async with Fetcher(timeout_s=0.05, max_bytes=10, allow_private=True) as fetcher:
        with pytest.raises(SourceFailed, match=r"did not answer within 0\.05 s"):
            await fetcher.fetch(str(server.make_url("/slow")))


async def test_nobody_listening_is_a_sentence(server: TestServer, fetcher: Fetcher) -> None:
    url = str(server.make_url("/feed"))
    await server.close()

    with pytest.raises(SourceFailed, match=r"No connection to 127\.0\.0\.1: "):
        await fetcher.fetch(url)


async def test_plain_http_behind_https_is_a_sentence(server: TestServer, fetcher: Fetcher) -> None:
    url = str(server.make_url("/feed")).replace("http:", "https:")

    with pytest.raises(SourceFailed, match="No secure connection"):
        await fetcher.fetch(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433"])
async def test_this_machine_is_out_of_reach_by_default(server: TestServer, host: str) -> None:
    async with Fetcher(timeout_s=5, max_bytes=10_000) as fetcher:
        with pytest.raises(SourceFailed, match=r"private network|not a valid"):
            await fetcher.fetch(f"http://{host}:{server.port}/feed")


@pytest.mark.parametrize("url", ["http://", "http://[bad/", "https://e.example:99999/"])
async def test_an_impossible_address_is_a_sentence(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(SourceFailed, match="not a valid http"):
        await fetcher.fetch(url)


async def test_a_password_in_the_address_is_not_told(server: TestServer, fetcher: Fetcher) -> None:
    url = str(server.make_url("/feed").with_user("me").with_password("hidden"))

    fetched = await fetcher.fetch(url)

    assert "hidden" not in fetched.url


async def test_a_file_is_read_once_until_it_changes(tmp_path: Path, fetcher: Fetcher) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(FEED)

    first = await fetcher.fetch(str(path))
    second = await fetcher.fetch(str(path), first.validators)
    path.write_bytes(FEED + b" ")
    third = await fetcher.fetch(str(path), first.validators)

    assert (first.body, first.url, second.is_unchanged) == (FEED, "", True)
    assert third.body == FEED + b" "
