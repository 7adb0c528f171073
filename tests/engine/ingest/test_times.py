"""Timestamps as sources write them."""

from datetime import UTC, datetime

import pytest

from engine.ingest.times import moment

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T12:00:00Z",
        "2026-03-02T13:00:00+01:00",
        "2026-03-02 12:00",
        "Mon, 02 Mar 2026 12:00:00 GMT",
        "Mon, 02 Mar 2026 07:00:00 -0500",
        "1772452800",
        "1772452800000",
        " 1772452800.0 ",
    ],
)
def test_known_forms_are_read_as_utc(text: str) -> None:
    assert moment(text) == NOON


@pytest.mark.parametrize("text", ["", "soon", "2026-13-45", "99999999999999999", "12", "\0"])
def test_anything_else_is_no_time(text: str) -> None:
    assert moment(text) is None
