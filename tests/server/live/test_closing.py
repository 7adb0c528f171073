"""The one table of close codes, and the page that shows it."""

import re
from pathlib import Path

import pytest

from server.errors import TABLE as ERRORS
from server.live.closing import ANSWERED, BY_CODE, BY_NAME, TABLE, Reconnect, reconnect_after

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "protocol.md"


def test_the_page_shows_exactly_this_table() -> None:
    rows = re.findall(
        r"^\| (\d{4}) \| `(\w+)` \| ([\w -]+) \| (.+) \|$", PAGE.read_text(), re.MULTILINE
    )

    assert rows == [(str(row.code), row.name, row.reconnect.value, row.meaning) for row in TABLE]


def test_codes_and_names_are_unique() -> None:
    assert len(BY_CODE) == len(BY_NAME) == len(TABLE)


def test_errors_that_only_answer_are_on_the_page() -> None:
    text = PAGE.read_text()

    assert all(f"`{code}`" in text for code in ANSWERED)


def test_every_error_of_the_server_closes_with_a_code_of_the_table() -> None:
    assert {row.close for row in ERRORS.values()} <= set(BY_CODE)


@pytest.mark.parametrize(
    ("code", "then"),
    [
        (1012, Reconnect.AT_ONCE),
        (4410, Reconnect.AT_ONCE),
        (4401, Reconnect.NEVER),
        (None, Reconnect.BACK_OFF),
        (4999, Reconnect.BACK_OFF),
    ],
)
def test_what_a_client_does_after_a_close(code: int | None, then: Reconnect) -> None:
    assert reconnect_after(code) is then
