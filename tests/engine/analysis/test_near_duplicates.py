import pytest

from engine.analysis.near_duplicates import NearDuplicates
from engine.analysis.words import Background

BODY = (
    "Engineers in Qelvar closed the northern barrage on Monday after divers reported cracks along "
    "the eastern foundation. The water board said reservoirs stood at half their usual level, and "
    "asked farmers downstream to postpone irrigation until inspectors finish their survey. Mayor "
    "Ilka Torvend promised compensation for growers, while opposition councillors demanded "
    "publication of earlier maintenance reports. Repairs should begin next week and could last "
    "until harvest, according to contractor Brassfield Works, whose crews arrived overnight."
)


@pytest.fixture
def copies(background: Background) -> NearDuplicates:
    return NearDuplicates(background)


def found(copies: NearDuplicates, first: tuple[str, str], second: tuple[str, str]) -> bool:
    original, other = copies.fingerprint(*first), copies.fingerprint(*second)
    assert original is not None
    assert other is not None
    copies.add("original", original)
    return copies.find(other) == "original"


@pytest.mark.parametrize(
    "copy",
    [
        "QELVAR DAM CLOSED AFTER DIVERS FIND CRACKS IN FOUNDATION",
        "UPDATE 2-Qelvar dam closed after divers find cracks in foundation",
        "Qelvar dam closed after divers find cracks in the foundation (VIDEO)",
        "Qelvar dam closed after divers find cracks  ...",
    ],
)
def test_a_syndicated_headline_is_a_copy(copies: NearDuplicates, copy: str) -> None:
    assert found(
        copies, ("Qelvar dam closed after divers find cracks in foundation", ""), (copy, "")
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Qelvar ferry toll rises to 40 dead", "Qelvar ferry toll rises to 60 dead"),
        ("Qelvar court upholds fishing quota law", "Qelvar court overturns fishing quota law"),
        ("Qelvar council will raise harbour fees", "Qelvar council will not raise harbour fees"),
        ("Senate to investigate harbour recall", "Harbour investigates recall"),
    ],
)
def test_a_headline_with_another_fact_is_no_copy(
    copies: NearDuplicates, first: str, second: str
) -> None:
    assert not found(copies, (first, ""), (second, ""))


def test_a_body_under_another_title_and_cut_short_is_a_copy(copies: NearDuplicates) -> None:
    shortened = BODY.rpartition(", according")[0]

    assert found(
        copies, ("Barrage closed", BODY), ("Farmers told to wait", "QELVAR — " + shortened)
    )


def test_a_body_with_a_replaced_figure_is_an_update(copies: NearDuplicates) -> None:
    first = BODY + " Damage is put at 40 million crowns."
    second = BODY + " Damage is put at 65 million crowns."

    assert not found(copies, ("Barrage closed", first), ("Barrage closed", second))


def test_a_body_that_goes_on_is_an_update(copies: NearDuplicates) -> None:
    added = (
        " On Tuesday prosecutors searched the contractor's offices and seized ledgers, emails and "
        "inspection photographs. Two directors resigned; the regional assembly called an "
        "extraordinary session, and insurers suspended cover for neighbouring dykes, weirs, "
        "sluices and pumping stations across Ostrava valley."
    )

    assert not found(copies, ("Barrage closed", BODY), ("Barrage closed", BODY + added))


def test_too_few_words_cannot_be_told_apart(copies: NearDuplicates) -> None:
    assert copies.fingerprint("Market report", "") is None


def test_a_forgotten_original_is_not_found(copies: NearDuplicates) -> None:
    fingerprint = copies.fingerprint("Barrage closed", BODY)
    assert fingerprint is not None
    copies.add("one", fingerprint)
    copies.add("two", fingerprint)

    copies.forget("one")

    assert copies.find(fingerprint) == "two"
    assert len(copies) == 1


def test_adding_an_original_twice_keeps_it_once(copies: NearDuplicates) -> None:
    fingerprint = copies.fingerprint("Barrage closed", BODY)
    assert fingerprint is not None
    copies.add("one", fingerprint)
    copies.add("one", fingerprint)

    copies.forget("one")

    assert copies.find(fingerprint) is None
