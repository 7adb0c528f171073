"""Briefs, their revisions, and where they stand in review."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from engine.model import BriefRow, Proposal, Record, Revision, RevisionRow
from engine.store.tables import briefs, revisions

# Built once: building a statement costs more than running it, and every sign-off runs these.
_insert = upsert(briefs)
_PUT = _insert.on_conflict_do_update(
    index_elements=[briefs.c.id],
    set_={column.name: column for column in _insert.excluded if column.name != "id"},
)
_GET = select(briefs).where(briefs.c.id == bindparam("brief_id"))
_REVISION = select(revisions.c.revision).where(
    revisions.c.brief_id == bindparam("of_brief"), revisions.c.number == bindparam("its_number")
)


class Stored(Record, frozen=True, kw_only=True):
    """One brief as it is kept. ``review`` is the review state, encoded by whoever knows it."""

    row: BriefRow
    review: bytes
    next_expiry: datetime | None
    proposal: Proposal | None


def put(connection: Connection, stored: Stored) -> None:
    row = {
        "id": stored.row.id,
        "edition": stored.row.edition,
        "in_review": stored.row.state == "in_review",
        "next_expiry": stored.next_expiry,
        "row": stored.row,
        "review": stored.review,
        "proposal": stored.proposal,
    }
    connection.execute(_PUT, row)


def get(connection: Connection, brief_id: str) -> Stored | None:
    found = connection.execute(_GET, {"brief_id": brief_id}).one_or_none()
    return None if found is None else _stored(found)


def rows(connection: Connection, edition: str) -> tuple[BriefRow, ...]:
    """What shows in an edition: its own briefs and those people still work on, by id."""
    query = select(briefs.c.row).where(or_(briefs.c.edition == edition, briefs.c.in_review))
    return tuple(connection.execute(query.order_by(briefs.c.id)).scalars())


def every_id(connection: Connection) -> list[str]:
    return list(connection.execute(select(briefs.c.id).order_by(briefs.c.id)).scalars())


def signed_ids(connection: Connection) -> list[str]:
    """Briefs on which some sign-off counts, or did when they were last saved."""
    query = select(briefs.c.id).where(briefs.c.next_expiry.is_not(None))
    return list(connection.execute(query.order_by(briefs.c.id)).scalars())


def expiring(connection: Connection, now: datetime) -> list[str]:
    """Briefs with a sign-off that has lapsed by ``now``."""
    query = select(briefs.c.id).where(briefs.c.next_expiry <= now).order_by(briefs.c.id)
    return list(connection.execute(query).scalars())


def next_expiry(connection: Connection) -> datetime | None:
    query = select(briefs.c.next_expiry).where(briefs.c.next_expiry.is_not(None))
    found: datetime | None = connection.execute(
        query.order_by(briefs.c.next_expiry).limit(1)
    ).scalar()
    return found


def add_revision(connection: Connection, revision: Revision) -> None:
    row = RevisionRow(
        number=revision.number,
        digest=revision.digest,
        as_of=revision.as_of,
        author=revision.author,
        why=revision.why,
    )
    connection.execute(
        insert(revisions).values(
            brief_id=revision.brief_id, number=revision.number, row=row, revision=revision
        )
    )


def revision(connection: Connection, brief_id: str, number: int) -> Revision | None:
    which = {"of_brief": brief_id, "its_number": number}
    found: Revision | None = connection.execute(_REVISION, which).scalar()
    return found


def revisions_of(connection: Connection, brief_id: str) -> list[Revision]:
    """Every revision of a brief, oldest first."""
    query = select(revisions.c.revision).where(revisions.c.brief_id == brief_id)
    return list(connection.execute(query.order_by(revisions.c.number)).scalars())


def put_revision(connection: Connection, revision: Revision) -> None:
    """Replace what is kept of a revision: what was erased from it, how many of its items left."""
    statement = update(revisions).where(
        revisions.c.brief_id == revision.brief_id, revisions.c.number == revision.number
    )
    connection.execute(statement.values(revision=revision))


def in_review(connection: Connection) -> frozenset[str]:
    """Briefs that people work on."""
    return frozenset(connection.execute(select(briefs.c.id).where(briefs.c.in_review)).scalars())


_QUOTED = """
    SELECT json_extract(quote.value, '$.item_id') FROM revisions AS one,
    json_each(CAST(one.revision AS TEXT), '$.content.evidence') AS quote {revisions}
    UNION SELECT json_extract(quote.value, '$.item_id') FROM briefs AS one,
    json_each(CAST(one.proposal AS TEXT), '$.content.evidence') AS quote {briefs}
"""
_QUOTED_BY_ANY = text(_QUOTED.format(revisions="", briefs=""))
_QUOTED_WITHIN = text(
    _QUOTED.format(revisions="WHERE one.brief_id IN :within", briefs="WHERE one.id IN :within")
).bindparams(bindparam("within", expanding=True))


def quoted_items(connection: Connection, within: Collection[str] | None = None) -> frozenset[str]:
    """Ids of the items that any revision or proposal quotes, of the briefs ``within`` if given."""
    if within is None:
        return frozenset(connection.execute(_QUOTED_BY_ANY).scalars())
    return frozenset(connection.execute(_QUOTED_WITHIN, {"within": list(within)}).scalars())


def revision_rows(connection: Connection, brief_id: str) -> tuple[RevisionRow, ...]:
    """All revisions as list rows, newest first."""
    query = select(revisions.c.row).where(revisions.c.brief_id == brief_id)
    return tuple(connection.execute(query.order_by(revisions.c.number.desc())).scalars())


def _stored(found: Row[Any]) -> Stored:
    return Stored(
        row=found.row,
        review=found.review,
        next_expiry=found.next_expiry,
        proposal=found.proposal,
    )
