"""New sources, checked."""

import pytest

from engine.errors import Conflict, Invalid, NotAllowed
from engine.ingest.sources import NewSource, checked, guess_kind, push_source
from engine.model import Source


def test_a_source_gets_a_slug_from_its_title() -> None:
    made = checked(NewSource(location="https://e.example/feed", title="  L'Écho  d’Ellmouth "))

    assert made == Source(
        id="l-echo-d-ellmouth",
        kind="feed",
        location="https://e.example/feed",
        title="L'Écho d’Ellmouth",
    )


@pytest.mark.parametrize(
    ("location", "title", "id_"),
    [
        ("https://www.e.example/feed.xml", "e.example", "e-example"),
        ("feeds/harbour.notes.csv", "harbour.notes", "harbour-notes"),
        ("feeds/", "feeds", "feeds"),
        ("/", "folder", "folder"),
        ("港.xml", "港", "source"),
    ],
)
def test_without_a_title_the_location_names_it(location: str, title: str, id_: str) -> None:
    made = checked(NewSource(location=location))

    assert (made.title, made.id) == (title, id_)


def test_a_taken_slug_is_counted_on() -> None:
    assert checked(NewSource(location="port.csv"), {"port", "port-2"}).id == "port-3"


def test_a_wanted_id_is_kept_or_refused() -> None:
    new = NewSource(location="port.csv", id="harbour")

    assert checked(new).id == "harbour"
    with pytest.raises(Conflict, match="already a source 'harbour'"):
        checked(new, {"harbour"})


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("port.CSV", "csv"),
        ("port.tsv", "csv"),
        ("port.ndjson", "jsonl"),
        ("port.atom", "feed"),
        ("feeds", "folder"),
        ("https://e.example/rows.jsonl?x=1", "jsonl"),
        ("https://e.example/news", "feed"),
    ],
)
def test_a_kind_is_guessed_from_the_ending(location: str, kind: str) -> None:
    assert guess_kind(location) == kind


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        (NewSource(), "location must be"),
        (NewSource(location="a\0b"), "location must be"),
        (NewSource(location="x" * 2001), "location must be"),
        (NewSource(location="ftp://e.example/x"), "a path or an http"),
        (NewSource(location="https://"), "not a valid http"),
        (NewSource(location="https://e.example/", kind="folder"), "must be a path"),
        (NewSource(location="a.xml", columns={"title": "t"}), "columns are for"),
        (NewSource(location="a.csv", columns={"berth": "t"}), "columns names 'berth'"),
        (NewSource(location="a.csv", columns={"text": "t"}), "which column holds the title"),
        (NewSource(location="a.csv", id="No Good"), "id must be"),
        (NewSource(location="a.csv", id="x\n"), "id must be"),
    ],
)
def test_a_source_that_cannot_be_is_refused_in_words(new: NewSource, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        checked(new)


def test_paths_may_be_forbidden() -> None:
    with pytest.raises(NotAllowed, match="not paths"):
        checked(NewSource(location="port.csv"), allow_files=False)

    assert checked(NewSource(location="https://e.example/"), allow_files=False).kind == "feed"


def test_a_push_source_needs_no_location() -> None:
    assert checked(NewSource(kind="push", title="Tips")).location == ""


def test_items_pushed_under_one_title_share_a_source() -> None:
    assert push_source(" Tip  line ") == push_source("Tip line")
    assert push_source("").id == "push"
