"""What each row of the URL table takes and gives, as types: the material of /openapi.json."""

from enum import Enum
from typing import Any

from msgspec import Struct

from engine.desk.audit import AuditPage
from engine.desk.config import ConfigChange
from engine.desk.edit import BriefEdit
from engine.desk.issues import IssuePage
from engine.desk.review import SignRequest
from engine.export.verify import Verdict
from engine.ingest.sources import NewSource
from engine.log.verify import AuditResult
from engine.model import (
    AssetsReply,
    BriefRow,
    BriefView,
    Change,
    Config,
    Difference,
    ErasedReply,
    ExportRow,
    Hold,
    Inbox,
    IngestStatus,
    Interrupt,
    Issue,
    IssuedToken,
    Lens,
    Person,
    Record,
    ReviewStatus,
    Roi,
    RunRow,
    SignedReply,
    SigningKey,
    SourceRow,
    SplitIssue,
    StandIn,
    Ticket,
    TokenRow,
    WithdrawnItem,
)
from server.http.reading import Nothing
from server.rest.assets import AssetsRequest
from server.rest.audit import AuditQuery
from server.rest.briefs import Adoption, BriefQuery, DifferenceQuery
from server.rest.classify import Correction, Merge, Split, TodayQuery
from server.rest.custody import Erase, HoldQuery, NewHold
from server.rest.health import Health
from server.rest.ingest import UPLOADS, PushedItem, Retraction, RunRequest, UploadQuery
from server.rest.people import Granting
from server.rest.review import Clearing, Stop, Withdrawal
from server.rest.session import Session, SignedIn, SignIn
from server.rest.sources import Pause
from server.rest.tokens import NewToken


class Media(Enum):
    """How an answer comes: in the envelope, or as it is."""

    JSON = "application/json"
    OPENAPI = "application/vnd.oai.openapi+json"
    ASYNCAPI = "application/vnd.aai.asyncapi+json"
    ZIP = "application/zip"
    HTML = "text/html"
    TEXT = "text/plain"
    STREAM = "text/event-stream"
    NONE = ""


class Operation(Struct, frozen=True, kw_only=True):
    """``answer`` stands inside the envelope; ``refusals`` come on top of the usual ones.

    ``waiting`` comes with 202 instead, when what was asked for waits for a second person.
    """

    answer: Any = None
    alternative: Any = None
    waiting: Any = None
    body: Any = None
    query: Any = None
    status: int = 200
    media: Media = Media.JSON
    headers: tuple[str, ...] = ()
    uploads: tuple[str, ...] = ()
    refusals: tuple[int, ...] = ()

    @property
    def answers(self) -> tuple[Any, ...]:
        return tuple(kind for kind in (self.answer, self.alternative) if kind is not None)


