"""The dashboard: one page that is always asked for anew, and files that never change.

All files stand under an address that holds a hash over every one of them. So they may be kept for
ever, modules find each other by relative names, and a page never mixes two versions.
"""

import gzip
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from aiohttp import hdrs, web

from engine.errors import NotFound
from server.http import cached

ROOMS = ("core", "views", "style")
MEDIA = {"css": "text/css", "html": "text/html", "js": "text/javascript", "svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class File(NamedTuple):
    """A file as it is sent: the bytes, the same compressed, and what they are."""

    body: bytes
    packed: bytes
    media: str
    etag: str


class Dashboard(NamedTuple):
    """``files`` by room and name; ``version`` is a hash over all of them."""

    page: File
    files: dict[tuple[str, str], File]
    version: str


async def page(request: web.Request) -> web.Response:
    """The desk on screen."""
    return _answer(request, dashboard().page, "no-cache")


async def static(request: web.Request) -> web.Response:
    """A script or style sheet of the dashboard; its address changes with its content."""
    asked = request.match_info
    found = dashboard().files.get((asked["room"], asked["name"]))
    if found is None or asked["version"] != dashboard().version:
        raise NotFound(f"There is no such file of this version: {asked['name'][:64]!r}.")
    return _answer(request, found, FOR_EVER)


@cache
def dashboard() -> Dashboard:
    """Every file, read and compressed once: some hundred kilobytes."""
    folder = files("server.dashboard").joinpath("static")
    found = {
        (room, file.name): _file(file.name, file.read_bytes())
        for room in ROOMS
        for file in sorted(folder.joinpath(room).iterdir(), key=lambda one: one.name)
    }
    whole = hashlib.blake2b(digest_size=8)
    for (room, name), file in found.items():
        whole.update(f"{room}/{name} {file.etag}\n".encode())
    version = whole.hexdigest()
    page = _page(folder.joinpath("index.html").read_text("utf-8"), version, list(found))
    return Dashboard(page=_file("index.html", page.encode()), files=found, version=version)


def _page(template: str, version: str, names: list[tuple[str, str]]) -> str:
    """The page with the addresses of its files: all are asked for at once, none after another."""
    tags = [
        f'<link rel="stylesheet" href="/dashboard/{version}/{room}/{name}">'
        if room == "style"
        else f'<link rel="modulepreload" href="/dashboard/{version}/{room}/{name}">'
        for room, name in names
        if re.search(r"\.(?:css|js)$", name)
    ]
    return template.replace("<!-- files -->", "\n".join(tags)).replace("{version}", version)


def _file(name: str, body: bytes) -> File:
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    return File(body, gzip.compress(body, 9, mtime=0), MEDIA[name.rpartition(".")[2]], etag)


def _answer(request: web.Request, file: File, keep: str) -> web.Response:
    headers = {
        **SECURITY,
        hdrs.ETAG: file.etag,
        hdrs.CACHE_CONTROL: keep,
        hdrs.VARY: hdrs.ACCEPT_ENCODING,
    }
    if cached.matches(request.headers.get(hdrs.IF_NONE_MATCH), file.etag):
        return web.Response(status=304, headers=headers)
    body = file.body
    if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        body, headers[hdrs.CONTENT_ENCODING] = file.packed, "gzip"
    return web.Response(body=body, content_type=file.media, charset="utf-8", headers=headers)
