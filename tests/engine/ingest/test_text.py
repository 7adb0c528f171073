"""HTML to text: what a reader sees, bounded, safe, and in good time."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.ingest.text import TEXT_LIMIT, TITLE_LIMIT, body, line, plain, shorten, tidy


@pytest.mark.parametrize(
    ("markup", "seen"),
    [
        ("<p>The <b>h</b>arbour</p>", "The harbour"),
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("One<br>Two", "One\nTwo"),
        ("<ul><li>One<li>Two</ul>", "One\nTwo"),
        ("<table><tr><td>Berth<td>Ship</table>", "Berth Ship"),
        ("Port<script>alert(1)</script><style>a{}</style>", "Port"),
        ("Fish &amp; chips", "Fish & chips"),
        ("Fish & chips < 5 crowns", "Fish & chips < 5 crowns"),
        ("<!-- no -->Quay", "Quay"),
        ("", ""),
    ],
)
def test_markup_becomes_what_a_reader_sees(markup: str, seen: str) -> None:
    assert plain(markup) == seen


def test_whitespace_is_folded_and_paragraphs_stay_apart() -> None:
    assert tidy("  One \t two\nthree \r\n\r\n  four ") == "One two three\nfour"


def test_what_cannot_be_seen_is_removed() -> None:
    assert tidy("Po\u202ert\x00 o\u200bf\ufeff Ell\xadmouth\ud800") == "Port of Ellmouth"


def test_characters_are_composed() -> None:
    assert tidy("Ko\u0308ln") == "K\xf6ln"


def test_a_title_is_one_line_without_markup() -> None:
    assert line("<i>Quay</i>\n\n closes &amp;amp; reopens") == "Quay closes & reopens"


def test_a_plain_title_keeps_its_angle_brackets() -> None:
    assert line("if a <b then", is_html=False) == "if a <b then"


def test_a_long_title_is_cut_at_a_word() -> None:
    title = line("harbour " * 100)

    assert len(title) <= TITLE_LIMIT
    assert title.endswith("harbour…")


def test_a_title_without_spaces_is_cut_anyway() -> None:
    assert len(line("港" * 1000)) == TITLE_LIMIT


def test_a_short_title_is_left_alone() -> None:
    assert shorten("Quay closed", 11) == "Quay closed"


def test_a_long_text_is_cut_at_a_word() -> None:
    text = body("<p>" + "harbour " * 10_000)

    assert TEXT_LIMIT - 10 < len(text) <= TEXT_LIMIT
    assert text.endswith("harbour")


def test_plain_text_is_not_read_as_markup() -> None:
    assert body("a <b> c", is_html=False) == "a <b> c"


@pytest.mark.parametrize(
    "markup",
    ["<div>" * 100_000, "<p" * 100_000, "&#x20;" * 50_000, " \n" * 200_000, "<b>a" * 100_000],
    ids=["open", "half-open", "spaces", "lines", "inline"],
)
def test_hostile_markup_takes_no_long_time(markup: str) -> None:
    started = time.perf_counter()

    plain(markup)

    assert time.perf_counter() - started < 1


@given(st.text(max_size=200))
@example("two\u2029paragraphs")
def test_tidying_a_paragraph_twice_changes_nothing(text: str) -> None:
    paragraphs = tidy(text).split("\n")

    assert [tidy(each) for each in paragraphs] == paragraphs


@given(st.text(st.sampled_from("<>/&;ab p=\"'!-\n"), max_size=80))
def test_any_markup_gives_encodable_text(markup: str) -> None:
    plain(markup).encode()
