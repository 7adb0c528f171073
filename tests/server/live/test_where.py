"""Which events a subscription shows."""

import pytest

from engine.events.event import Event, Facets
from engine.events.ingest import IngestSourceRemoved
from engine.events.issue import IssueSplit
from engine.events.review import ReviewResumed
from engine.model import Interrupt, Snapshot
from server.live.messages import Where
from server.live.ring import Framed
from server.live.where import Filter, narrow
from tests.server.live.fakes import (
    EDITION,
    FakeLog,
    a_change,
    an_event,
    an_issue,
    viewers_of,
)

ALL = frozenset({"issue", "review", "ingest", "presence"})
RISK = Where(quadrant=("Risk",))
HIGH = Where(min_score=0.5)
LEVY = Where(subject=("harbour-levy",))


def a_split(quadrant: str, other: str) -> Event:
    return IssueSplit(
        issue=an_issue(quadrant=quadrant),
        other=an_issue("harbour-levy-2", other),
        was=Facets(quadrant, 0.5),
        by="Ana",
    )


resumed = ReviewResumed(interrupt=Interrupt(), by="Ana")


@pytest.mark.parametrize(
    ("where", "event", "is_shown"),
    [
        (Where(), an_event(), True),
        (RISK, an_event(quadrant="Risk"), True),
        (RISK, an_event(quadrant="Policy"), False),
        (HIGH, an_event(score=0.5), True),
        (HIGH, an_event(score=0.4), False),
        (Where(quadrant=("Risk",), min_score=0.5), an_event(quadrant="Risk", score=0.4), False),
        (LEVY, an_event("harbour-levy"), True),
        (LEVY, an_event("tidal-grid"), False),
        # leaving a filter is news, coming in too
        (RISK, a_change(Facets("Risk", 0.5), "Policy"), True),
        (RISK, a_change(Facets("Policy", 0.5), "Risk"), True),
        (RISK, a_change(Facets("Policy", 0.5), "Policy"), False),
        (HIGH, a_change(Facets("Policy", 0.6), score=0.4), True),
        # a story split off is news to whoever follows its quadrant
        (RISK, a_split("Policy", "Risk"), True),
        (RISK, a_split("Policy", "Policy"), False),
        # one state must hold in every part: not the quadrant of one and the score of the other
        (Where(quadrant=("Risk",), min_score=0.5), a_change(Facets("Risk", 0.1), score=0.9), False),
        # nothing to say about it: it passes
        (RISK, resumed, True),
        (LEVY, resumed, True),
        (HIGH, IngestSourceRemoved(source_id="wire-1"), True),
    ],
)
def test_where(where: Where, event: Event, is_shown: bool) -> None:
    (line,) = FakeLog().commit(event)

    assert Filter(ALL, where).shows(Framed(line)) is is_shown


def test_an_event_of_another_topic_is_hidden() -> None:
    (line,) = FakeLog().commit(an_event())

    assert not Filter(frozenset({"review"})).shows(Framed(line))


def test_latest_values_are_filtered_by_their_subject() -> None:
    seen: list[Framed] = []

    class Keep:
        def recorded(self, events: object) -> None: ...

        def latest(self, event: object) -> None:
            seen.append(Framed(event))

    log = FakeLog()
    log.listen(Keep())
    log.publish(viewers_of("harbour-levy", "Ana"))
    log.publish(viewers_of("tidal-grid", "Ana"))

    assert [Filter(ALL, LEVY).shows(event) for event in seen] == [True, False]


def test_data_is_not_read_unless_the_filter_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = FakeLog().commit(an_event())
    monkeypatch.setattr("server.live.where._decoder", None)

    assert Filter(ALL, LEVY).shows(Framed(line))


def test_a_snapshot_keeps_the_rows_that_the_filter_shows() -> None:
    rows = (an_issue("a", "Risk", 0.9), an_issue("b", "Policy", 0.9), an_issue("c", "Risk", 0.1))
    snapshot = Snapshot(at="e1-1", edition=EDITION, issues=rows, briefs=())

    narrowed = narrow(snapshot, Where(quadrant=("Risk",), min_score=0.5))

    assert [row.id for row in narrowed.issues or ()] == ["a"]
    assert narrowed.briefs == ()


def test_a_snapshot_is_narrowed_by_subject() -> None:
    snapshot = Snapshot(at="e1-1", edition=EDITION, issues=(an_issue("a"), an_issue("b")))

    narrowed = narrow(snapshot, Where(subject=("b",)))

    assert [row.id for row in narrowed.issues or ()] == ["b"]
    assert narrowed.briefs is None
