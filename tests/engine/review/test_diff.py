"""The difference as a person reads it."""

from msgspec.structs import replace

from engine.model import Statement
from engine.review import diff
from tests.engine.builders import a_content, an_assets, an_evidence


def test_two_contents_that_read_the_same_have_no_difference() -> None:
    surer = a_content(evidence=(an_evidence(confidence=0.1),))

    assert diff(a_content(), surer) == ()


def test_a_changed_statement_shows_old_and_new_under_its_heading() -> None:
    old = a_content()

    new = replace(old, risks=(Statement(text="Nobody carries the cost.", evidence=("e1",)),))

    assert diff(old, new) == (
        "@@ -4,3 +4,3 @@",
        " Summary: Berth fees rise by nine percent from June. [e1]",
        "-Risks: Members with fixed contracts carry the cost. [e1]",
        "+Risks: Nobody carries the cost. [e1]",
        " Opportunities: The council is open to a phased increase.",
    )


def test_one_more_quote_does_not_touch_the_others() -> None:
    more = an_evidence(id="e0", quote="Shippers had asked for a delay.")

    lines = diff(a_content(), a_content(evidence=(more, an_evidence())))

    assert [line[:6] for line in lines if line[0] in "+-"] == ["+[e0] "]


def test_a_change_of_what_a_quote_points_at_is_shown() -> None:
    lines = diff(a_content(), a_content(evidence=(an_evidence(start=3, published=None),)))

    assert [line[0] for line in lines].count("+") == 1


def test_copy_is_compared_line_by_line() -> None:
    old = a_content(assets={"CEO": an_assets(linkedin="Fees rise.\nWe object.")})
    new = a_content(assets={"CEO": an_assets(linkedin="Fees rise.\nWe accept.")})

    changed = [line for line in diff(old, new) if line[0] in "+-"]

    assert changed == ["-LinkedIn for CEO: We object.", "+LinkedIn for CEO: We accept."]


def test_an_emptied_title_is_shown_as_an_empty_line() -> None:
    assert "+Title: " in diff(a_content(), a_content(title=""))
