"""RSS and Atom to entries."""

from contextlib import suppress
from datetime import UTC, datetime
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SourceFailed
from engine.ingest.feeds import NOTHING_USABLE, parse
from engine.model import Entry

URL = "https://ellmouth.example/news/feed.xml"


def rss(items: str, channel: str = "<title>Ellmouth Post</title>") -> bytes:
    return f"<rss version='2.0'><channel>{channel}{items}</channel></rss>".encode()


def only(body: bytes, url: str = URL) -> Entry:
    (entry,) = parse(body, url).entries
    return entry


def test_an_rss_entry_is_read_whole() -> None:
    body = rss("""<item><title>Quay &amp; pier close</title><link>/quay?a=1&amp;b=2</link>
        <guid isPermaLink="false">n-1</guid><pubDate>Mon, 02 Mar 2026 12:00:00 GMT</pubDate>
        <description>&lt;p&gt;The quay &lt;b&gt;closed&lt;/b&gt;.&lt;/p&gt;</description></item>""")

    assert only(body) == Entry(
        title="Quay & pier close",
        text="The quay closed.",
        url="https://ellmouth.example/quay?a=1&b=2",
        guid="n-1",
        publisher="Ellmouth Post",
        published=datetime(2026, 3, 2, 12, tzinfo=UTC),
    )


def test_an_atom_entry_is_read_whole() -> None:
    body = dedent("""\
        <feed xmlns="http://www.w3.org/2005/Atom"><title>Ellmouth Council</title>
        <entry><id>urn:n:2</id><title type="html">Levy &amp;lt;agreed&amp;gt;</title>
        <link href="https://ellmouth.example/levy"/><updated>2026-03-02T12:00:00Z</updated>
        <summary>Short.</summary><content type="html">&lt;p&gt;The long story.&lt;/p&gt;</content>
        </entry></feed>""").encode()

    entry = only(body)

    assert (entry.title, entry.text, entry.guid) == ("Levy <agreed>", "The long story.", "urn:n:2")
    assert entry.published == datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_an_aggregated_entry_names_the_publisher_it_came_from() -> None:
    body = rss("<item><title>Quay</title><source url='x'>Calder Courier</source></item>")

    assert only(body).publisher == "Calder Courier"


def test_a_missing_title_is_the_first_sentence_of_the_text() -> None:
    body = rss("<item><description>The quay closed. Ships wait.</description></item>")

    assert only(body).title == "The quay closed."


def test_a_text_that_only_repeats_the_title_is_no_text() -> None:
    body = rss("<item><title>Quay closed</title><description>Quay closed</description></item>")

    assert only(body).text == ""


def test_scripts_never_reach_the_text() -> None:
    body = rss(
        "<item><title>Q</title><description>&lt;script&gt;steal()&lt;/script&gt;Quay."
        "</description></item>"
    )

    assert only(body).text == "Quay."


def test_an_entry_with_nothing_in_it_is_rejected_by_its_position() -> None:
    parsed = parse(rss("<item><title>Quay</title></item><item><guid>2</guid></item>"), URL)

    assert len(parsed.entries) == 1
    assert [(each.position, each.reason) for each in parsed.rejected] == [(2, NOTHING_USABLE)]


def test_an_impossible_date_is_no_date() -> None:
    body = rss("<item><title>Quay</title><pubDate>the day after</pubDate></item>")

    assert only(body).published is None


def test_without_an_own_address_links_resolve_against_the_feeds_home() -> None:
    channel = "<title>P</title><link>https://ellmouth.example/</link>"
    body = rss("<item><title>Quay</title><link>/quay</link></item>", channel)

    assert only(body, "").url == "https://ellmouth.example/quay"


def test_a_feed_without_entries_is_no_error() -> None:
    assert parse(rss(""), URL).title == "Ellmouth Post"


def test_broken_markup_still_gives_its_entries() -> None:
    body = b"<rss version='2.0'><channel><item><title>Fish & chips</title></item><item><title>B"

    assert parse(body, URL).entries[0].title == "Fish & chips"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"<!DOCTYPE html><html><body>Hi</body></html>", "web page"),
        (b"Dear reader", "not an RSS, Atom or JSON feed"),
        (b"<inventory><crane/></inventory>", "not an RSS, Atom or JSON feed"),
        (bytes(range(256)), "not an RSS, Atom or JSON feed"),
    ],
)
def test_a_document_that_is_no_feed_is_a_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(SourceFailed, match=sentence):
        parse(body, URL)


def test_entities_that_multiply_do_not() -> None:
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    body = bomb + rss("<item><title>Q &b;</title></item>")

    assert len(only(body).title) < 100


@given(st.binary(max_size=120), st.integers(0, 200))
def test_a_damaged_feed_gives_entries_or_a_sentence(junk: bytes, at: int) -> None:
    whole = rss("<item><title>Quay</title><description>Closed.</description></item>")

    with suppress(SourceFailed):
        parsed = parse(whole[:at] + junk + whole[at:], URL)
        assert all(entry.title for entry in parsed.entries)
