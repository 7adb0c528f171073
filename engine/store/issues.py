"""Issues and people's corrections."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    LargeBinary,
    Select,
    String,
    bindparam,
    cast,
    func,
    select,
    text,
    type_coerce,
)
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.sqlite import insert

from engine.model import PRIORITIES, Issue, Record
from engine.store.tables import corrections, issues, log_head


def put(connection: Connection, changed: Sequence[Issue]) -> None:
    """Store issues as they now are."""
    if not changed:
        return
    connection.execute(_UPSERT, [_row(issue) for issue in changed])


def _row(issue: Issue) -> dict[str, object]:
    return {
        "id": issue.id,
        "edition": issue.edition,
        "quadrant": issue.quadrant,
        "score": issue.score,
        "priority": issue.priority,
        "issue": issue,
    }


_INSERT = insert(issues)
_UPSERT = _INSERT.on_conflict_do_update(
    index_elements=[issues.c.id],
    set_={
        column.name: _INSERT.excluded[column.name] for column in issues.c if not column.primary_key
    },
)


def get(connection: Connection, issue_id: str) -> Issue | None:
    found: Issue | None = connection.execute(
        select(issues.c.issue).where(issues.c.id == issue_id)
    ).scalar()
    return found


def survivor(connection: Connection, issue: Issue) -> Issue:
    """The issue that ``issue`` was merged into, and that one perhaps into another."""
    while issue.merged_into is not None and (into := get(connection, issue.merged_into)):
        issue = into
    return issue


_MERGED_INTO = text(
    "SELECT id FROM issues WHERE json_extract(CAST(issue AS TEXT), '$.merged_into') IN :into"
).bindparams(bindparam("into", expanding=True))


def merged_into(connection: Connection, ids: Sequence[str]) -> list[str]:
    """Issues that went into one of these."""
    return list(connection.execute(_MERGED_INTO, {"into": list(ids)}).scalars())


def by_ids(connection: Connection, ids: Sequence[str]) -> dict[str, Issue]:
    found = connection.execute(select(issues.c.issue).where(issues.c.id.in_(ids))).scalars()
    return {issue.id: issue for issue in found}


def of_edition(connection: Connection, edition: str) -> list[Issue]:
    """Issues whose newest item arrived in ``edition``, highest score first."""
    query = select(issues.c.issue).where(issues.c.edition == edition)
    query = query.order_by(issues.c.score.desc(), issues.c.id)
    return list(connection.execute(query).scalars())


class Listing(Record, frozen=True, kw_only=True):
    """Issues of an edition as a JSON array, as they are stored; ``total`` of them on every page."""

    at: str
    total: int
    issues: bytes


def listing(
    connection: Connection,
    edition: str,
    *,
    quadrant: str | None,
    min_score: float,
    priorities: Sequence[str],
    limit: int,
    offset: int,
) -> Listing:
    """As ``of_edition``, ``count`` and the log's head, in one row.

    SQLite puts the row together. Every row that is fetched gives the interpreter up and waits for
    it again, up to half a millisecond each time while the writer computes.
    """
    given = {
        "edition": edition,
        "quadrant": quadrant,
        "min_score": min_score,
        "priorities": priorities,
        "limit": limit,
        "offset": offset,
    }
    statement = _listing(quadrant is not None, len(priorities) < len(PRIORITIES))
    row = connection.execute(statement, given).one()
    return Listing(at=row.at, total=row.total, issues=b"[%b]" % (row.issues or b""))


@cache
def _listing(by_quadrant: bool, by_priority: bool) -> Select[Any]:
    """Built once each: SQLAlchemy takes longer to build it than SQLite to answer.

    The index over issues holds every column of a condition, so that it counts alone: an issue
    is as long as a page of the database.
    """
    matching = [
        issues.c.edition == bindparam("edition"),
        issues.c.score >= bindparam("min_score"),
    ]
    if by_quadrant:
        matching.append(issues.c.quadrant == bindparam("quadrant"))
    if by_priority:
        matching.append(issues.c.priority.in_(bindparam("priorities", expanding=True)))
    page = (
        select(type_coerce(issues.c.issue, LargeBinary).label("issue"))
        .where(*matching)
        .order_by(issues.c.score.desc(), issues.c.id)
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer))
        .subquery()
    )
    joined = cast(func.group_concat(page.c.issue, ","), LargeBinary)
    return select(
        select(log_head.c.epoch + "-" + cast(log_head.c.seq, String)).scalar_subquery().label("at"),
        select(func.count()).select_from(issues).where(*matching).scalar_subquery().label("total"),
        select(joined).scalar_subquery().label("issues"),
    )


def count(connection: Connection, edition: str) -> int:
    query = select(func.count()).select_from(issues).where(issues.c.edition == edition)
    return int(connection.execute(query).scalar_one())


def current_ids(connection: Connection) -> list[str]:
    """Issues of the newest edition any issue is in."""
    newest = select(func.max(issues.c.edition)).scalar_subquery()
    query = select(issues.c.id).where(issues.c.edition == newest).order_by(issues.c.id)
    return list(connection.execute(query).scalars())


def add_correction(
    connection: Connection, issue_id: str, quadrant: str, by: str, at: datetime
) -> None:
    row = {"issue_id": issue_id, "quadrant": quadrant, "by": by, "at": at}
    connection.execute(plain_insert(corrections).values(row))


def correction(connection: Connection, issue_id: str) -> str | None:
    """The quadrant that people gave the issue last."""
    query = select(corrections.c.quadrant).where(corrections.c.issue_id == issue_id)
    found: str | None = connection.execute(query.order_by(corrections.c.n.desc())).scalar()
    return found


def every_correction(connection: Connection) -> list[tuple[str, str]]:
    """(issue id, quadrant) in the order people made them."""
    query = select(corrections.c.issue_id, corrections.c.quadrant).order_by(corrections.c.n)
    return [(row.issue_id, row.quadrant) for row in connection.execute(query)]
