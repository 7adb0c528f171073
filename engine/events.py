"""Everything that can happen, one struct per event type, in one table. Pure.

Names are past tense. A field is only ever added, with a default: old logs must replay. Events
carry whole rows, never deltas, so applying one twice is the same as applying it once.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, get_args

from msgspec import Struct

from engine.model import (
    BriefRow,
    Change,
    Config,
    Edition,
    ExportRow,
    Hold,
    Interrupt,
    Issue,
    Person,
    Progress,
    Refusal,
    RunRow,
    SignOff,
    SourceRow,
    StandIn,
    TokenRow,
)

Topic = Literal[
    "issue",
    "brief",
    "review",
    "config",
    "export",
    "edition",
    "ingest",
    "presence",
    "access",
    "audit",
]
TOPICS: tuple[Topic, ...] = get_args(Topic)
READERS: dict[str, frozenset[str]] = {
    "access": frozenset({"admin"}),
    "audit": frozenset({"admin", "auditor"}),
}
"""Topics that only these roles may read, live, replayed or in the audit log."""
PRIVATE_TOPICS: frozenset[str] = frozenset(READERS)


def may_read(roles: Iterable[str], topics: frozenset[str]) -> bool:
    """Whether somebody with these roles may read every one of the topics."""
    held = frozenset(roles)
    return not any(READERS[topic].isdisjoint(held) for topic in topics & PRIVATE_TOPICS)


class Facets(Struct, frozen=True):
    """What a ``where`` filter looks at."""

    quadrant: str
    score: float


class Event(Struct, frozen=True, kw_only=True):
    """Base of every event. Its CloudEvents ``type`` stands in the table below."""


# -- issue ---------------------------------------------------------------------------------------


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


# -- brief ---------------------------------------------------------------------------------------


class BriefWritten(Event, frozen=True, kw_only=True):
    brief: BriefRow


class BriefRevised(Event, frozen=True, kw_only=True):
    """``by`` is the person who edited or adopted, or ``system`` when an unread draft grew."""

    brief: BriefRow
    by: str
    why: str


class BriefProposed(Event, frozen=True, kw_only=True):
    """Newer items would change a brief that people work on; ``new_items`` counts them."""

    brief: BriefRow
    new_items: int


class BriefCopyEdited(Event, frozen=True, kw_only=True):
    """A person wrote copy for audiences that the signed text has none for; it is kept beside."""

    brief: BriefRow
    by: str
    audiences: tuple[str, ...]


class BriefRedacted(Event, frozen=True, kw_only=True):
    """Personal data was taken out of the row; what is signed has not changed."""

    brief: BriefRow


# -- review --------------------------------------------------------------------------------------


class ReviewOpened(Event, frozen=True, kw_only=True):
    brief: BriefRow
    by: str


class ReviewSigned(Event, frozen=True, kw_only=True):
    brief: BriefRow
    signoff: SignOff


class ReviewDeclined(Event, frozen=True, kw_only=True):
    brief: BriefRow
    signoff: SignOff


class ReviewCleared(Event, frozen=True, kw_only=True):
    """The same role took its decline back, with a reason."""

    brief: BriefRow
    role: str
    by: str
    reason: str


class ReviewWithdrawn(Event, frozen=True, kw_only=True):
    brief: BriefRow
    signoff: SignOff


class ReviewVoided(Event, frozen=True, kw_only=True):
    """Sign-offs that stopped counting: whose, on which revision, and why."""

    brief: BriefRow
    signoffs: tuple[SignOff, ...]
    why: str


class ReviewGateOpened(Event, frozen=True, kw_only=True):
    brief: BriefRow


class ReviewInterrupted(Event, frozen=True, kw_only=True):
    interrupt: Interrupt


class ReviewResumed(Event, frozen=True, kw_only=True):
    interrupt: Interrupt
    by: str


# -- config, export, edition ---------------------------------------------------------------------


class ConfigChanged(Event, frozen=True, kw_only=True):
    """``confirmed_by`` is the second admin, where the change took two."""

    config: Config
    by: str
    fields: tuple[str, ...]
    confirmed_by: str = ""


class ExportCreated(Event, frozen=True, kw_only=True):
    brief: BriefRow
    export: ExportRow


class ExportRefused(Event, frozen=True, kw_only=True):
    refusal: Refusal
    by: str


class ExportRedacted(Event, frozen=True, kw_only=True):
    """Personal data was taken out of the row; the package that left has not changed."""

    export: ExportRow


class EditionOpened(Event, frozen=True, kw_only=True):
    """The next edition; with the id of the current one, that one lasts longer."""

    edition: Edition


# -- ingest --------------------------------------------------------------------------------------


class IngestStarted(Event, frozen=True, kw_only=True):
    run: RunRow


class IngestFinished(Event, frozen=True, kw_only=True):
    """``sources`` are the rows of every source the run read."""

    run: RunRow
    sources: tuple[SourceRow, ...] = ()


class IngestSourceFailed(Event, frozen=True, kw_only=True):
    source: SourceRow


class IngestSourceRecovered(Event, frozen=True, kw_only=True):
    source: SourceRow


class IngestSourceAdded(Event, frozen=True, kw_only=True):
    source: SourceRow


class IngestSourceRemoved(Event, frozen=True, kw_only=True):
    source_id: str


class IngestProgress(Event, frozen=True, kw_only=True):
    progress: Progress


# -- presence and access -------------------------------------------------------------------------


class Presence(Event, frozen=True, kw_only=True):
    """Who is looking at a brief now, and who of them edits it; empty when the last one left."""

    subject: str
    viewers: tuple[str, ...]
    editors: tuple[str, ...] = ()


class AccessSignedIn(Event, frozen=True, kw_only=True):
    principal_id: str
    name: str
    method: str


class AccessSignedOut(Event, frozen=True, kw_only=True):
    principal_id: str
    name: str


class AccessTokenIssued(Event, frozen=True, kw_only=True):
    token: TokenRow
    by: str


class AccessTokenRevoked(Event, frozen=True, kw_only=True):
    token: TokenRow
    by: str


class AccessRoleGranted(Event, frozen=True, kw_only=True):
    """``confirmed_by`` is the second admin; empty where one person was enough."""

    person: Person
    role: str
    by: str
    confirmed_by: str = ""


class AccessRoleRemoved(Event, frozen=True, kw_only=True):
    person: Person
    role: str
    by: str


class AccessDeputyNamed(Event, frozen=True, kw_only=True):
    person: Person
    stand_in: StandIn
    by: str
    confirmed_by: str = ""


class AccessDeputyRemoved(Event, frozen=True, kw_only=True):
    """Ended by an admin before its time."""

    person: Person
    role: str
    by: str


class AccessChangeAsked(Event, frozen=True, kw_only=True):
    change: Change


class AccessChangeClosed(Event, frozen=True, kw_only=True):
    """Confirmed, refused or lapsed: its ``state`` says which."""

    change: Change


class AccessSignInFailed(Event, frozen=True, kw_only=True):
    """Credentials that were nobody's: ``count`` of them since the last such event.

    At most one a minute, so that nobody can fill the log from outside.
    """

    method: str
    count: int


class AccessRefused(Event, frozen=True, kw_only=True):
    """Somebody asked for what they may not do; ``count`` times since the last such event."""

    principal_id: str
    name: str
    message: str
    count: int


# -- the log itself ------------------------------------------------------------------------------


class AuditKeyRotated(Event, frozen=True, kw_only=True):
    """``endorsed_by`` is empty when the private key before was lost."""

    key_id: str
    endorsed_by: str
    by: str


class AuditRestored(Event, frozen=True, kw_only=True):
    """The desk goes on from a backup: what ``from_epoch`` had after ``from_seq`` is not here, nor
    anything of the ``abandoned`` epochs that the second place knew of."""

    epoch: str
    from_epoch: str
    from_seq: int
    backup_made: datetime
    abandoned: tuple[str, ...] = ()


class AuditErased(Event, frozen=True, kw_only=True):
    """The data of ``events`` (first and last ``seq`` of each stretch) was erased."""

    subject: str
    by: str
    why: str
    events: tuple[tuple[int, int], ...]


class AuditTrimmed(Event, frozen=True, kw_only=True):
    """``count`` of ``kind`` were older than ``days``; events went up to ``seq``, to ``archive``."""

    kind: Literal["log", "items", "exports"]
    count: int
    days: int
    seq: int = 0
    archive: str = ""


class AuditHeld(Event, frozen=True, kw_only=True):
    hold: Hold


class AuditHoldEnded(Event, frozen=True, kw_only=True):
    hold: Hold
    by: str


# -- the one table -------------------------------------------------------------------------------


class Kind(Struct, frozen=True):
    """A row of the table: an event type, its struct, and where its subject stands in it.

    Latest-value events are not numbered, stored or replayed: a newer one with the same subject
    replaces an older one that was not yet written.
    """

    name: str
    of: type[Event]
    subject: str
    latest: bool = False

    @property
    def topic(self) -> str:
        return self.name.partition(".")[0]


TABLE: tuple[Kind, ...] = (
    Kind("issue.added", IssueAdded, "issue.id"),
    Kind("issue.updated", IssueUpdated, "issue.id"),
    Kind("issue.corrected", IssueCorrected, "issue.id"),
    Kind("brief.written", BriefWritten, "brief.id"),
    Kind("brief.revised", BriefRevised, "brief.id"),
    Kind("brief.proposed", BriefProposed, "brief.id"),
    Kind("brief.copy_edited", BriefCopyEdited, "brief.id"),
    Kind("brief.redacted", BriefRedacted, "brief.id"),
    Kind("review.opened", ReviewOpened, "brief.id"),
    Kind("review.signed", ReviewSigned, "brief.id"),
    Kind("review.declined", ReviewDeclined, "brief.id"),
    Kind("review.cleared", ReviewCleared, "brief.id"),
    Kind("review.withdrawn", ReviewWithdrawn, "brief.id"),
    Kind("review.voided", ReviewVoided, "brief.id"),
    Kind("review.gate_opened", ReviewGateOpened, "brief.id"),
    Kind("review.interrupted", ReviewInterrupted, ""),
    Kind("review.resumed", ReviewResumed, ""),
    Kind("config.changed", ConfigChanged, ""),
    Kind("export.created", ExportCreated, "brief.id"),
    Kind("export.refused", ExportRefused, "refusal.brief_id"),
    Kind("export.redacted", ExportRedacted, "export.brief_id"),
    Kind("edition.opened", EditionOpened, "edition.id"),
    Kind("ingest.started", IngestStarted, "run.id"),
    Kind("ingest.finished", IngestFinished, "run.id"),
    Kind("ingest.source_failed", IngestSourceFailed, "source.source.id"),
    Kind("ingest.source_recovered", IngestSourceRecovered, "source.source.id"),
    Kind("ingest.source_added", IngestSourceAdded, "source.source.id"),
    Kind("ingest.source_removed", IngestSourceRemoved, "source_id"),
    Kind("ingest.progress", IngestProgress, "progress.source_id", latest=True),
    Kind("presence", Presence, "subject", latest=True),
    Kind("access.signed_in", AccessSignedIn, "principal_id"),
    Kind("access.signed_out", AccessSignedOut, "principal_id"),
    Kind("access.token_issued", AccessTokenIssued, "token.principal_id"),
    Kind("access.token_revoked", AccessTokenRevoked, "token.principal_id"),
    Kind("access.role_granted", AccessRoleGranted, "person.id"),
    Kind("access.role_removed", AccessRoleRemoved, "person.id"),
    Kind("access.deputy_named", AccessDeputyNamed, "person.id"),
    Kind("access.deputy_removed", AccessDeputyRemoved, "person.id"),
    Kind("access.change_asked", AccessChangeAsked, "change.id"),
    Kind("access.change_closed", AccessChangeClosed, "change.id"),
    Kind("access.sign_in_failed", AccessSignInFailed, ""),
    Kind("access.refused", AccessRefused, "principal_id"),
    Kind("audit.key_rotated", AuditKeyRotated, "key_id"),
    Kind("audit.restored", AuditRestored, ""),
    Kind("audit.erased", AuditErased, "subject"),
    Kind("audit.trimmed", AuditTrimmed, ""),
    Kind("audit.held", AuditHeld, "hold.subject"),
    Kind("audit.hold_ended", AuditHoldEnded, "hold.subject"),
)
BY_TYPE: dict[str, Kind] = {kind.name: kind for kind in TABLE}
BY_EVENT: dict[type[Event], Kind] = {kind.of: kind for kind in TABLE}


class Recorded(Struct, frozen=True):
    """One event of the log: numbered, hashed, and encoded once for every reader.

    ``data`` is the JSON object of the event's own fields; ``wire`` the whole CloudEvents object,
    the same bytes on WebSocket, SSE and replay.
    """

    epoch: str
    seq: int
    type: str
    topic: str
    subject: str
    time: datetime
    data: bytes
    hash: bytes
    wire: bytes

    @property
    def cursor(self) -> str:
        return f"{self.epoch}-{self.seq}"


class Latest(Struct, frozen=True):
    """A latest-value event, encoded once."""

    type: str
    topic: str
    subject: str
    wire: bytes

    @property
    def key(self) -> tuple[str, str]:
        """A newer event with the same key replaces an older one."""
        return self.type, self.subject
