"""Entries that somebody sends."""

from engine.ingest.pushed import cleaned
from engine.model import Entry


def test_pushed_markup_becomes_plain_text() -> None:
    entry = Entry(title="<b>Quay</b> shut\u202e", text="<p>One.</p><script>x</script>", guid=" 1 ")

    assert cleaned([entry]).entries == (Entry(title="Quay shut", text="One.", guid="1"),)


def test_a_missing_title_is_the_first_sentence() -> None:
    assert cleaned([Entry(title=" ", text="Quay shut. Ships wait.")]).entries[0].title == (
        "Quay shut."
    )


def test_what_has_nothing_is_rejected_by_its_position() -> None:
    parsed = cleaned([Entry(title="Quay"), Entry(title="<p></p>")], start=50)

    assert len(parsed.entries) == 1
    assert [each.position for each in parsed.rejected] == [52]
