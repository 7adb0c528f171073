"""What the audit file leaves out."""

from engine.export.redact import redacted
from tests.engine.builders import an_audit_row


def test_notes_are_left_out_wherever_they_stand() -> None:
    told = {
        "signoff": {"role": "Analyst", "approve": False, "note": "Wrong figures"},
        "brief": {"declines": [{"role": "Analyst", "note": "Wrong figures"}]},
    }

    (row,) = redacted([an_audit_row("review.declined", told)], "berth-fees")

    assert row.data == {
        "signoff": {"role": "Analyst", "approve": False, "note": "[redacted]"},
        "brief": {"declines": [{"role": "Analyst", "note": "[redacted]"}]},
    }


def test_the_reason_for_clearing_is_left_out() -> None:
    (row,) = redacted([an_audit_row("review.cleared", {"reason": "Figures fixed"})], "berth-fees")

    assert row.data == {"reason": "[redacted]"}


def test_a_note_that_was_never_written_stays_empty() -> None:
    (row,) = redacted([an_audit_row("review.signed", {"note": ""})], "berth-fees")

    assert row.data == {"note": ""}


def test_erased_data_stays_erased() -> None:
    (row,) = redacted([an_audit_row("review.signed", None)], "berth-fees")

    assert row.data is None


def test_only_rows_about_the_brief_are_told() -> None:
    rows = [
        an_audit_row("review.signed", {}),
        an_audit_row("review.signed", {}, subject="ferry-strike"),
        an_audit_row("access.signed_in", {}),
    ]

    assert redacted(rows, "berth-fees") == (rows[0],)
