"""Packages that left, with their bytes."""

from collections.abc import Collection

from sqlalchemy import Connection, func, insert, select

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


def package(connection: Connection, export_id: str) -> bytes:
    query = select(exports.c.package).where(exports.c.id == export_id)
    return bytes(connection.execute(query).scalar_one())
