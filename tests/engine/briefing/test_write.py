"""Briefs: true quotes, no repetition, nothing invented, always the same."""

import time
from collections.abc import Callable, Sequence
from itertools import chain, combinations

from msgspec.structs import replace
from numpy import float32
from numpy.typing import NDArray

from engine.analysis.embed import Embedder
from engine.briefing.candidates import ITEMS_READ
from engine.briefing.write import LONGEST_SUMMARY, write
from engine.model import AUDIENCES, Content, Issue, Item, Statement

Embed = Callable[[Sequence[str]], NDArray[float32]]
Split = Callable[[str], Sequence[tuple[int, int]]]


def texts(statements: Sequence[Statement]) -> list[str]:
    return [each.text for each in statements]


def parts(content: Content) -> list[Statement]:
    return list(chain(content.summary, content.risks, content.opportunities))


def test_every_quote_stands_in_its_item_at_its_offsets(
    story: tuple[Item, ...], make_issue: Callable[[], Issue], embed: Embed, split: Split
) -> None:
    content = write(make_issue(), story, (), embed, split)

    by_id = {item.id: item for item in story}
    assert len(content.evidence) >= 3
    for each in content.evidence:
        item = by_id[each.item_id]
        assert getattr(item, each.field)[each.start : each.end] == each.quote
        assert (each.publisher, each.url) == (item.publisher, item.url)


def test_every_statement_is_a_quoted_sentence_and_every_citation_exists(
    story: tuple[Item, ...], make_issue: Callable[[], Issue], embed: Embed, split: Split
) -> None:
    content = write(make_issue(), story, (), embed, split)

    quotes = {each.id: each.quote for each in content.evidence}
    assert all(quotes[each.evidence[0]] == each.text for each in parts(content))
    assert all(key in quotes for each in content.recommendations for key in each.evidence)


def test_the_same_story_always_makes_the_same_brief(
    story: tuple[Item, ...], make_issue: Callable[[], Issue], embed: Embed, split: Split
) -> None:
    first = write(make_issue(), story, AUDIENCES, embed, split)

    assert write(make_issue(), story[::-1], AUDIENCES, embed, split) == first


def test_the_summary_opens_with_what_most_publishers_say(
    story: tuple[Item, ...], make_issue: Callable[[], Issue], embed: Embed, split: Split
) -> None:
    content = write(make_issue(), story, (), embed, split)

    lead = content.summary[0]
    assert "eastern quay" in lead.text
    cited = [each for each in content.evidence if each.id in lead.evidence]
    assert {each.publisher for each in cited} == {"Ellmouth Post", "Calder Courier"}


def test_the_summary_has_three_to_five_statements_that_differ(
    story: tuple[Item, ...], make_issue: Callable[[], Issue], embed: Embed, split: Split
) -> None:
    summary = texts(write(make_issue(), story, (), embed, split).summary)

    assert 3 <= len(summary) <= LONGEST_SUMMARY
    vectors = embed(summary)
    assert all(float(a @ b) < 0.82 for a, b in combinations(vectors, 2))


def test_risks_and_opportunities_are_sentences_that_carry_a_cue(
    story: tuple[Item, ...], make_issue: Callable[[], Issue], embed: Embed, split: Split
) -> None:
    content = write(make_issue(), story, (), embed, split)

    assert any("injured" in text for text in texts(content.risks))
    assert any("approved a pilot" in text for text in texts(content.opportunities))
    assert not set(texts(content.risks)) & set(texts(content.opportunities))


def test_a_story_without_cues_has_neither(
    make_item: Callable[[str], Item], make_issue: Callable[[], Issue], embed: Embed, split: Split
) -> None:
    calm = make_item("The harbour board of Ellmouth met in the town hall for its yearly session.")

    content = write(make_issue(), [calm], (), embed, split)

    assert (content.risks, content.opportunities) == ((), ())


def test_questions_and_page_furniture_are_never_quoted(
    story: tuple[Item, ...], make_issue: Callable[[], Issue], embed: Embed, split: Split
) -> None:
    content = write(make_issue(), story, (), embed, split)

    quoted = " ".join(each.quote for each in content.evidence)
    assert "Who pays" not in quoted
    assert "Read more" not in quoted


def test_an_item_without_a_body_is_quoted_by_its_title(
    make_item: Callable[[str], Item], make_issue: Callable[[], Issue], embed: Embed, split: Split
) -> None:
    bare = make_item("")

    content = write(make_issue(), [bare], (), embed, split)

    (evidence,) = content.evidence
    assert (evidence.field, evidence.quote) == ("title", bare.title)


def test_without_items_the_title_is_all_there_is(
    make_issue: Callable[[], Issue], embed: Embed, split: Split
) -> None:
    issue = make_issue()

    content = write(issue, [], ("CEO",), embed, split)

    assert content.summary == (Statement(text=issue.title),)
    assert content.evidence == ()
    assert all(each.evidence == () for each in content.recommendations)


def test_assets_are_made_for_the_audiences_asked_for(
    story: tuple[Item, ...], make_issue: Callable[[], Issue], embed: Embed, split: Split
) -> None:
    content = write(make_issue(), story, ("Board", "CEO"), embed, split)

    assert set(content.assets) == {"Board", "CEO"}


def test_only_the_newest_items_are_read(
    make_item: Callable[..., Item], make_issue: Callable[[], Issue], embed: Embed, split: Split
) -> None:
    old = make_item("The oldest report says that the quay was shut by the board.", hours=-99)
    new = [make_item(f"Report number {n} says the quay stays shut for now.") for n in range(50)]

    content = write(make_issue(), [old, *new[:ITEMS_READ]], (), embed, split)

    assert old.id not in {each.item_id for each in content.evidence}


def test_thirty_items_take_no_long_time(
    story: tuple[Item, ...], make_issue: Callable[[], Issue], split: Split
) -> None:
    items = [replace(item, id=f"{item.id}-{n}") for n in range(10) for item in story]
    embedder = Embedder.load()
    write(make_issue(), items, AUDIENCES, embedder.embed, split)
    started = time.process_time()

    write(make_issue(), items, AUDIENCES, embedder.embed, split)

    assert time.process_time() - started < 0.25
