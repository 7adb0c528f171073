"""Whether an issue is still there under its id, and where it went if not."""

from sqlalchemy import Connection

from engine.errors import Merged, NotFound
from engine.model import Issue
from engine.store import issues


def issue(connection: Connection, issue_id: str) -> Issue:
    """Raises NotFound, or Merged where it went into another."""
    found = issues.get(connection, issue_id)
    if found is None:
        raise NotFound(f"There is no issue {issue_id!r}.")
    refuse_merged(connection, issue_id, found.merged_into)
    return found


def refuse_merged(connection: Connection, issue_id: str, into: str | None) -> None:
    """Raise Merged, naming the issue that is there now, if ``issue_id`` went ``into`` another."""
    if into and (other := issues.get(connection, into)):
        now = issues.survivor(connection, other).id
        raise Merged(f"{issue_id!r} was merged into {now!r}; look there.", into=now)
