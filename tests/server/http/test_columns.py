import pytest

from engine.errors import Invalid
from server.http.columns import columns_of


def test_columns_are_pairs_of_field_and_column() -> None:
    assert columns_of("title:Headline, url:Link:href,") == {"title": "Headline", "url": "Link:href"}
    assert columns_of("") == {}


@pytest.mark.parametrize("text", ["title", "title:", ":Headline"])
def test_what_is_no_pair_is_named(text: str) -> None:
    with pytest.raises(Invalid, match="is not FIELD:COLUMN"):
        columns_of(text)


def test_a_field_that_no_item_has_is_answered_with_those_it_has() -> None:
    with pytest.raises(Invalid, match="no field 'bogus'; an item has title, text"):
        columns_of("title:Headline,bogus:a")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("url:Link", "holds the title"), ("title:A,title:B", "'title' is given twice")],
)
def test_the_title_has_one_column(text: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        columns_of(text)
