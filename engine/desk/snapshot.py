"""The desk at one position of the log, for a follower to begin with."""

from sqlalchemy import Connection

from engine.errors import StoreFailed
from engine.log.fold import sorted_briefs, sorted_issues
from engine.model import Snapshot
from engine.store import briefs, desk, exports, issues, people, runs, sources
from engine.store import log as log_rows


def snapshot(connection: Connection, topics: frozenset[str]) -> Snapshot:
    """Position and state of one read transaction; only what ``topics`` speak of."""
    edition = desk.edition(connection)
    if edition is None:
        raise StoreFailed("The store has no edition yet.")
    wants_briefs = topics & {"brief", "review", "export"}
    return Snapshot(
        at=log_rows.head(connection).cursor,
        edition=edition,
        issues=sorted_issues(issues.of_edition(connection, edition.id))
        if "issue" in topics
        else None,
        briefs=sorted_briefs(briefs.rows(connection, edition.id)) if wants_briefs else None,
        interrupt=desk.interrupt(connection) if "review" in topics else None,
        config=desk.config(connection) if "config" in topics else None,
        exports=exports.of_edition(connection, edition.id) if "export" in topics else None,
        sources=sources.every(connection) if "ingest" in topics else None,
        last_run=runs.last_finished(connection) if "ingest" in topics else None,
        changes=people.waiting(connection) if "access" in topics else None,
    )
