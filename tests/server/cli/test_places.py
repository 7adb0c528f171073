"""What is given on the command line becomes a source, or a sentence."""

from pathlib import Path

import pytest

from engine.errors import Invalid
from engine.ingest.sources import NewSource
from server.cli.places import files_of, source_at


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.jsonl", "c.xml", "notes", "d.ndjson"):
        (tmp_path / name).write_text("x", "utf-8")
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("a.csv", "csv"),
        ("b.jsonl", "jsonl"),
        ("d.ndjson", "jsonl"),
        ("c.xml", "feed"),
        ("notes", "feed"),
        ("folder", "folder"),
    ],
)
def test_the_kind_is_read_from_the_name(here: Path, place: str, kind: str) -> None:
    found = source_at(place, None, "", {})

    assert (found.kind, found.location) == (kind, str(here / place))


def test_a_url_stays_as_it_is() -> None:
    found = source_at("https://news.example/feed", None, "News", {})

    assert (found.kind, found.location, found.title) == (
        "feed",
        "https://news.example/feed",
        "News",
    )


@pytest.mark.parametrize(
    ("place", "kind", "sentence"),
    [
        ("gone.csv", None, "no file or folder gone.csv"),
        ("folder", "csv", "folder is a folder"),
        ("a.csv", "folder", "a.csv is not a folder"),
    ],
)
def test_a_place_that_does_not_fit_is_refused(
    here: Path, place: str, kind: str | None, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        source_at(place, kind, "", {})  # type: ignore[arg-type] # typer checks the literal


def test_a_folder_is_sent_file_by_file_with_columns_for_rows_only(here: Path) -> None:
    folder = NewSource(location=str(here), kind="folder", columns={"title": "T"})

    files = [(Path(file.location).name, file.kind, file.columns) for file in files_of(folder)]

    assert files == [
        ("a.csv", "csv", {"title": "T"}),
        ("b.jsonl", "jsonl", {"title": "T"}),
        ("c.xml", "feed", {}),
        ("d.ndjson", "jsonl", {"title": "T"}),
    ]
