"""What leadership reads about one issue, and what is made from it. Pure data."""

from datetime import datetime
from typing import Literal

from msgspec import field

from engine.model.ground import Audience, LensName, Priority, Record, Score


class Evidence(Record, frozen=True, kw_only=True):
    """A sentence an item really contains: ``item.text[start:end] == quote``.

    An item without a body is quoted by its title; then ``field`` is ``title``.
    """

    id: str
    item_id: str
    quote: str
    start: int
    end: int
    publisher: str
    url: str
    published: datetime | None
    confidence: Score
    field: Literal["text", "title"] = "text"


class Statement(Record, frozen=True, kw_only=True):
    """One sentence of a brief and the ids of the evidence it rests on."""

    text: str
    evidence: tuple[str, ...] = ()


class Assets(Record, frozen=True, kw_only=True):
    """Copy made from a brief for one audience."""

    linkedin: str
    email_paragraph: str
    press_excerpt: str


class Content(Record, frozen=True, kw_only=True):
    """What leadership reads: everything of a brief that people sign."""

    title: str
    quadrant: str
    priority: Priority
    summary: tuple[Statement, ...]
    risks: tuple[Statement, ...] = ()
    opportunities: tuple[Statement, ...] = ()
    recommendations: tuple[Statement, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    assets: dict[str, Assets] = field(default_factory=dict)


class Policy(Record, frozen=True, kw_only=True):
    """The review policy a revision is under: the strictest in force since it was written."""

    required_roles: tuple[str, ...]
    dual: bool = True


Why = Literal["written", "rewritten", "edited", "adopted", "policy", "erased"]
"""How a revision came to be."""


class Revision(Record, frozen=True, kw_only=True):
    """One immutable state of a brief. ``digest`` is SHA-256 (hex) of its content and policy."""

    brief_id: str
    number: int
    digest: str
    content: Content
    policy: Policy
    as_of: datetime
    items: int
    """How many of the issue's items it takes into account."""
    author: str
    why: Why


class Proposal(Record, frozen=True, kw_only=True):
    """What newer items would change in a brief that people work on. Never applied by a machine."""

    brief_id: str
    base_revision: int
    digest: str
    content: Content
    new_items: int
    item_ids: tuple[str, ...]
    diff: tuple[str, ...]
    at: datetime


class Lens(Record, frozen=True, kw_only=True):
    """A brief as one role needs it."""

    brief_id: str
    lens: LensName
    title: str
    headline: str
    actions: tuple[str, ...]
    talking_points: tuple[str, ...]
    digest: str
    released: bool


class AssetsReply(Record, frozen=True, kw_only=True):
    """Assets for one audience; ``marking`` is empty once the gate is open."""

    brief_id: str
    audience: Audience
    assets: Assets
    digest: str
    marking: str
