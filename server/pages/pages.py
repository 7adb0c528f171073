"""The reference page and its files, and the browser module: static files under a strict CSP."""

import hashlib
import re
from functools import cache
from importlib.resources import files

from aiohttp import hdrs, web

from engine.errors import NotFound
from server import keys
from server.http import cached

MEDIA = {"css": "text/css", "html": "text/html", "js": "text/javascript", "svg": "image/svg+xml"}
OPENAPI = "application/vnd.oai.openapi+json"
ASYNCAPI = "application/vnd.aai.asyncapi+json"
IS_NAME = re.compile(r"[a-z]+\.(?:css|js|svg)").fullmatch
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    hdrs.CACHE_CONTROL: "no-cache",
}


async def docs(request: web.Request) -> web.Response:
    """This reference, rendered from /openapi.json."""
    return _file(request, "docs.html")


async def static(request: web.Request) -> web.Response:
    """A script or style sheet of the pages."""
    name = request.match_info["name"]
    if not IS_NAME(name) or not files("server.pages").joinpath("static", name).is_file():
        raise NotFound(f"There is no file {name[:64]!r}.")
    return _file(request, name)


async def client(request: web.Request) -> web.Response:
    """The browser module that follows the live channel."""
    return _file(request, "client.js")


async def openapi(request: web.Request) -> web.Response:
    """This interface as an OpenAPI 3.1 document."""
    return _answer(request, request.app[keys.OPENAPI], OPENAPI)


async def asyncapi(request: web.Request) -> web.Response:
    """The live protocol as an AsyncAPI 3.0 document."""
    return _answer(request, request.app[keys.ASYNCAPI], ASYNCAPI)


def _file(request: web.Request, name: str) -> web.Response:
    return _answer(request, _read(name), MEDIA[name.rpartition(".")[2]])


@cache
def _read(name: str) -> bytes:
    """A file of a few kilobytes, read once; the names are those that exist."""
    return files("server.pages").joinpath("static", name).read_bytes()


def _answer(request: web.Request, body: bytes, media: str) -> web.Response:
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {**SECURITY, hdrs.ETAG: etag}
    if cached.matches(request.headers.get(hdrs.IF_NONE_MATCH), etag):
        return web.Response(status=304, headers=headers)
    charset = None if media in (OPENAPI, ASYNCAPI) else "utf-8"
    return web.Response(body=body, content_type=media, charset=charset, headers=headers)
