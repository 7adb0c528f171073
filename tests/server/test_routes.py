import re
from pathlib import Path

from server.routes import TABLE

ROOT = Path(__file__).parents[2]


def test_no_row_stands_twice() -> None:
    rows = [(row.method, row.path) for row in TABLE]

    assert len(set(rows)) == len(rows)


def test_only_these_paths_are_public() -> None:
    assert {row.path for row in TABLE if row.needs == "public"} == {
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/asyncapi.json",
        "/docs",
        "/",
        "/dashboard/{version}/{room}/{name}",
        "/client.js",
        "/static/{name}",
    }


def test_every_write_needs_an_action_except_signing_in_and_out() -> None:
    open_writes = {
        (row.method, row.path)
        for row in TABLE
        if row.method != "GET" and row.needs in ("public", "anyone", "read")
    }

    # Generating assets stores nothing: it is a read that needs a body. A ticket is another form of
    # the credential that the request came with.
    assert open_writes == {
        ("POST", "/session"),
        ("DELETE", "/session"),
        ("POST", "/session/ticket"),
        ("POST", "/assets/generate"),
    }


def test_only_streams_have_no_time_limit() -> None:
    assert {row.path for row in TABLE if row.is_stream} == {"/ws", "/events"}


def test_every_route_stands_in_the_reference() -> None:
    page = (ROOT / "docs/reference/rest.md").read_text("utf-8")
    documented = set(re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`?]*)", page))

    assert {(row.method, row.path) for row in TABLE} <= documented
