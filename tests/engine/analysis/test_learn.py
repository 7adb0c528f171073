import numpy as np
import pytest

from engine.analysis.learn import REMEMBERED, Lessons

EAST = np.array([1, 0, 0], dtype=np.float32)
NORTH = np.array([0, 1, 0], dtype=np.float32)


def test_what_was_never_corrected_stays_as_it_was() -> None:
    scores = np.array([[0.2, 0.8]])

    assert Lessons().adjust(EAST[None], scores) is scores


def test_a_lesson_counts_where_it_was_taught_and_hardly_elsewhere() -> None:
    lessons = Lessons()

    lessons.teach("one", EAST, np.array([1.0, -1.0]))

    adjusted = lessons.adjust(np.stack([EAST, NORTH]), np.zeros((2, 2)))
    assert adjusted[0] == pytest.approx([0.91, -0.91], abs=0.01)
    assert np.abs(adjusted[1]).max() < 0.01


def test_a_second_correction_of_a_subject_replaces_the_first() -> None:
    lessons, fresh = Lessons(), Lessons()

    lessons.teach("one", EAST, np.array([1.0, -1.0]))
    lessons.teach("one", EAST, np.array([-1.0, 1.0]))
    fresh.teach("one", EAST, np.array([-1.0, 1.0]))

    zero = np.zeros((1, 2))
    assert np.array_equal(lessons.adjust(EAST[None], zero), fresh.adjust(EAST[None], zero))


def test_only_the_newest_corrections_are_remembered() -> None:
    lessons = Lessons()
    lessons.teach("first", NORTH, np.array([5.0, 5.0]))

    for number in range(REMEMBERED):
        lessons.teach(str(number), EAST, np.array([0.0, 0.0]))

    assert lessons.adjust(NORTH[None], np.zeros((1, 2))) == pytest.approx(np.zeros((1, 2)))
