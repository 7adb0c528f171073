"""The second place: a file that is only appended to, or an address that heads are posted to."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from engine.errors import AnchorFailed
from engine.log.anchor import FileAnchor, UrlAnchor, anchor_at, lines, read
from engine.log.signing import new_private, sign_head, signing_key
from engine.record import Head

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
PRIVATE = new_private()
KEY = signing_key(PRIVATE)
HEADS = [sign_head(PRIVATE, Head(epoch="e1", seq=n, hash=bytes(32)), NOW) for n in (1, 2, 3)]


class Place:
    """Takes what is posted and answers as a test wants."""

    def __init__(self) -> None:
        self.status = 204
        self.bodies: list[bytes] = []
        self.url = ""


@pytest.fixture
def place() -> Iterator[Place]:
    place = Place()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            place.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(place.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        place.url = f"http://127.0.0.1:{server.server_port}/heads"
        yield place
        server.shutdown()
        thread.join()


def test_without_a_setting_there_is_no_second_place() -> None:
    assert anchor_at("") is None


def test_what_is_appended_is_read_again_in_order(tmp_path: Path) -> None:
    anchor = FileAnchor(tmp_path / "heads.jsonl")

    anchor.append([KEY, HEADS[0]])
    anchor.append(HEADS[1:])

    found = read(tmp_path / "heads.jsonl")
    assert (found.keys, found.heads, found.unreadable) == ((KEY,), tuple(HEADS), 0)


def test_a_line_torn_by_a_crash_spoils_no_other(tmp_path: Path) -> None:
    file = tmp_path / "heads.jsonl"
    anchor = FileAnchor(file)
    anchor.append([KEY, *HEADS[:2]])
    file.write_bytes(file.read_bytes()[:-20])

    anchor.append(HEADS[2:])

    found = read(file)
    assert (found.heads, found.unreadable) == ((HEADS[0], HEADS[2]), 1)


def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(AnchorFailed, match="cannot be written"):
        FileAnchor(tmp_path / "nowhere" / "heads.jsonl").append(HEADS)


def test_heads_are_posted_as_json_lines(place: Place) -> None:
    UrlAnchor(place.url).append(HEADS)

    assert place.bodies == [lines(HEADS)]


def test_an_address_that_refuses_has_not_taken_them(place: Place) -> None:
    place.status = 507

    with pytest.raises(AnchorFailed, match="answered 507"):
        UrlAnchor(place.url).append(HEADS)


def test_an_address_that_nobody_answers_says_so() -> None:
    with pytest.raises(AnchorFailed, match="could not be reached"):
        UrlAnchor("http://127.0.0.1:1/heads").append(HEADS)
