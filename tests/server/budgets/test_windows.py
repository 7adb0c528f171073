"""Counts of the running minute: on a given clock, and never more of them than allowed."""

import pytest

from server.budgets.windows import Windows


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_window_begins_with_the_first_count_and_ends_a_minute_later(clock: Clock) -> None:
    windows = Windows(clock)
    windows.incr("a", 60)
    clock.now += 59.9
    windows.incr("a", 60)
    before = windows.get("a")

    clock.now += 0.1

    assert (before, windows.get("a"), windows.incr("a", 60)) == (2, 0, 1)


def test_it_says_when_the_window_ends(clock: Clock) -> None:
    windows = Windows(clock)
    windows.incr("a", 60)

    clock.now += 20

    assert windows.seconds_left("a") == 40


def test_what_is_given_back_was_not_counted(clock: Clock) -> None:
    windows = Windows(clock)
    windows.incr("a", 60)

    windows.give_back("a")
    windows.give_back("a")
    windows.give_back("nobody")

    assert windows.get("a") == 0


def test_windows_that_have_ended_are_cleared_by_those_that_begin(clock: Clock) -> None:
    windows = Windows(clock)
    for number in range(100):
        windows.incr(f"old-{number}", 60)
    clock.now += 60

    for number in range(60):
        windows.incr(f"new-{number}", 60)

    assert len(windows) == 60


def test_past_the_bound_the_oldest_is_forgotten(clock: Clock) -> None:
    windows = Windows(clock, at_most=10)

    for number in range(25):
        windows.incr(f"key-{number}", 60)

    assert len(windows) <= 10
    assert windows.get("key-24") == 1


def test_a_key_that_begins_anew_is_the_youngest(clock: Clock) -> None:
    windows = Windows(clock, at_most=2)
    windows.incr("a", 60)
    clock.now += 30
    windows.incr("b", 60)
    clock.now += 30
    windows.incr("a", 60)

    windows.incr("c", 60)

    assert (windows.get("a"), windows.get("c")) == (1, 1)


def test_clearing_and_resetting_forget(clock: Clock) -> None:
    windows = Windows(clock)
    for key in ("a", "b", "c"):
        windows.incr(key, 60)

    windows.clear("a")

    assert (windows.check(), windows.get("a"), windows.reset(), len(windows)) == (True, 0, 2, 0)
