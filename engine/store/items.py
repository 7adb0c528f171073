"""Items: stored once, found again by id, address or content."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection, Text, bindparam, cast, func, insert, select, update

from engine.model import Item, Keyed
from engine.store.tables import items

CHUNK = 400
"""Values per IN list, well under SQLite's limit on variables."""


def add(connection: Connection, rows: Sequence[Keyed]) -> None:
    """Store new items; each must have its issue by now."""
    if not rows:
        return
    connection.execute(
        insert(items),
        [
            {
                "id": row.item.id,
                "url_key": row.url_key,
                "content_key": row.content_key,
                "issue_id": row.item.issue_id,
                "duplicate_of": row.item.duplicate_of,
                "edition": row.item.edition,
                "item": row.item,
            }
            for row in rows
        ],
    )


def known(connection: Connection, rows: Sequence[Keyed]) -> frozenset[str]:
    """Which of the ids and keys of ``rows`` are stored already."""
    stored: set[str] = set()
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        stored |= _present(connection, "id", [row.item.id for row in part])
        stored |= _present(connection, "url_key", [row.url_key for row in part if row.url_key])
        stored |= _present(connection, "content_key", [row.content_key for row in part])
    return frozenset(stored)


def reworded(connection: Connection, rows: Sequence[Keyed]) -> frozenset[str]:
    """Which of the ids of ``rows`` are stored with other content."""
    content = {row.item.id: row.content_key for row in rows}
    ids, stored = list(content), set()
    for start in range(0, len(ids), CHUNK):
        query = select(items.c.id, items.c.content_key)
        query = query.where(items.c.id.in_(ids[start : start + CHUNK]))
        stored |= {
            row.id for row in connection.execute(query) if row.content_key != content[row.id]
        }
    return frozenset(stored)


def _present(connection: Connection, column: str, values: Sequence[str]) -> set[str]:
    found = connection.execute(select(items.c[column]).where(items.c[column].in_(values)))
    return {str(value) for value in found.scalars()}


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(items)).scalar_one()


def of_issue(connection: Connection, issue_id: str, limit: int | None = None) -> list[Item]:
    """The newest ``limit`` items of an issue (all without one), oldest first."""
    query = select(items.c.item).where(items.c.issue_id == issue_id).order_by(items.c.n.desc())
    found = connection.execute(query if limit is None else query.limit(limit)).scalars()
    return list(found)[::-1]


def by_ids(connection: Connection, ids: Sequence[str]) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for start in range(0, len(ids), CHUNK):
        query = select(items.c.item).where(items.c.id.in_(ids[start : start + CHUNK]))
        found |= {item.id: item for item in connection.execute(query).scalars()}
    return found


def erase(connection: Connection, item: Item) -> None:
    """Put what is left of an item in its place. It belongs to no issue any more; by its id and
    the hash of its content it is still known, so that it does not come in again."""
    row = {"item": item, "url_key": None, "issue_id": ""}
    connection.execute(update(items).where(items.c.id == item.id).values(row))


def of_issues(connection: Connection, issue_ids: Sequence[str]) -> list[Item]:
    """All items of the issues, in the order they were stored."""
    query = select(items.c.item).where(items.c.issue_id.in_(issue_ids)).order_by(items.c.n)
    return list(connection.execute(query).scalars())


def move(connection: Connection, ids: Sequence[str], into: str) -> None:
    """Put items into another issue; what has been erased meanwhile stays in none."""
    moved = [
        {"of": item.id, "issue_id": into, "item": elsewhere(item, into)}
        for item in by_ids(connection, ids).values()
        if item.issue_id
    ]
    if moved:
        statement = update(items).where(items.c.id == bindparam("of"))
        statement = statement.values(issue_id=bindparam("issue_id"), item=bindparam("item"))
        connection.execute(statement, moved)


def withdraw(connection: Connection, item: Item) -> None:
    """The item belongs to no issue any more, and is still known, so that it does not come in
    again. Its document says which issue it was in."""
    row = {"item": item, "issue_id": ""}
    connection.execute(update(items).where(items.c.id == item.id).values(row))


def rewrite_reasons(connection: Connection, change: Callable[[str], str]) -> None:
    """Change why items were withdrawn, wherever ``change`` does."""
    reason = func.json_extract(cast(items.c.item, Text), "$.withdrawn")
    found = connection.execute(select(items.c.item).where(items.c.issue_id == "", reason != ""))
    for item in found.scalars().all():
        after: Item = replace(item, withdrawn=change(item.withdrawn))
        if after != item:
            connection.execute(update(items).where(items.c.id == item.id).values(item=after))


def elsewhere(item: Item, into: str) -> Item:
    """The item in another issue; it keeps where it was."""
    before = (*item.was_in, item.issue_id) if item.issue_id else item.was_in
    was_in = tuple(one for one in dict.fromkeys(before) if one != into)
    moved: Item = replace(item, issue_id=into, was_in=was_in)
    return moved


def all_in(connection: Connection, ids: Collection[str], issue_id: str) -> bool:
    """Whether the issue has every one of these items now."""
    wanted = sorted(set(ids))
    query = select(items.c.id).where(items.c.issue_id == issue_id, items.c.id.in_(wanted))
    return len(connection.execute(query).all()) == len(wanted)


_ISSUE_BEFORE = func.coalesce(
    func.nullif(items.c.issue_id, ""),
    func.json_extract(cast(items.c.item, Text), "$.issue_id"),
    "",
)


class Old(NamedTuple):
    n: int
    id: str
    issue_id: str


def older(connection: Connection, edition: str, *, after: int, limit: int) -> list[Old]:
    """Items of editions before ``edition``, in the order they were stored; a withdrawn one with the
    issue it was in."""
    query = select(items.c.n, items.c.id, _ISSUE_BEFORE).where(
        items.c.n > after, items.c.edition < edition
    )
    rows = connection.execute(query.order_by(items.c.n).limit(limit))
    return [Old(*row) for row in rows]


def delete(connection: Connection, numbers: Sequence[int]) -> None:
    for start in range(0, len(numbers), CHUNK):
        part = numbers[start : start + CHUNK]
        connection.execute(items.delete().where(items.c.n.in_(part)))


def newest(connection: Connection, limit: int, batch: int) -> Iterator[list[Item]]:
    """The newest ``limit`` items in the order they were stored, ``batch`` at a time, without those
    that were erased."""
    last = connection.execute(select(func.max(items.c.n))).scalar() or 0
    at = max(0, last - limit)
    while True:
        query = select(items.c.n, items.c.item).where(items.c.n > at, items.c.issue_id != "")
        query = query.order_by(items.c.n)
        rows = connection.execute(query.limit(batch)).all()
        if not rows:
            return
        yield [row.item for row in rows]
        at = rows[-1].n
