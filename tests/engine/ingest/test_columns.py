"""Which column holds what."""

import pytest

from engine.errors import SourceFailed
from engine.ingest.columns import guess, settled


def test_names_are_compared_without_case_and_punctuation() -> None:
    assert guess(["PUBLISHED_AT", "Head-line", "Content Text"]) == {
        "title": "Head-line",
        "text": "Content Text",
        "published": "PUBLISHED_AT",
    }


def test_the_more_telling_name_wins_and_no_column_is_used_twice() -> None:
    assert guess(["name", "title", "id", "guid"]) == {"title": "title", "guid": "guid"}


def test_a_given_mapping_is_kept_as_it_is() -> None:
    assert settled({"title": "b"}, ["title", "b"]) == {"title": "b"}


def test_a_mapping_without_a_title_is_refused() -> None:
    with pytest.raises(SourceFailed, match="No column holds the title; the columns are a, b"):
        settled({"text": "a"}, ["a", "b"])
