"""What the desk works with: items, issues, briefs, sign-offs and what is said of them. Pure data.

All times are aware UTC datetimes. A ``...Row`` is a list row: it carries all a reader needs to
replace an older copy of itself, so events that carry it are idempotent.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

Priority = Literal["low", "medium", "high", "critical"]
PRIORITIES: tuple[Priority, ...] = ("low", "medium", "high", "critical")
LensName = Literal["ceo", "coo", "director"]
Audience = Literal["CEO", "COO", "Director", "Board", "Members"]
AUDIENCES: tuple[Audience, ...] = ("CEO", "COO", "Director", "Board", "Members")
SourceKind = Literal["feed", "csv", "jsonl", "folder", "push"]
BriefState = Literal["draft", "in_review", "released"]
Quadrant = Annotated[str, Meta(min_length=1, max_length=50)]

ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,63}$"
Id = Annotated[str, Meta(pattern=ID_PATTERN)]
Role = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]+$")]
Score = Annotated[float, Meta(ge=0.0, le=1.0)]


class Record(Struct, frozen=True, kw_only=True):
    """Base of every model struct: immutable, fields given by name."""


# -- sources and items ---------------------------------------------------------------------------


class Source(Record, frozen=True, kw_only=True):
    """A place items come from. ``columns`` maps item fields to column names (csv, jsonl)."""

    id: str
    kind: SourceKind
    location: str
    title: str
    columns: dict[str, str] = {}
    paused: bool = False


class SourceHealth(Record, frozen=True, kw_only=True):
    """How a source has been doing; ``error`` is a sentence, empty while it works."""

    state: Literal["new", "ok", "failing", "paused"] = "new"
    items: int = 0
    rejected: int = 0
    failures: int = 0
    last_run: datetime | None = None
    last_success: datetime | None = None
    error: str = ""
    etag: str = ""
    last_modified: str = ""


class SourceRow(Record, frozen=True, kw_only=True):
    source: Source
    health: SourceHealth


class Entry(Record, frozen=True, kw_only=True):
    """One thing a source published, as it was read; not yet known to be new."""

    title: str
    text: str = ""
    url: str = ""
    guid: str = ""
    publisher: str = ""
    published: datetime | None = None


class Item(Record, frozen=True, kw_only=True):
    """One thing a source published, normalised and stored once.

    ``edition`` is the edition in which it arrived and never changes. ``duplicate_of`` names the
    item it is a near-duplicate of. Evidence offsets point into ``text`` (code points).
    """

    id: str
    source_id: str
    title: str
    text: str
    url: str
    guid: str
    publisher: str
    published: datetime | None
    arrived: datetime
    edition: str
    issue_id: str | None = None
    duplicate_of: str | None = None


class Keyed(Record, frozen=True, kw_only=True):
    """An item with what it is recognised by; ``url_key`` is None without an address of its own."""

    item: Item
    url_key: str | None
    content_key: str


class Rejected(Record, frozen=True, kw_only=True):
    """An entry that could not become an item. ``position`` is its row or index, from 1."""

    source_id: str
    position: int
    reason: str


# -- issues --------------------------------------------------------------------------------------


class Issue(Record, frozen=True, kw_only=True):
    """A story the desk follows, as a list row. ``reasons`` say in words why it scores so."""

    id: str
    title: str
    quadrant: str
    confidence: Score
    relevance: Score
    score: Score
    priority: Priority
    needs_review: bool
    item_count: int
    source_count: int
    duplicate_count: int
    first_seen: datetime
    last_seen: datetime
    edition: str
    keywords: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    corrected_by: str | None = None


# -- briefs --------------------------------------------------------------------------------------


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
    assets: dict[str, Assets] = {}


class Policy(Record, frozen=True, kw_only=True):
    """The review policy a revision is under: the strictest in force since it was written."""

    required_roles: tuple[str, ...]
    dual: bool = True


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
    why: Literal["written", "rewritten", "edited", "adopted", "policy"]


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


# -- review --------------------------------------------------------------------------------------


class SignOff(Record, frozen=True, kw_only=True):
    """One person, in one role, approving or declining one digest."""

    brief_id: str
    revision: int
    digest: str
    role: str
    principal_id: str
    name: str
    approve: bool
    at: datetime
    expires_at: datetime
    note: str = ""
    method: str = "token"
    voided: str = ""
    """Why it no longer counts; empty while it does."""


class Decline(Record, frozen=True, kw_only=True):
    """A decline that stays with the brief until the same role clears it with a reason."""

    role: str
    principal_id: str
    name: str
    revision: int
    at: datetime
    note: str = ""


class BriefRow(Record, frozen=True, kw_only=True):
    """A brief as a list row, with where it stands in review."""

    id: str
    title: str
    quadrant: str
    priority: Priority
    state: BriefState
    revision: int
    digest: str
    as_of: datetime
    edition: str
    required_roles: tuple[str, ...]
    missing_roles: tuple[str, ...]
    signoffs: tuple[SignOff, ...] = ()
    declines: tuple[Decline, ...] = ()
    gate_open: bool = False
    proposed_items: int = 0
    edited_fields: tuple[str, ...] = ()
    exported: str | None = None


class BriefView(Record, frozen=True, kw_only=True):
    """A brief as it is read: the row, the current content, what waits beside it."""

    brief: BriefRow
    content: Content
    proposal: Proposal | None
    revisions: tuple["RevisionRow", ...]


class RevisionRow(Record, frozen=True, kw_only=True):
    number: int
    digest: str
    as_of: datetime
    author: str
    why: str


class Interrupt(Record, frozen=True, kw_only=True):
    """The human stop ("hold all"): while active nothing is exported."""

    active: bool = False
    by: str = ""
    reason: str = ""
    since: datetime | None = None


class ReviewStatus(Record, frozen=True, kw_only=True):
    """The edition as reviewers see it; ``digest`` covers the digests of all its briefs."""

    edition: str
    digest: str
    interrupt: Interrupt
    briefs: tuple[BriefRow, ...]
    required_roles: tuple[str, ...]
    dual: bool


class Refusal(Record, frozen=True, kw_only=True):
    """Why a brief was left out or a gate stays shut: a stable code and a sentence."""

    brief_id: str
    code: str
    message: str


class SignedReply(Record, frozen=True, kw_only=True):
    """What a sign-off did; an edition sign-off lists what it skipped and why."""

    signed: tuple[BriefRow, ...]
    skipped: tuple[Refusal, ...] = ()


# -- export --------------------------------------------------------------------------------------


class ExportRow(Record, frozen=True, kw_only=True):
    id: str
    brief_id: str
    revision: int
    digest: str
    filename: str
    size: int
    sha256: str
    at: datetime
    by: str
    edition: str
    single_signed: bool


# -- the desk ------------------------------------------------------------------------------------


class Edition(Record, frozen=True, kw_only=True):
    """From cut-off to cut-off in the desk's time zone.

    ``id`` is the local date of the day the cadence runs; days without a run belong to the next
    one, so that Monday covers the weekend. ``opens_at`` is inclusive, ``closes_at`` is not.
    """

    id: str
    opens_at: datetime
    closes_at: datetime


class Config(Record, frozen=True, kw_only=True):
    """The desk's own settings, kept in the store and changed over ``POST /config``.

    ``daily`` runs on each of ``days_of_week``, ``weekly`` on the first of them, at
    ``time_of_day`` (24 h clock) in ``timezone`` (an IANA name).
    """

    cadence: Literal["daily", "weekly"] = "daily"
    time_of_day: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "07:00"
    days_of_week: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = (
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
    )
    timezone: str = "UTC"
    audiences: tuple[Audience, ...] = AUDIENCES
    signoff_roles: tuple[Role, ...] = ("Analyst", "Strategy Head")
    signoff_ttl_hours: Annotated[int, Meta(ge=1, le=720)] = 24
    require_dual_signoff: bool = True
    autopublish: bool = False
    brief_min_priority: Priority = "medium"


class Roi(Record, frozen=True, kw_only=True):
    """Hours saved today, with every assumption that went in."""

    issues_processed: int
    before_hours: float
    after_minutes: float
    hours_saved: float
    fte_equiv: float
    assumptions: "RoiAssumptions"


class RoiAssumptions(Record, frozen=True, kw_only=True):
    days_per_issue: float = 0.5
    hours_per_day: float = 8.0
    roles_sharing: int = 4
    minutes_per_issue_after: float = 5.0
    hours_per_week: float = 40.0


class RunRow(Record, frozen=True, kw_only=True):
    """One ingest run. Counts are entries: read = new + known + duplicates + rejected."""

    id: str
    started: datetime
    finished: datetime | None = None
    source_ids: tuple[str, ...] = ()
    read: int = 0
    new: int = 0
    known: int = 0
    duplicates: int = 0
    rejected: int = 0
    issues_added: int = 0
    issues_updated: int = 0
    failed_sources: tuple[str, ...] = ()
    rejects: tuple[Rejected, ...] = ()
    """The first 100; ``rejected`` counts all."""
    done: dict[str, int] = {}
    """Entries committed per source: where a run that was cut off goes on."""


class Progress(Record, frozen=True, kw_only=True):
    """How far one source of the run in progress has come; ``total`` is None while unknown."""

    run_id: str
    source_id: str
    read: int
    total: int | None
    new: int
    duplicates: int
    rejected: int
    done: bool = False


class IngestStatus(Record, frozen=True, kw_only=True):
    """``running`` are the runs in progress, ``progress`` how far each of their sources is."""

    count: int
    sources: tuple[SourceRow, ...]
    last_run: RunRow | None
    running: tuple[RunRow, ...]
    progress: tuple[Progress, ...]


# -- who is asking -------------------------------------------------------------------------------


class Principal(Record, frozen=True, kw_only=True):
    """Who is asking. ``method`` says how they proved it: token, session, demo, system."""

    id: str
    name: str
    roles: tuple[str, ...] = ()
    method: str = "token"


SYSTEM = Principal(id="system", name="system", roles=(), method="system")


class TokenRow(Record, frozen=True, kw_only=True):
    """A token as it is listed: never the secret."""

    id: str
    principal_id: str
    name: str
    roles: tuple[str, ...]
    created: datetime
    expires: datetime | None
    last_used: datetime | None
    revoked: bool


class IssuedToken(Record, frozen=True, kw_only=True):
    """A new token with its secret: the one time it is shown."""

    token: str
    row: TokenRow


class SessionGrant(Record, frozen=True, kw_only=True):
    """A new session with its secret (for the cookie), and who it is for."""

    secret: str
    principal: Principal
    expires: datetime


# -- the log -------------------------------------------------------------------------------------


class AuditRow(Record, frozen=True, kw_only=True):
    cursor: str
    type: str
    subject: str
    time: datetime
    hash: str
    data: dict[str, object] | None


class Snapshot(Record, frozen=True, kw_only=True):
    """The desk at one position of the log. A topic that was not asked for is None."""

    at: str
    edition: Edition
    issues: tuple[Issue, ...] | None = None
    briefs: tuple[BriefRow, ...] | None = None
    interrupt: Interrupt | None = None
    config: Config | None = None
    exports: tuple[ExportRow, ...] | None = None
    sources: tuple[SourceRow, ...] | None = None
    last_run: RunRow | None = None
