"""A file is cut between rows, and every part can be read by itself."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.cli.batches import batches

CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters='\n\r",'))


def lines(text: str) -> io.BytesIO:
    return io.BytesIO(text.encode())


def test_each_csv_part_begins_with_the_header() -> None:
    parts = list(batches(lines("t,u\na,1\nb,2\nc,3\n"), "csv", size=9))

    assert parts == [b"t,u\na,1\n", b"t,u\nb,2\n", b"t,u\nc,3\n"]


def test_a_line_break_in_quotes_ends_no_row() -> None:
    parts = list(batches(lines('t\n"a\nb"\nc\n'), "csv", size=3))

    assert parts == [b't\n"a\nb"\n', b"t\nc\n"]


def test_a_row_longer_than_a_part_stays_whole() -> None:
    parts = list(batches(lines('{"t":"' + "x" * 50 + '"}\n{}\n'), "jsonl", size=10))

    assert [len(part) for part in parts] == [59, 3]


def test_a_quote_that_never_closes_goes_on_to_the_end() -> None:
    assert list(batches(lines('t\n"a\nb\n'), "csv", size=3)) == [b't\n"a\nb\n']


@pytest.mark.parametrize("kind", ["csv", "jsonl", "feed"])
def test_an_empty_file_is_one_empty_part(kind: str) -> None:
    assert list(batches(lines(""), kind)) == [b""]  # type: ignore[arg-type] # parametrised


def test_a_feed_is_never_cut() -> None:
    assert list(batches(lines("<rss>\n</rss>\n"), "feed", size=1)) == [b"<rss>\n</rss>\n"]


@given(st.lists(st.tuples(CELL, CELL), max_size=30), st.integers(1, 200))
def test_no_row_is_lost_or_changed(rows: list[tuple[str, str]], size: int) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([("title", "text"), *rows])

    parts = batches(lines(written.getvalue()), "csv", size)

    read = [row for part in parts for row in list(csv.reader(io.StringIO(part.decode(), "")))[1:]]
    assert read == [list(row) for row in rows]
