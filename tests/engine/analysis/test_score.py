from datetime import UTC, datetime, timedelta

import pytest

from engine.analysis.score import Facts, priority_of, rate

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def facts(**changes: object) -> Facts:
    plain: dict[str, object] = {
        "items": 9,
        "publishers": 7,
        "duplicates": 0,
        "impact_items": 2,
        "times": [NOON - timedelta(minutes=15 * n) for n in range(8, -1, -1)],
        "relevance": 0.9,
        "confidence": 0.8,
    }
    return Facts(**{**plain, **changes})  # type: ignore[arg-type]  # names are Facts' own


@pytest.mark.parametrize(
    "weaker",
    [
        {"publishers": 2},
        {"impact_items": 0},
        {"relevance": 0.3},
        {"confidence": 0.3},
        {"times": [NOON - timedelta(hours=30)] * 9},
    ],
)
def test_each_part_lifts_the_score(weaker: dict[str, object]) -> None:
    assert rate(facts(**weaker), NOON).value < rate(facts(), NOON).value


def test_more_items_lift_the_score() -> None:
    few, many = facts(items=4, impact_items=0), facts(items=9, impact_items=0)

    assert rate(few, NOON).value < rate(many, NOON).value


def test_one_item_of_one_publisher_is_low() -> None:
    alone = facts(items=1, publishers=1, impact_items=0, times=[NOON])

    assert rate(alone, NOON).value == 0.0
    assert rate(alone, NOON).priority == "low"


def test_many_publishers_with_harm_right_now_are_critical() -> None:
    loud = facts(items=40, publishers=25, impact_items=30, times=[NOON] * 40)

    assert rate(loud, NOON).priority == "critical"


def test_an_issue_fades_with_time() -> None:
    values = [rate(facts(), NOON + timedelta(hours=hours)).value for hours in (0, 12, 24, 72)]

    assert values == sorted(values, reverse=True)
    assert values[0] > values[-1]


@pytest.mark.parametrize(
    ("value", "priority"),
    [(0.0, "low"), (0.3, "medium"), (0.55, "high"), (0.75, "critical"), (1.0, "critical")],
)
def test_priorities_follow_the_score(value: float, priority: str) -> None:
    assert priority_of(value) == priority


def test_the_reasons_say_who_and_when() -> None:
    reasons = rate(facts(duplicates=1, impact_items=9), NOON).reasons

    assert reasons == (
        "7 publishers in 2 hours",
        "9 items in the last 6 hours",
        "1 syndicated copy",
        "words of harm or large effect in 9 of 9 items",
    )


def test_the_reasons_say_what_speaks_against_it() -> None:
    old = facts(times=[NOON - timedelta(days=3)] * 9, relevance=0.2, publishers=1)

    assert rate(old, NOON).reasons[-2:] == ("nothing new for 3 days", "probably off topic")
    assert rate(old, NOON).reasons[0] == "1 publisher at once"


def test_a_time_in_the_future_is_as_fresh_as_now() -> None:
    ahead = facts(times=[NOON + timedelta(minutes=5)])

    assert rate(ahead, NOON).value <= 1.0
