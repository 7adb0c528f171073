import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from aiohttp.http_exceptions import LineTooLong

from server import logs


@pytest.fixture
def stream() -> Iterator[io.BytesIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.BytesIO()
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object(stream: io.BytesIO) -> None:
    logs.configure("info", stream)

    structlog.get_logger().info("request", path="/config", status=200)

    line = lines(stream)[0]
    assert (line["event"], line["path"], line["status"]) == ("request", "/config", 200)
    assert (line["level"], line["time"][-1]) == ("info", "Z")


@pytest.mark.parametrize("name", ["token", "Authorization", "cookie", "password", "ticket"])
def test_secrets_are_blanked_whoever_logs_them(stream: io.BytesIO, name: str) -> None:
    logs.configure("info", stream)

    structlog.get_logger().info("careless", **{name: "hunter2"})

    assert b"hunter2" not in stream.getvalue()


def test_below_the_level_nothing_is_written(stream: io.BytesIO) -> None:
    logs.configure("warning", stream)

    structlog.get_logger().info("request")

    assert stream.getvalue() == b""


def test_an_exception_brings_its_traceback(stream: io.BytesIO) -> None:
    logs.configure("info", stream)

    try:
        raise RuntimeError("broken")
    except RuntimeError as error:
        structlog.get_logger().error("request_failed", exc_info=error)

    assert "RuntimeError: broken" in lines(stream)[0]["exception"]


def test_what_libraries_log_comes_along(stream: io.BytesIO) -> None:
    logs.configure("info", stream)

    logging.getLogger("aiohttp.server").error("cannot read %s", "that")

    line = lines(stream)[0]
    assert (line["logger"], line["message"], line["level"]) == (
        "aiohttp.server",
        "cannot read that",
        "error",
    )


def test_a_value_json_does_not_know_is_written_as_python_shows_it(stream: io.BytesIO) -> None:
    logs.configure("info", stream)

    structlog.get_logger().info("odd", value=ValueError("x"))

    assert lines(stream)[0]["value"] == "ValueError('x')"


def test_what_is_no_request_is_told_without_its_bytes_or_a_trace(stream: io.BytesIO) -> None:
    logs.configure("info", stream)

    try:
        raise LineTooLong(b"Bearer wr_secret", 8190)
    except LineTooLong:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s", "::1")

    (line,) = lines(stream)
    assert (line["event"], line["level"], line["status"]) == ("not_http", "info", 400)
    assert "wr_secret" not in stream.getvalue().decode()
    assert "exception" not in line
