"""CSV and JSON Lines, chunk by chunk."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SourceFailed
from engine.ingest.parsed import Layout, RowKind, Rows
from engine.ingest.rows import ROWS_LIMIT, parse_rows
from engine.model import Entry


def csv(body: bytes | str, **columns: str) -> Rows:
    raw = body.encode() if isinstance(body, str) else body
    return parse_rows("csv", raw, columns=columns)


def titles(rows: Rows) -> list[str]:
    return [entry.title for entry in rows.entries]


def reasons(rows: Rows) -> list[tuple[int, str]]:
    return [(each.position, each.reason) for each in rows.rejected]


def in_chunks(kind: RowKind, body: bytes, size: int) -> tuple[list[Entry], list[int]]:
    """All of ``body``, handed over in pieces as a caller does."""
    entries: list[Entry] = []
    rejected: list[int] = []
    layout: Layout | None = None
    pending, start = b"", 0
    for at in range(0, len(body) + size, size):
        pending += body[at : at + size]
        more = True
        while more:
            rows = parse_rows(
                kind, pending, columns={}, layout=layout, start=start, final=at >= len(body)
            )
            entries += rows.entries
            rejected += [each.position for each in rows.rejected]
            pending = pending[rows.consumed :]
            layout, start, more = rows.layout, start + rows.rows, rows.more
    assert pending == b""
    return entries, rejected


def test_columns_are_guessed_from_their_names() -> None:
    body = (
        "ID,Headline,Link,Outlet,Timestamp,Lead\n"
        "7,Quay closed,https://ellmouth.example/q,Ellmouth Post,1772452800000,The quay closed.\n"
    )

    (entry,) = csv(body).entries

    assert entry == Entry(
        title="Quay closed",
        text="The quay closed.",
        url="https://ellmouth.example/q",
        guid="7",
        publisher="Ellmouth Post",
        published=datetime(2026, 3, 2, 12, tzinfo=UTC),
    )


def test_a_given_mapping_is_all_that_is_read() -> None:
    (entry,) = csv("a,url\nQuay closed,https://e.example/\n", title="a").entries

    assert (entry.title, entry.url) == ("Quay closed", "")


@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_the_delimiter_is_found_in_the_header(delimiter: str) -> None:
    body = f"title{delimiter}guid\nQuay closed{delimiter}1\n"

    assert titles(csv(body)) == ["Quay closed"]


def test_a_byte_order_mark_and_latin_1_lines_are_read() -> None:
    body = b"\xef\xbb\xbftitle,id\r\nCaf\xe9,1\r\nCaf\xc3\xa9,2\r\n"

    assert titles(csv(body)) == ["Caf\xe9", "Caf\xe9"]


def test_a_quoted_line_break_stays_inside_its_row() -> None:
    body = 'title,text\nQuay,"One.\n\nTwo, ""three""."\nPier,x\n'

    rows = csv(body)

    assert titles(rows) == ["Quay", "Pier"]
    assert rows.entries[0].text == 'One.\nTwo, "three".'


def test_bad_rows_are_rejected_by_number_and_the_rest_goes_on() -> None:
    body = "title,id\nQuay,1\nPier\n,3\n\nDock,4,5\nLock,6\n"

    rows = csv(body)

    assert titles(rows) == ["Quay", "Lock"]
    assert reasons(rows) == [
        (2, "It has 1 column where the header has 2."),
        (3, "It has no title."),
        (4, "It has 3 columns where the header has 2."),
    ]


def test_a_row_cut_off_at_the_end_of_the_file_is_rejected() -> None:
    rows = csv("title,url,id\nQuay,https://e.example/1,1\nPier,https://e.exa")

    assert titles(rows) == ["Quay"]
    assert reasons(rows) == [(2, "It has 2 columns where the header has 3.")]


def test_a_stray_quotation_mark_costs_one_row() -> None:
    rows = csv('title,id\n"Quay,1\nPier,2\nDock,3\n')

    assert titles(rows) == ["Pier", "Dock"]
    assert reasons(rows) == [(1, "A quotation mark is never closed.")]


def test_a_field_beyond_all_measure_costs_one_row() -> None:
    rows = csv("title,id\n" + "x" * 200_000 + ",1\nPier,2\n")

    assert titles(rows) == ["Pier"]
    assert reasons(rows)[0][1].startswith("It cannot be read: field larger")


def test_a_quoted_field_beyond_all_measure_does_not_wait_for_its_end() -> None:
    chunk = b'title,id\n"Quay,' + b"x\n" * 80_000

    rows = parse_rows("csv", chunk, columns={}, final=False)

    assert rows.rows > 0


def test_a_call_reads_a_bounded_number_of_rows_and_says_there_are_more() -> None:
    body = b"title\n" + b"Quay\n" * (ROWS_LIMIT + 1)

    rows = parse_rows("csv", body, columns={})

    assert (rows.rows, rows.more, body[rows.consumed :]) == (ROWS_LIMIT, True, b"Quay\n")


def test_a_header_that_is_not_all_there_is_waited_for() -> None:
    rows = parse_rows("csv", b'"tit\n', columns={}, final=False)

    assert (rows.rows, rows.consumed, rows.layout) == (0, 0, None)
    assert parse_rows("csv", b"\n", columns={}, final=False).layout is None


@pytest.mark.parametrize(
    ("body", "columns", "sentence"),
    [
        (b"", {}, "no rows"),
        (b"\n\n", {}, "no rows"),
        (b"crane,berth\n1,2\n", {}, "No column holds the title; the columns are crane, berth"),
        (b"crane\n1\n", {"title": "Name"}, "no column 'Name'; the columns are crane"),
        (b"\xff\xfet\x00", {}, "UTF-16"),
        (b'"title\n', {}, "first row"),
        (b"x" * 200_000, {}, "first row"),
    ],
)
def test_a_file_that_does_not_fit_is_a_sentence(
    body: bytes, columns: dict[str, str], sentence: str
) -> None:
    with pytest.raises(SourceFailed, match=sentence):
        parse_rows("csv", body, columns=columns)


def test_json_lines_guess_their_fields_one_by_one() -> None:
    body = b'{"headline": "Quay closed", "ref": 7}\n{"title": "Pier", "extra": [1]}\n'

    rows = parse_rows("jsonl", body, columns={})

    assert [(entry.title, entry.guid) for entry in rows.entries] == [
        ("Quay closed", "7"),
        ("Pier", ""),
    ]


def test_json_lines_follow_a_mapping() -> None:
    rows = parse_rows("jsonl", b'{"kop": "Quay", "title": "no"}', columns={"title": "kop"})

    assert titles(rows) == ["Quay"]


def test_bad_json_lines_are_rejected_by_number() -> None:
    body = b'{"title": "Quay"}\nnot json\n\n[1]\n{"title": true}\n{"a": "\xff"}\n' + b"[" * 5000

    rows = parse_rows("jsonl", body, columns={})

    assert titles(rows) == ["Quay"]
    assert [position for position, _ in reasons(rows)] == [2, 3, 4, 5, 6]
    assert reasons(rows)[0][1] == "It is not valid JSON: invalid character (byte 4)."
    (cut,) = reasons(parse_rows("jsonl", b'{"title": "Qu', columns={}))
    assert cut[1] == "It is not valid JSON: it ends too early (byte 13)."
    assert reasons(rows)[1:3] == [(3, "It is not a JSON object."), (4, "It has no title.")]
    assert reasons(rows)[4][1] == "It is JSON nested too deeply."


@given(st.integers(1, 90))
def test_chunks_of_any_size_give_the_same_rows(size: int) -> None:
    rows = b'title,text,id\nQuay,"a\r\nb",1\r\n\nPier,"x ""y""",2\nbad\n"Dock, north",z,3'

    entries, rejected = in_chunks("csv", rows, size)

    assert [(entry.title, entry.text) for entry in entries] == [
        ("Quay", "a b"),
        ("Pier", 'x "y"'),
        ("Dock, north", "z"),
    ]
    assert rejected == [3]


@given(st.integers(1, 60))
def test_json_lines_in_chunks_give_the_same_rows(size: int) -> None:
    entries, rejected = in_chunks("jsonl", b'{"title": "Qu\xc3\xa4y"}\nno\n{"title": "Pier"}', size)

    assert [entry.title for entry in entries] == ["Qu\xe4y", "Pier"]
    assert rejected == [2]