class PushedItems(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As ``rest.ingest.Pushed``, with the items written out."""

    items: tuple[PushedItem, ...]
    source: str = "push"


class FollowQuery(Record, frozen=True, kw_only=True):
    topics: str
    quadrant: str | None = None
    min_score: float | None = None
    subject: str | None = None
    since: str | None = None


ONCE = ("Idempotency-Key",)
EDIT = ("If-Match", "Idempotency-Key")

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/ingest/status"): Operation(answer=IngestStatus),
    ("POST", "/ingest/run"): Operation(answer=RunRow, body=RunRequest, status=202, headers=ONCE),
    ("POST", "/ingest/items"): Operation(
        answer=RunRow,
        body=PushedItems,
        query=UploadQuery,
        headers=ONCE,
        uploads=tuple(UPLOADS),
    ),
    ("POST", "/ingest/items/{id}/withdraw"): Operation(
        answer=WithdrawnItem, body=Retraction, headers=ONCE
    ),
    ("GET", "/ingest/sources"): Operation(answer=tuple[SourceRow, ...]),
    ("POST", "/ingest/sources"): Operation(
        answer=SourceRow, body=NewSource, status=201, headers=ONCE
    ),
    ("PATCH", "/ingest/sources/{id}"): Operation(answer=SourceRow, body=Pause, headers=ONCE),
    ("DELETE", "/ingest/sources/{id}"): Operation(answer=SourceRow, headers=ONCE),
    ("GET", "/classify/today"): Operation(answer=IssuePage, query=TodayQuery),
    ("POST", "/classify/{id}/correct"): Operation(answer=Issue, body=Correction, headers=ONCE),
    ("POST", "/classify/{id}/merge"): Operation(answer=Issue, body=Merge, headers=ONCE),
    ("POST", "/classify/{id}/split"): Operation(answer=SplitIssue, body=Split, headers=ONCE),
    ("GET", "/brief/{id}"): Operation(answer=BriefView, alternative=Lens, query=BriefQuery),
    ("GET", "/brief/{id}/difference"): Operation(answer=Difference, query=DifferenceQuery),
    ("PUT", "/brief/{id}"): Operation(answer=BriefView, body=BriefEdit, headers=EDIT),
    ("POST", "/brief/{id}/write"): Operation(answer=BriefView, body=Nothing, headers=ONCE),
    ("POST", "/brief/{id}/review"): Operation(answer=BriefView, body=Nothing, headers=ONCE),
    ("POST", "/brief/{id}/adopt"): Operation(answer=BriefView, body=Adoption, headers=EDIT),
    ("POST", "/assets/generate"): Operation(
        answer=AssetsReply, body=AssetsRequest, refusals=(404, 410)
    ),
    ("GET", "/roi/today"): Operation(answer=Roi),
    ("POST", "/export/{id}"): Operation(body=Nothing, media=Media.ZIP, headers=ONCE),
    ("GET", "/export/{id}"): Operation(media=Media.ZIP),
    ("GET", "/export/{id}/verify"): Operation(answer=Verdict),
    ("GET", "/exports/today"): Operation(answer=tuple[ExportRow, ...]),
    ("GET", "/config"): Operation(answer=Config),
    ("POST", "/config"): Operation(answer=Config, waiting=Change, body=ConfigChange, headers=ONCE),
    ("GET", "/review/status"): Operation(answer=ReviewStatus),
    ("GET", "/review/inbox"): Operation(answer=Inbox),
    ("POST", "/review/signoff"): Operation(
        answer=SignedReply, body=SignRequest, headers=ONCE, refusals=(404, 410)
    ),
    ("POST", "/review/withdraw"): Operation(
        answer=BriefRow, body=Withdrawal, headers=ONCE, refusals=(404, 410)
    ),
    ("POST", "/review/clear"): Operation(
        answer=BriefRow, body=Clearing, headers=ONCE, refusals=(404, 410)
    ),
    ("POST", "/review/interrupt"): Operation(answer=Interrupt, body=Stop, headers=ONCE),
    ("POST", "/review/resume"): Operation(answer=Interrupt, body=Nothing, headers=ONCE),
    ("GET", "/session"): Operation(answer=Session),
    ("POST", "/session"): Operation(answer=SignedIn, body=SignIn, status=201, refusals=(403,)),
    ("DELETE", "/session"): Operation(refusals=(403,)),
    ("POST", "/session/ticket"): Operation(
        answer=Ticket, body=Nothing, status=201, refusals=(401, 403)
    ),
    ("GET", "/tokens"): Operation(answer=tuple[TokenRow, ...]),
    ("POST", "/tokens"): Operation(answer=IssuedToken, body=NewToken, status=201),
    ("DELETE", "/tokens/{id}"): Operation(answer=TokenRow, headers=ONCE),
    ("GET", "/people"): Operation(answer=tuple[Person, ...]),
    ("POST", "/people/{id}/roles"): Operation(
        answer=Person, waiting=Change, body=Granting, headers=ONCE
    ),
    ("DELETE", "/people/{id}/roles/{role}"): Operation(answer=Person, headers=ONCE),
    ("POST", "/people/{id}/deputies"): Operation(
        answer=Person, waiting=Change, body=StandIn, headers=ONCE
    ),
    ("DELETE", "/people/{id}/deputies/{role}"): Operation(answer=Person, headers=ONCE),
    ("GET", "/changes"): Operation(answer=tuple[Change, ...]),
    ("POST", "/changes/{id}/confirm"): Operation(answer=Change, body=Nothing, headers=ONCE),
    ("DELETE", "/changes/{id}"): Operation(answer=Change, headers=ONCE),
    ("GET", "/audit"): Operation(answer=AuditPage, query=AuditQuery),
    ("GET", "/audit/verify"): Operation(answer=AuditResult),
    ("POST", "/audit/key"): Operation(answer=SigningKey, body=Nothing, headers=ONCE),
    ("GET", "/holds"): Operation(answer=tuple[Hold, ...]),
    ("POST", "/holds"): Operation(answer=Hold, body=NewHold, status=201, headers=ONCE),
    ("DELETE", "/holds"): Operation(answer=Hold, query=HoldQuery, headers=ONCE, refusals=(404,)),
    ("POST", "/erase"): Operation(answer=ErasedReply, body=Erase, headers=ONCE, refusals=(404,)),
    ("GET", "/healthz"): Operation(answer=Health),
    ("GET", "/readyz"): Operation(answer=Health),
    ("GET", "/metrics"): Operation(media=Media.TEXT),
    ("GET", "/openapi.json"): Operation(media=Media.OPENAPI),
    ("GET", "/asyncapi.json"): Operation(media=Media.ASYNCAPI),
    ("GET", "/docs"): Operation(media=Media.HTML),
    ("GET", "/"): Operation(media=Media.HTML),
    ("GET", "/dashboard/{version}/{room}/{name}"): Operation(media=Media.TEXT),
    ("GET", "/client.js"): Operation(media=Media.TEXT),
    ("GET", "/static/{name}"): Operation(media=Media.TEXT),
    ("GET", "/ws"): Operation(status=101, media=Media.NONE),
    ("GET", "/events"): Operation(query=FollowQuery, media=Media.STREAM),
}
