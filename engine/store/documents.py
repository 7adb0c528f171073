"""Stored documents as bytes, whatever they are: for what has to be taken out of all of them."""

from collections.abc import Callable, Iterator

from sqlalchemy import Column, Connection, LargeBinary, Table, func, literal, select, type_coerce

from engine.store import desk as records
from engine.store.tables import briefs, changes, corrections, desk, exports, issues, revisions

DOCUMENTS: tuple[tuple[Table, str], ...] = (
    (issues, "issue"),
    (briefs, "row"),
    (briefs, "review"),
    (revisions, "row"),
    (revisions, "revision"),
    (exports, "export"),
    (changes, "change"),
    (desk, "body"),
)
"""Where people's names stand; packages have none of ours, and items only in why they were
withdrawn: see ``items.rewrite_reasons``."""


def rewrite(
    connection: Connection, needle: bytes, change: Callable[[bytes], bytes]
) -> dict[str, set[str]]:
    """Change every document that holds ``needle``; the keys of the changed rows, by table."""
    changed: dict[str, set[str]] = {table.name: set() for table, _ in DOCUMENTS}
    for table, name in DOCUMENTS:
        for key, document in _holding(connection, table, table.c[name], needle):
            after = change(document)
            if after != document:
                _put(connection, table, table.c[name], key, after)
                changed[table.name].add(str(key[0]))
    records.read_anew(connection)
    return changed


def rename_corrector(connection: Connection, before: str, after: str) -> None:
    statement = corrections.update().where(corrections.c.by == before)
    connection.execute(statement.values(by=after))


def _holding(
    connection: Connection, table: Table, column: Column[object], needle: bytes
) -> Iterator[tuple[tuple[object, ...], bytes]]:
    raw = type_coerce(column, LargeBinary)
    query = select(*table.primary_key.columns, raw).where(
        func.instr(raw, literal(needle, LargeBinary)) > 0
    )
    for row in connection.execute(query).all():
        yield tuple(row[:-1]), row[-1]


def _put(
    connection: Connection,
    table: Table,
    column: Column[object],
    key: tuple[object, ...],
    document: bytes,
) -> None:
    statement = table.update().values({column: literal(document, LargeBinary)})
    for part, value in zip(table.primary_key.columns, key, strict=True):
        statement = statement.where(part == value)
    connection.execute(statement)
