"""What the worker does: positions, rebuilding, and work for the other rooms."""

from datetime import UTC, datetime

import pytest

from engine.analysis.readings import AnalysedItem, Placed
from engine.errors import NotFound
from engine.ingest.parsed import Parsed, Rows
from engine.model import Content, Issue, Item
from engine.worker.jobs import (
    Assign,
    Assigned,
    Correct,
    Corrected,
    Disband,
    Disbanded,
    Done,
    ParseFeed,
    ParseRows,
    Regrouped,
    Relearn,
    Replay,
    Reread,
    Reset,
    Settle,
    Stale,
    WriteBrief,
)
from engine.worker.workbench import Workbench

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FERRY = AnalysedItem(
    id="itm-1", title="Port of Ellmouth suspends ferries after quay collapse", arrived=NOW
)


@pytest.fixture
def bench() -> Workbench:
    bench = Workbench()
    bench.do(Settle(position=4))
    return bench


def test_a_batch_at_the_right_position_is_placed_and_moves_it_on(bench: Workbench) -> None:
    answer = bench.do(Assign(position=4, items=(FERRY,), now=NOW))

    assert isinstance(answer, Assigned)
    assert answer.position == 5
    assert [each.item_id for each in answer.analysis.assignments] == ["itm-1"]


def test_the_old_position_after_a_failed_commit_is_stale(bench: Workbench) -> None:
    bench.do(Assign(position=4, items=(FERRY,), now=NOW))

    assert bench.do(Assign(position=4, items=(FERRY,), now=NOW)) == Stale(position=5)


def test_a_fresh_worker_stands_nowhere() -> None:
    assert Workbench().do(Assign(position=0, items=(), now=NOW)) == Stale(position=None)


def test_a_rebuilt_worker_goes_on_where_the_store_stands(bench: Workbench) -> None:
    before = bench.do(Assign(position=4, items=(FERRY,), now=NOW))
    issue_id = before.analysis.assignments[0].issue_id

    bench.do(Reset())
    bench.do(Replay(placed=(Placed(item=FERRY, issue_id=issue_id),)))
    bench.do(Relearn(issue_id=issue_id, quadrant="Industry"))
    settled = bench.do(Settle(position=9))
    answer = bench.do(Assign(position=9, items=(), now=NOW))

    assert settled == Done(position=9)
    assert isinstance(answer, Assigned)


def test_a_correction_is_learned_and_moves_the_position_on(bench: Workbench) -> None:
    placed = bench.do(Assign(position=4, items=(FERRY,), now=NOW))
    issue_id = placed.analysis.assignments[0].issue_id

    answer = bench.do(Correct(position=5, issue_id=issue_id, quadrant="Industry"))

    assert isinstance(answer, Corrected)
    assert (answer.position, answer.reading.quadrant) == (6, "Industry")


def test_a_failed_correction_leaves_it_nowhere(bench: Workbench) -> None:
    with pytest.raises(NotFound):
        bench.do(Correct(position=4, issue_id="nothing", quadrant="Industry"))

    assert bench.do(Assign(position=4, items=(), now=NOW)) == Stale(position=None)


def test_items_that_were_put_elsewhere_are_read_there_and_move_the_position_on(
    bench: Workbench,
) -> None:
    placed = bench.do(Assign(position=4, items=(FERRY,), now=NOW))
    opened = placed.analysis.assignments[0].issue_id

    begun = bench.do(Disband(position=5, issue_ids=(opened, "quay")))
    bench.do(Replay(placed=(Placed(item=FERRY, issue_id="quay"),)))
    answer = bench.do(Reread(position=6, issue_ids=("quay",), now=NOW))

    assert begun == Disbanded(position=6)
    assert isinstance(answer, Regrouped)
    assert [(each.id, each.item_count) for each in answer.readings] == [("quay", 1)]
    assert bench.do(Assign(position=6, items=(), now=NOW)).position == 7


def test_a_worker_that_died_while_items_were_put_elsewhere_is_not_believed() -> None:
    bench = Workbench()
    bench.do(Replay(placed=(Placed(item=FERRY, issue_id="quay"),)))

    assert bench.do(Reread(position=6, issue_ids=("quay",), now=NOW)) == Stale(position=None)
    assert bench.do(Assign(position=6, items=(), now=NOW)) == Stale(position=None)


def test_it_stands_nowhere_until_all_is_read_again(bench: Workbench) -> None:
    bench.do(Disband(position=4, issue_ids=("quay",)))

    assert bench.do(Assign(position=4, items=(), now=NOW)) == Stale(position=None)
    assert bench.do(Disband(position=3, issue_ids=())) == Stale(position=None)


def test_it_parses_feeds_and_rows() -> None:
    bench = Workbench()
    feed = b"<rss version='2.0'><channel><item><title>Quay open</title></item></channel></rss>"

    parsed = bench.do(ParseFeed(body=feed, url=""))
    rows = bench.do(
        ParseRows(
            kind="csv", body=b"title\nQuay open\n", columns={}, layout=None, start=0, final=True
        )
    )

    assert isinstance(parsed, Parsed)
    assert isinstance(rows, Rows)
    assert [e.title for e in parsed.entries] == [e.title for e in rows.entries] == ["Quay open"]


def test_it_writes_a_brief_with_the_assets_that_were_asked_for() -> None:
    item = Item(
        id="itm-1",
        source_id="wire",
        title="Ellmouth quay collapses",
        text="The eastern quay of Ellmouth collapsed on Monday. Ferries are suspended until May.",
        url="",
        guid="1",
        publisher="Ellmouth Post",
        published=NOW,
        arrived=NOW,
        edition="2026-03-02",
    )
    issue = Issue(
        id="quay",
        title="Ellmouth quay collapses",
        quadrant="Risk",
        confidence=0.9,
        relevance=0.9,
        score=0.8,
        priority="high",
        needs_review=False,
        item_count=1,
        source_count=1,
        duplicate_count=0,
        first_seen=NOW,
        last_seen=NOW,
        edition="2026-03-02",
    )

    content = Workbench().do(WriteBrief(issue=issue, items=(item,), audiences=("CEO", "Board")))

    assert isinstance(content, Content)
    assert sorted(content.assets) == ["Board", "CEO"]
