import re
from importlib.resources import files

import pytest

from tests.server.desk import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAGES = ("/docs",)
STATIC = tuple(
    file.name
    for file in files("server.pages").joinpath("static").iterdir()
    if not file.name.endswith(".html")
)


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_runs_only_our_own_scripts(shared_client: Client, path: str) -> None:
    policy = (await shared_client.get(path)).headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_keeps_its_address_and_type_to_itself(
    shared_client: Client, path: str
) -> None:
    headers = (await shared_client.get(path)).headers

    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", PAGES)
async def test_everything_a_page_names_is_served_here(shared_client: Client, path: str) -> None:
    page = await (await shared_client.get(path)).text()

    named = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert all(one.startswith("/") for one in named)
    assert [(await shared_client.get(one)).status for one in named] == [200] * len(named)


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_has_no_inline_script_or_style(shared_client: Client, path: str) -> None:
    page = await (await shared_client.get(path)).text()

    assert re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|style=", page) == []


@pytest.mark.parametrize("name", STATIC)
async def test_no_file_asks_for_anything_from_outside(shared_client: Client, name: str) -> None:
    text = await (await shared_client.get(f"/static/{name}")).text()

    assert set(re.findall(r"https?://[^\s\"'`]+", text)) <= {"http://www.w3.org/2000/svg"}


async def test_an_unchanged_file_is_304(shared_client: Client) -> None:
    etag = (await shared_client.get("/static/docs.js")).headers["ETag"]

    again = await shared_client.get("/static/docs.js", headers={"If-None-Match": etag})

    assert again.status == 304


@pytest.mark.parametrize("name", ["none.js", "docs.html", "__init__.py", "..%2fpages.py", "%00.js"])
async def test_no_other_file_is_served(shared_client: Client, name: str) -> None:
    assert (await shared_client.get(f"/static/{name}")).status == 404


@pytest.mark.parametrize(
    ("path", "media"),
    [
        ("/openapi.json", "application/vnd.oai.openapi+json"),
        ("/asyncapi.json", "application/vnd.aai.asyncapi+json"),
    ],
)
async def test_a_document_has_its_own_media_type_and_is_cached(
    shared_client: Client, path: str, media: str
) -> None:
    first = await shared_client.get(path)
    again = await shared_client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Content-Type"] == media
    assert again.status == 304
