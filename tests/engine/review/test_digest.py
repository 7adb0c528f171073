"""The digest covers what a reader sees, all of it, and nothing else."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.errors import Invalid
from engine.model import Assets, Content, Evidence, Statement
from engine.review import digest, edition_digest
from tests.engine.builders import NOW, a_content, a_policy, an_evidence

Path = tuple[str | int, ...]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
statements = st.lists(
    st.builds(Statement, text=text, evidence=st.lists(text, max_size=2).map(tuple)), max_size=2
).map(tuple)
cited = st.builds(
    Evidence,
    id=text,
    item_id=text,
    quote=text,
    start=st.integers(0, 99),
    end=st.integers(0, 99),
    publisher=text,
    url=text,
    published=st.sampled_from([None, NOW]),
    confidence=st.floats(0, 1),
    field=st.sampled_from(["text", "title"]),
)
contents = st.builds(
    Content,
    title=text,
    quadrant=text,
    priority=st.sampled_from(["low", "high"]),
    summary=statements,
    risks=statements,
    opportunities=statements,
    recommendations=statements,
    evidence=st.lists(cited, max_size=2).map(tuple),
    assets=st.dictionaries(
        text,
        st.builds(Assets, linkedin=text, email_paragraph=text, press_excerpt=text),
        max_size=2,
    ),
)


def plain(content: Content) -> Any:
    return msgspec.json.decode(msgspec.json.encode(content))


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every single value in a content turned into plain lists and dicts."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from leaves(inner, (*path, key))
    else:
        yield path


def changed(content: Content, path: Path) -> Content:
    """The content with the one value at ``path`` made another."""
    *outer, last = path
    place = whole = plain(content)
    for key in outer:
        place = place[key]
    place[last] = another(place[last], last)
    return msgspec.convert(whole, Content)


def another(value: Any, key: str | int) -> Any:
    match key, value:
        case "confidence", float():
            return 1.0 - value if value != 0.5 else 0.4
        case "published", _:
            return None if value else "2026-01-01T00:00:00Z"
        case "priority", _:
            return "low" if value == "high" else "high"
        case "field", _:
            return "text" if value == "title" else "title"
        case _, int():
            return value + 1
    return value + "x"


PATHS = tuple(leaves(plain(a_content())))


def test_the_same_text_has_the_same_digest() -> None:
    assert digest(a_content(), a_policy()) == digest(a_content(), a_policy())


def test_the_digest_of_a_known_text_stays_what_it_is_for_ever() -> None:
    content = Content(
        title="Blåvik", quadrant="Risk", priority="low", summary=(Statement(text="A €1 toll"),)
    )

    assert digest(content, a_policy()) == (
        "ab72559dcefd0c897ca43b67f6a0f919e6f9405a03711a909fcca80c59b5d7bc"
    )


@pytest.mark.parametrize("path", [p for p in PATHS if p[-1] != "confidence"], ids=str)
def test_each_thing_a_reader_sees_is_in_the_digest(path: Path) -> None:
    assert digest(changed(a_content(), path), a_policy()) != digest(a_content(), a_policy())


def test_a_confidence_is_not_in_the_digest() -> None:
    content = a_content(evidence=(an_evidence(confidence=0.1),))

    assert digest(content, a_policy()) == digest(a_content(), a_policy())


@settings(deadline=None, database=None)
@given(contents, st.data())
def test_any_visible_change_changes_the_digest_and_no_other_does(
    content: Content, choice: st.DataObject
) -> None:
    path = choice.draw(st.sampled_from(tuple(leaves(plain(content)))))

    same = digest(changed(content, path), a_policy()) == digest(content, a_policy())

    assert same is (path[-1] == "confidence" and path[0] == "evidence")


@settings(deadline=None, database=None)
@given(contents, contents)
def test_two_contents_share_a_digest_only_if_they_read_the_same(
    one: Content, other: Content
) -> None:
    def seen(content: Content) -> Content:
        return replace(content, evidence=tuple(replace(e, confidence=0) for e in content.evidence))

    same = digest(one, a_policy()) == digest(other, a_policy())

    assert same is (seen(one) == seen(other))


def test_the_required_roles_are_in_the_digest_and_their_order_is_not() -> None:
    roles = digest(a_content(), a_policy("Analyst", "Strategy Head"))

    assert digest(a_content(), a_policy("Strategy Head", "Analyst")) == roles
    assert digest(a_content(), a_policy("Analyst", "Board")) != roles


def test_dual_sign_off_is_in_the_digest() -> None:
    assert digest(a_content(), a_policy(dual=False)) != digest(a_content(), a_policy())


def test_the_order_of_evidence_is_in_the_digest() -> None:
    one, two = an_evidence(), an_evidence(id="e2")

    forth, back = a_content(evidence=(one, two)), a_content(evidence=(two, one))

    assert digest(forth, a_policy()) != digest(back, a_policy())


def test_text_is_digested_as_it_is_without_unicode_normalisation() -> None:
    composed, decomposed = a_content(title="Bl\u00e5vik"), a_content(title="Bla\u030avik")

    assert digest(composed, a_policy()) != digest(decomposed, a_policy())


@pytest.mark.parametrize(
    "content",
    [a_content(title="\ud800"), a_content(evidence=(an_evidence(end=2**53),))],
    ids=["half a character", "a number no JSON reader can hold"],
)
def test_what_has_no_canonical_form_is_refused_in_a_sentence(content: Content) -> None:
    with pytest.raises(Invalid, match="cannot be digested"):
        digest(content, a_policy())


def test_an_edition_digest_does_not_depend_on_the_order_of_briefs() -> None:
    rows = [("berth-fees", "a" * 64), ("ferry-strike", "b" * 64)]

    assert edition_digest(rows) == edition_digest(reversed(rows))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("berth-fees", "a" * 64)],
        [("berth-fees", "a" * 64), ("ferry-strike", "c" * 64)],
        [("berth-fees", "b" * 64), ("ferry-strike", "a" * 64)],
    ],
)
def test_an_edition_digest_changes_with_any_brief_of_it(rows: list[tuple[str, str]]) -> None:
    before = [("berth-fees", "a" * 64), ("ferry-strike", "b" * 64)]

    assert edition_digest(rows) != edition_digest(before)
