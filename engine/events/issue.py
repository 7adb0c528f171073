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


class IssueMerged(Event, frozen=True, kw_only=True):
    """``merged`` went into ``issue`` and is in no edition any more.

    Its subject is the one that went away; the other has its ``issue.updated`` beside it.
    """

    issue: Issue
    merged: Issue
    was: Facets
    by: str


class IssueSplit(Event, frozen=True, kw_only=True):
    """``other`` is new and took some items of ``issue`` with it."""

    issue: Issue
    other: Issue
    was: Facets
    by: str
