"""JSON Feed to entries, leniently."""

from datetime import UTC, datetime

import msgspec
import pytest

from engine.errors import SourceFailed
from engine.ingest.feeds import parse
from engine.model import Entry

URL = "https://ellmouth.example/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def feed(*items: object, **fields: object) -> bytes:
    whole = {"version": VERSION, "title": "Ellmouth Post", "items": items} | fields
    return b"\xef\xbb\xbf" + msgspec.json.encode(whole)


def test_an_item_is_read_whole() -> None:
    item = {
        "id": 7,
        "url": "quay",
        "title": "Quay closed",
        "content_html": "<p>The quay <i>closed</i>.</p>",
        "date_published": "2026-03-02T12:00:00Z",
    }

    (entry,) = parse(feed(item), URL).entries

    assert entry == Entry(
        title="Quay closed",
        text="The quay closed.",
        url="https://ellmouth.example/quay",
        guid="7",
        publisher="Ellmouth Post",
        published=datetime(2026, 3, 2, 12, tzinfo=UTC),
    )


def test_plain_text_comes_before_markup_and_summary() -> None:
    item = {"id": "1", "content_text": "a < b. More.", "content_html": "<p>x</p>", "summary": "s"}

    (entry,) = parse(feed(item), URL).entries

    assert (entry.title, entry.text) == ("a < b.", "a < b. More.")


def test_odd_items_are_rejected_and_the_rest_goes_on() -> None:
    parsed = parse(feed({"id": "1"}, "junk", {"id": "3", "title": ["x"]}, {"title": "Quay"}), URL)

    assert [entry.title for entry in parsed.entries] == ["Quay"]
    assert [(each.position, each.reason) for each in parsed.rejected] == [
        (1, "It has neither a title nor a text."),
        (2, "It is not a JSON object."),
        (3, "It has neither a title nor a text."),
    ]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"items": []}', "not a JSON Feed"),
        (b"[1, 2]", "not a JSON Feed"),
        (msgspec.json.encode({"version": VERSION}), "not a JSON Feed"),
        (b'{"version": ', "not valid JSON"),
        (b'{"a": "\xff"}', "not valid JSON"),
        (b"[" * 5000, "nested too deeply"),
    ],
)
def test_json_that_is_no_feed_is_a_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(SourceFailed, match=sentence):
        parse(body, URL)
