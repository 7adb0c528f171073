"""Hours saved, and what that rests on."""

from engine.briefing.roi import roi
from engine.model import RoiAssumptions


def test_hours_before_and_after_follow_the_assumptions() -> None:
    answer = roi(20, RoiAssumptions())

    assert (answer.issues_processed, answer.before_hours, answer.after_minutes) == (20, 20.0, 100.0)
    assert (answer.hours_saved, answer.fte_equiv) == (18.33, 0.458)


def test_the_assumptions_come_back_with_the_answer() -> None:
    given = RoiAssumptions(roles_sharing=2, hours_per_week=35)

    answer = roi(1, given)

    assert answer.assumptions == given
    assert answer.before_hours == 2.0


def test_nothing_processed_saves_nothing() -> None:
    assert roi(0, RoiAssumptions()).hours_saved == 0


def test_hours_saved_are_never_negative() -> None:
    assert roi(3, RoiAssumptions(minutes_per_issue_after=600)).hours_saved == 0
