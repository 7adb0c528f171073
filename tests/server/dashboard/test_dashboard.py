import re
from importlib.resources import files

import pytest

from server.dashboard.dashboard import ROOMS, dashboard
from tests.server.desk import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
STATIC = files("server.dashboard").joinpath("static")
AT_MOST = 150_000


SOURCES = [
    (f"{room}/{file.name}", file.read_text("utf-8"))
    for room in ROOMS
    for file in STATIC.joinpath(room).iterdir()
]


async def test_the_page_runs_only_our_own_scripts(shared_client: Client) -> None:
    policy = (await shared_client.get("/")).headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


async def test_the_page_keeps_its_address_and_type_to_itself(shared_client: Client) -> None:
    headers = (await shared_client.get("/")).headers

    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "text/html; charset=utf-8"


async def test_the_page_has_no_inline_script_or_style(shared_client: Client) -> None:
    page = await (await shared_client.get("/")).text()

    assert re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|style=", page) == []


async def test_everything_the_page_names_is_served_here(shared_client: Client) -> None:
    page = await (await shared_client.get("/")).text()

    named = [one for one in re.findall(r'(?:src|href)="([^"]+)"', page) if not one.startswith("#")]

    assert all(one.startswith("/") for one in named)
    assert [(await shared_client.get(one)).status for one in named] == [200] * len(named)


async def test_the_page_is_asked_for_anew_and_its_files_are_kept_for_ever(
    shared_client: Client,
) -> None:
    page = await shared_client.get("/")
    script = await shared_client.get(f"/dashboard/{dashboard().version}/core/main.js")

    assert page.headers["Cache-Control"] == "no-cache"
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_a_file_of_another_version_is_not_served(shared_client: Client) -> None:
    assert (await shared_client.get("/dashboard/0123456789abcdef/core/main.js")).status == 404


@pytest.mark.parametrize("path", ["core/none.js", "views/main.js", "core/..%2f__init__.py", "x/y"])
async def test_no_other_file_is_served(shared_client: Client, path: str) -> None:
    assert (await shared_client.get(f"/dashboard/{dashboard().version}/{path}")).status == 404


async def test_an_unchanged_page_is_304(shared_client: Client) -> None:
    etag = (await shared_client.get("/")).headers["ETag"]

    again = await shared_client.get("/", headers={"If-None-Match": etag})

    assert again.status == 304


async def test_a_client_that_unpacks_nothing_gets_the_bytes_as_they_are(
    shared_client: Client,
) -> None:
    plain = await shared_client.get("/", headers={"Accept-Encoding": "identity"})

    assert "Content-Encoding" not in plain.headers
    assert await plain.read() == dashboard().page.body


async def test_all_of_it_is_small() -> None:
    client = files("server.pages").joinpath("static", "client.js").read_bytes()

    packed = sum(len(file.packed) for file in (dashboard().page, *dashboard().files.values()))

    assert packed + len(client) <= AT_MOST


@pytest.mark.parametrize(("name", "text"), SOURCES)
async def test_no_file_asks_for_anything_from_outside(name: str, text: str) -> None:
    assert set(re.findall(r"https?://[\w./-]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xhtml",
    }


@pytest.mark.parametrize(("name", "text"), SOURCES)
async def test_no_file_can_make_markup_out_of_text(name: str, text: str) -> None:
    makes_markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"

    assert re.findall(makes_markup, text) == []
