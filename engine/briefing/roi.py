"""Hours the desk has saved, by an estimate whose every assumption comes back with it. Pure.

before = issues × days × hours a day ÷ roles; after = issues × minutes; saved = before − after;
full-time equivalents = saved ÷ hours a week. Never below zero.
"""

from engine.model import Roi, RoiAssumptions


def roi(issues: int, assumptions: RoiAssumptions) -> Roi:
    """What ``issues`` would have cost by hand, and what they cost now; hours to two decimals."""
    by_hand = assumptions.days_per_issue * assumptions.hours_per_day
    before = issues * by_hand / assumptions.roles_sharing
    after_minutes = issues * assumptions.minutes_per_issue_after
    saved = max(0.0, before - after_minutes / 60)
    return Roi(
        issues_processed=issues,
        before_hours=round(before, 2),
        after_minutes=round(after_minutes, 2),
        hours_saved=round(saved, 2),
        fte_equiv=round(saved / assumptions.hours_per_week, 3),
        assumptions=assumptions,
    )
