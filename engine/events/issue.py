"""What happens to issues."""

from engine.events.event import Event, Facets
from engine.model import Issue


class IssueAdded(Event, frozen=True, kw_only=True):
    issue: Issue


class IssueUpdated(Event, frozen=True, kw_only=True):
    """``was`` lets a filter that the issue has just left still show the change."""

    issue: Issue
    was: Facets


class IssueCorrected(Event, frozen=True, kw_only=True):
    issue: Issue
    was: Facets
    by: str
