from engine.ingest.portions import CHARACTERS, COUNT, entry_weight, portions
from engine.model import Entry


def weigh(text: str) -> int:
    return len(text)


def test_short_texts_are_cut_by_their_number() -> None:
    whole = ["a"] * (2 * COUNT + 1)

    assert [len(part) for part in portions(whole, weigh)] == [COUNT, COUNT, 1]


def test_long_texts_are_cut_by_their_length() -> None:
    whole = ["é" * (CHARACTERS // 2)] * 5

    assert [len(part) for part in portions(whole, weigh)] == [2, 2, 1]


def test_a_text_that_is_too_long_goes_alone() -> None:
    whole = ["a", "b" * (CHARACTERS + 1), "c"]

    assert list(portions(whole, weigh)) == [("a",), (whole[1],), ("c",)]


def test_nothing_gives_no_portion() -> None:
    assert list(portions([], weigh)) == []


def test_an_entry_weighs_what_its_long_fields_hold() -> None:
    assert entry_weight(Entry(title="ab", text="cde", url="f", guid="g")) == 7
