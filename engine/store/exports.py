"""Packages that left, with their bytes."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from engine.model import ExportRow
from engine.store.tables import exports


def add(connection: Connection, row: ExportRow, package: bytes) -> None:
    values = {
        "id": row.id,
        "brief_id": row.brief_id,
        "revision": row.revision,
        "edition": row.edition,
        "export": row,
        "package": package,
    }
    connection.execute(insert(exports).values(values))


def of_edition(connection: Connection, edition: str) -> tuple[ExportRow, ...]:
    """Exports of one edition, oldest first."""
    query = select(exports.c.export).where(exports.c.edition == edition).order_by(exports.c.n)
    return tuple(connection.execute(query).scalars())


def latest(connection: Connection, brief_id: str) -> tuple[ExportRow, bytes] | None:
    query = select(exports.c.export, exports.c.package).where(exports.c.brief_id == brief_id)
    row = connection.execute(query.order_by(exports.c.n.desc()).limit(1)).one_or_none()
    return None if row is None else (row.export, row.package)


def of_revision(connection: Connection, brief_id: str, revision: int) -> ExportRow | None:
    """The export of exactly this revision."""
    query = select(exports.c.export).where(
        exports.c.brief_id == brief_id, exports.c.revision == revision
    )
    found: ExportRow | None = connection.execute(query.limit(1)).scalar()
    return found


def count(connection: Connection, brief_id: str) -> int:
    query = select(func.count()).select_from(exports).where(exports.c.brief_id == brief_id)
    return connection.execute(query).scalar_one()


def by_numbers(connection: Connection, numbers: Collection[str]) -> tuple[ExportRow, ...]:
    query = select(exports.c.export).where(exports.c.n.in_([int(n) for n in numbers]))
    return tuple(connection.execute(query.order_by(exports.c.n)).scalars())


class Old(NamedTuple):
    n: int
    id: str
    brief_id: str


def older(connection: Connection, edition: str, *, after: int, limit: int) -> list[Old]:
    """Exports of editions before ``edition`` whose bytes are still here."""
    query = select(exports.c.n, exports.c.id, exports.c.brief_id).where(
        exports.c.n > after, exports.c.edition < edition, func.length(exports.c.package) > 0
    )
    rows = connection.execute(query.order_by(exports.c.n).limit(limit))
    return [Old(*row) for row in rows]


def drop_packages(connection: Connection, numbers: Sequence[int]) -> None:
    """Let go of the bytes; what the package was stays."""
    connection.execute(update(exports).where(exports.c.n.in_(numbers)).values(package=b""))


def package(connection: Connection, export_id: str) -> bytes:
    """Its bytes; none when they were trimmed."""
    query = select(exports.c.package).where(exports.c.id == export_id)
    return bytes(connection.execute(query).scalar_one())
