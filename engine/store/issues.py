"""Issues and people's corrections."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.sqlite import insert

from engine.model import PRIORITIES, Issue
from engine.store.tables import corrections, issues


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


def by_ids(connection: Connection, ids: Sequence[str]) -> dict[str, Issue]:
    found = connection.execute(select(issues.c.issue).where(issues.c.id.in_(ids))).scalars()
    return {issue.id: issue for issue in found}


def of_edition(
    connection: Connection,
    edition: str,
    *,
    quadrant: str | None = None,
    min_score: float = 0.0,
    priorities: Sequence[str] = PRIORITIES,
    limit: int | None = None,
    offset: int = 0,
) -> list[Issue]:
    """Issues whose newest item arrived in ``edition``, highest score first."""
    query = _matching(select(issues.c.issue), edition, quadrant, min_score, priorities)
    query = query.order_by(issues.c.score.desc(), issues.c.id).limit(limit).offset(offset)
    return list(connection.execute(query).scalars())


def count(
    connection: Connection,
    edition: str,
    *,
    quadrant: str | None = None,
    min_score: float = 0.0,
    priorities: Sequence[str] = PRIORITIES,
) -> int:
    base = select(func.count()).select_from(issues)
    query = _matching(base, edition, quadrant, min_score, priorities)
    return int(connection.execute(query).scalar_one())


def _matching(
    query: Select[Any],
    edition: str,
    quadrant: str | None,
    min_score: float,
    priorities: Sequence[str],
) -> Select[Any]:
    query = query.where(issues.c.edition == edition, issues.c.score >= min_score)
    if quadrant is not None:
        query = query.where(issues.c.quadrant == quadrant)
    if len(priorities) < len(PRIORITIES):
        query = query.where(issues.c.priority.in_(priorities))
    return query


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


def every_correction(connection: Connection) -> list[tuple[str, str]]:
    """(issue id, quadrant) in the order people made them."""
    query = select(corrections.c.issue_id, corrections.c.quadrant).order_by(corrections.c.n)
    return [(row.issue_id, row.quadrant) for row in connection.execute(query)]
