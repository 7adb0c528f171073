"""Who is looking at which brief."""

from engine.events.event import Event
from server.live.presence import Viewers
from tests.server.live.fakes import viewers_of


def told(*views: tuple[str, str, str]) -> list[Event]:
    """What is published while connections look at briefs, one after another."""
    events: list[Event] = []
    viewers = Viewers(events.append)
    for view in views:
        viewers.view(*view)
    return events


def test_names_are_told_in_order_and_once_each() -> None:
    events = told(("s1", "Ole", "levy"), ("s2", "Ana", "levy"), ("s3", "Ana", "levy"))

    assert events[-1] == viewers_of("levy", "Ana", "Ole")


def test_looking_elsewhere_is_told_of_both_briefs() -> None:
    events = told(("s1", "Ana", "levy"), ("s1", "Ana", "grid"))

    assert events[1:] == [viewers_of("levy"), viewers_of("grid", "Ana")]


def test_looking_at_the_same_brief_again_is_no_news() -> None:
    assert len(told(("s1", "Ana", "levy"), ("s1", "Ana", "levy"))) == 1


def test_who_edits_is_told_beside_who_looks() -> None:
    events: list[Event] = []
    viewers = Viewers(events.append)
    viewers.view("s1", "Ole", "levy")

    viewers.view("s2", "Ana", "levy", editing=True)
    viewers.view("s2", "Ana", "levy")

    assert events[1:] == [
        viewers_of("levy", "Ana", "Ole", editors=("Ana",)),
        viewers_of("levy", "Ana", "Ole"),
    ]


def test_whoever_leaves_edits_no_more() -> None:
    events: list[Event] = []
    viewers = Viewers(events.append)
    viewers.view("s1", "Ana", "levy", editing=True)

    viewers.leave("s1")

    assert events[-1] == viewers_of("levy")


def test_leaving_is_told_once() -> None:
    events: list[Event] = []
    viewers = Viewers(events.append)
    viewers.view("s1", "Ana", "levy")

    viewers.leave("s1")
    viewers.leave("s1")

    assert events[1:] == [viewers_of("levy")]
