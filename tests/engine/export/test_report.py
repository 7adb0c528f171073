"""The report: readable, self-contained, and nothing in it runs."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.export import build
from engine.export.report import as_of, render
from engine.model import Content, Statement
from tests.engine.builders import (
    a_content,
    a_policy,
    a_released,
    a_revision,
    a_signoff,
    an_evidence,
)

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;"
FACTS = build(a_released()).manifest
VOID = {"meta", "br", "img", "link", "input"}


class Page(HTMLParser):
    """Everything a browser would make of the page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile(text: str) -> Content:
    said = (Statement(text=text, evidence=("e1",)),)
    assets = replace(a_content().assets["CEO"], linkedin=text)
    return a_content(
        title=text,
        quadrant=text,
        summary=said,
        risks=said,
        opportunities=said,
        recommendations=said,
        evidence=(an_evidence(publisher=text, url=text),),
        assets={text: assets},
    )


def test_the_page_is_well_formed() -> None:
    assert Page(render(FACTS, a_content())).open == []


def test_a_reader_finds_text_quotes_sources_copy_and_signers() -> None:
    text = Page(render(FACTS, a_content())).text

    for said in (
        "Port Lindale raises berth fees",
        "Berth fees rise by nine percent from June. [1]",
        "Fees rise by nine percent from June, the council said.",
        "Lindale Courier, 1 March 2026",
        "82% confidence",
        "CEO: LinkedIn",
        "Ann Berg",
        "Strategy Head",
        "approved, signed in by demo",
        "2 March 2026, 07:15",
        FACTS.digest,
        "wireroom verify berth-fees-1.zip",
    ):
        assert said in text


def test_the_page_says_its_language() -> None:
    assert ("lang", "en") in Page(render(FACTS, a_content())).attributes


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (0, "as of 07:05"),
        (1, "as of 07:05; 1 later item not included"),
        (3, "as of 07:05; 3 later items not included"),
    ],
)
def test_the_page_says_as_of_when_it_is(later: int, said: str) -> None:
    assert as_of(replace(FACTS, later_items=later)) == said


def test_dual_sign_off_carries_no_label() -> None:
    assert "Single-signed" not in render(FACTS, a_content())


def test_single_sign_off_is_labelled() -> None:
    single = a_revision(policy=a_policy(dual=False))
    facts = build(a_released(single, signoffs=(a_signoff(revision=single),))).manifest

    assert "Single-signed." in Page(render(facts, a_content())).text


def test_empty_sections_are_left_out() -> None:
    bare = a_content(risks=(), opportunities=(), recommendations=(), evidence=(), assets={})

    headings = re.findall(r"<h2>(.*?)</h2>", render(FACTS, bare))

    assert headings == ["Summary", "Sign-offs"]


def test_a_reference_to_evidence_that_is_not_there_is_left_out() -> None:
    said = (Statement(text="Fees rise.", evidence=("e1", "gone")),)

    assert "Fees rise. [1]\n" in Page(render(FACTS, a_content(summary=said))).text


def test_the_page_asks_for_nothing_outside_itself() -> None:
    page = Page(render(FACTS, a_content()))

    assert not {"script", "link", "img", "iframe", "object", "form"} & set(page.tags)
    assert not [value for name, value in page.attributes if name in {"src", "style"}]
    assert not re.search(r"url\(|@import", render(FACTS, a_content()))


def test_hostile_text_stays_text_everywhere() -> None:
    facts = replace(FACTS, desk=HOSTILE, timezone=HOSTILE, brief_id=HOSTILE, digest=HOSTILE)
    signoff = replace(facts.signoffs[0], name=HOSTILE, role=HOSTILE, method=HOSTILE)
    content = hostile(HOSTILE)

    page = Page(render(replace(facts, signoffs=(signoff,)), content))

    assert {"script", "img"}.isdisjoint(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert page.open == []


@settings(deadline=None, database=None)
@given(st.text(st.sampled_from("<>\"'&/=! -ascriptonxhe:\n\t")))
def test_no_text_makes_markup(text: str) -> None:
    plain = Page(render(FACTS, hostile("plain")))

    page = Page(render(FACTS, hostile(text or "plain")))

    assert page.open == []
    # Empty copy is left out with its paragraph; everything else keeps its place.
    assert set(page.tags) <= set(plain.tags)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<b>",
        "//courier.example/a",
        "courier.example",
        "file:///etc/hostname",
        "https://",
        "https://courier.example/a b",
        "https://courier.example/a\n",
        "x https://courier.example/a",
        "",
    ],
)
def test_what_is_no_web_address_is_no_link(url: str) -> None:
    page = Page(render(FACTS, a_content(evidence=(an_evidence(url=url),))))

    hrefs = {value for name, value in page.attributes if name == "href"}
    assert hrefs == {"#evidence-1"}


@pytest.mark.parametrize("url", ["https://courier.example/a?b=1&c=2", "HTTP://courier.example"])
def test_a_web_address_is_a_link_that_tells_the_other_side_nothing(url: str) -> None:
    page = Page(render(FACTS, a_content(evidence=(an_evidence(url=url),))))

    assert ("href", url) in page.attributes
    assert ("rel", "noopener noreferrer nofollow") in page.attributes
