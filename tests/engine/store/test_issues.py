"""A page of issues is put together by SQLite; it must read as the rows themselves do."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection

from engine.model import PRIORITIES, Issue, Priority
from engine.store import issues, log
from engine.store.database import Database

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DAY = "2026-03-02"


def issue(n: int, *, quadrant: str = "Risk", priority: Priority = "low") -> Issue:
    return Issue(
        id=f"i-{n}",
        title=f'Fähre "{n}", verspätet \u2028',
        quadrant=quadrant,
        confidence=0.5,
        relevance=0.5,
        score=n / 10,
        priority=priority,
        needs_review=False,
        item_count=1,
        source_count=1,
        duplicate_count=0,
        first_seen=NOW,
        last_seen=NOW,
        edition=DAY,
    )


ROWS = [
    issue(1),
    issue(4, quadrant="Policy"),
    issue(3, priority="high"),
    issue(2, quadrant="Policy", priority="high"),
]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = Database(tmp_path)
    database.open()
    with database.writing.begin() as writing:
        log.head(writing)
        issues.put(writing, ROWS)
    with database.reading.begin() as reading:
        yield reading
    database.close()


def ids(listing: issues.Listing) -> list[str]:
    return [row.id for row in msgspec.json.decode(listing.issues, type=list[Issue])]


def listed(
    connection: Connection,
    *,
    quadrant: str | None = None,
    min_score: float = 0.0,
    priorities: tuple[Priority, ...] = PRIORITIES,
    limit: int = 100,
    offset: int = 0,
) -> issues.Listing:
    return issues.listing(
        connection,
        DAY,
        quadrant=quadrant,
        min_score=min_score,
        priorities=priorities,
        limit=limit,
        offset=offset,
    )


def test_a_listing_holds_the_rows_word_for_word_highest_score_first(
    connection: Connection,
) -> None:
    listing = listed(connection)

    rows = msgspec.json.decode(listing.issues, type=list[Issue])
    assert rows == issues.of_edition(connection, DAY)
    assert [row.score for row in rows] == [0.4, 0.3, 0.2, 0.1]


def test_a_listing_counts_what_is_on_other_pages(connection: Connection) -> None:
    listing = listed(connection, limit=2, offset=1)

    assert ids(listing) == ["i-3", "i-2"]
    assert listing.total == 4


@pytest.mark.parametrize(
    ("quadrant", "priorities", "expected"),
    [
        ("Policy", PRIORITIES, ["i-4", "i-2"]),
        (None, ("high",), ["i-3", "i-2"]),
        ("Policy", ("high",), ["i-2"]),
    ],
)
def test_every_condition_narrows_a_listing_and_its_count(
    connection: Connection,
    quadrant: str | None,
    priorities: tuple[Priority, ...],
    expected: list[str],
) -> None:
    listing = listed(connection, quadrant=quadrant, priorities=priorities)

    assert ids(listing) == expected
    assert listing.total == len(expected)


@pytest.mark.parametrize("by_quadrant", [False, True])
@pytest.mark.parametrize("by_priority", [False, True])
def test_counting_reads_the_index_and_no_issue(
    connection: Connection, by_quadrant: bool, by_priority: bool
) -> None:
    given: dict[str, object] = {"edition": DAY, "min_score": 0, "limit": 1, "offset": 0}
    given |= {"quadrant": "Risk"} if by_quadrant else {}
    given |= {"priorities": ["high"]} if by_priority else {}
    statement = issues._listing(by_quadrant, by_priority).params(given)
    sql = statement.compile(connection, compile_kwargs={"literal_binds": True})

    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")

    told = [row[3] for row in plan]
    (counting,) = (each for each in told if "issues USING COVERING INDEX" in each)
    assert "edition=? AND score>?" in counting


def test_a_listing_of_nothing_is_an_empty_array(connection: Connection) -> None:
    assert listed(connection, min_score=0.9).issues == b"[]"
