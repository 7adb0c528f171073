"""No changed byte of the log's pages passes for what was recorded. 2,000 of them, by command:
``bench/desk/tampering.py``."""

from pathlib import Path

from bench.desk.tampering import changes


def test_a_changed_byte_is_found_or_changes_nothing(tmp_path: Path) -> None:
    outcomes = [change.outcome for change in changes(tmp_path, count=80, seed=7)]

    assert "accepted" not in outcomes
    assert outcomes.count("found") > 20
