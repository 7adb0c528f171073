"""One form for one address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ingest.urls import canonical_url, host_of, is_url, url_key


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://Ellmouth.EXAMPLE:80/Quay#top", "http://ellmouth.example/Quay"),
        ("https://ellmouth.example:443", "https://ellmouth.example/"),
        ("https://ellmouth.example:8443/a", "https://ellmouth.example:8443/a"),
        ("https://e.example/a?utm_source=x&b=2&fbclid=y&c=", "https://e.example/a?b=2&c="),
        ("https://e.example/a?b=1;c=%20x", "https://e.example/a?b=1;c=%20x"),
        ("https://me:secret@e.example/a", "https://e.example/a"),
        ("https://e.example/a b", "https://e.example/a%20b"),
        ("https://e.example./a", "https://e.example/a"),
        ("http://[2001:DB8::1]:80/a", "http://[2001:db8::1]/a"),
        ("  https://e.example/a ", "https://e.example/a"),
        ("ftp://e.example/a", ""),
        ("javascript:alert(1)", ""),
        ("https://", ""),
        ("https://a b/", ""),
        ("https://e.example:99999/", ""),
        ("https://[bad", ""),
        ("https://e.example/" + "x" * 2_000, ""),
        ("", ""),
    ],
)
def test_an_address_has_one_form(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    "url",
    [
        "https://ellmouth.example/quay",
        "http://www.ellmouth.example/quay/",
        "https://ellmouth.example/quay?utm_medium=rss#x",
    ],
)
def test_addresses_of_one_page_share_their_key(url: str) -> None:
    assert url_key(url) == "ellmouth.example/quay"


@pytest.mark.parametrize("url", ["https://ellmouth.example/", "mailto:x@e.example", ""])
def test_a_home_page_or_no_address_is_no_key(url: str) -> None:
    assert url_key(url) is None


def test_a_host_is_named_as_a_reader_would() -> None:
    assert host_of("https://www.ellmouth.example/quay") == "ellmouth.example"
    assert host_of("nothing") == ""


def test_only_http_addresses_are_urls() -> None:
    assert is_url("HTTPS://e.example")
    assert not is_url("feeds/e.xml")


@given(st.text(max_size=60).map("https://e.example/".__add__))
def test_canonical_forms_are_stable(url: str) -> None:
    once = canonical_url(url)

    assert canonical_url(once) == once
