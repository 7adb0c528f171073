"""Which events there are, in one table. Pure."""

from msgspec import Struct

from engine.events.access import (
    AccessChangeAsked,
    AccessChangeClosed,
    AccessDeputyNamed,
    AccessDeputyRemoved,
    AccessRefused,
    AccessRoleGranted,
    AccessRoleRemoved,
    AccessSignedIn,
    AccessSignedOut,
    AccessSignInFailed,
    AccessTokenIssued,
    AccessTokenRevoked,
)
from engine.events.audit import (
    AuditErased,
    AuditHeld,
    AuditHoldEnded,
    AuditKeyRotated,
    AuditRestored,
    AuditTrimmed,
)
from engine.events.brief import (
    BriefCopyEdited,
    BriefProposed,
    BriefRedacted,
    BriefRevised,
    BriefUnsettled,
    BriefWritten,
)
from engine.events.desk import ConfigChanged, EditionOpened
from engine.events.event import Event
from engine.events.export import ExportCreated, ExportRedacted, ExportRefused
from engine.events.ingest import (
    IngestFinished,
    IngestProgress,
    IngestSourceAdded,
    IngestSourceFailed,
    IngestSourceRecovered,
    IngestSourceRemoved,
    IngestStarted,
)
from engine.events.issue import (
    IssueAdded,
    IssueCorrected,
    IssueMerged,
    IssueSplit,
    IssueUpdated,
)
from engine.events.item import ItemWithdrawn
from engine.events.presence import Presence
from engine.events.review import (
    ReviewCleared,
    ReviewDeclined,
    ReviewGateOpened,
    ReviewInterrupted,
    ReviewOpened,
    ReviewResumed,
    ReviewSigned,
    ReviewVoided,
    ReviewWithdrawn,
)


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
    Kind("item.withdrawn", ItemWithdrawn, "item.id"),
    Kind("issue.added", IssueAdded, "issue.id"),
    Kind("issue.updated", IssueUpdated, "issue.id"),
    Kind("issue.corrected", IssueCorrected, "issue.id"),
    Kind("issue.merged", IssueMerged, "merged.id"),
    Kind("issue.split", IssueSplit, "issue.id"),
    Kind("brief.written", BriefWritten, "brief.id"),
    Kind("brief.revised", BriefRevised, "brief.id"),
    Kind("brief.proposed", BriefProposed, "brief.id"),
    Kind("brief.copy_edited", BriefCopyEdited, "brief.id"),
    Kind("brief.unsettled", BriefUnsettled, "brief.id"),
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
