"""The tables. A column is its own only when a query looks at it; the rest is a document."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    false,
)

from engine.model import (
    BriefRow,
    Change,
    ExportRow,
    Hold,
    Issue,
    Item,
    Proposal,
    Revision,
    RevisionRow,
    RunRow,
    Source,
    SourceHealth,
)
from engine.store.columns import Document, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

log_head = Table(
    "log_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("epoch", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("type", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("time", UtcDateTime, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("digest", LargeBinary),  # of the data that a tombstone stands for; else NULL
    Index(None, "subject", "seq"),
    Index(None, "type", "seq"),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("public", LargeBinary, nullable=False),
    Column("endorsed_by", String, nullable=False),
    Column("endorsement", LargeBinary, nullable=False),
)

signed_heads = Table(
    "signed_heads",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("epoch", String, nullable=False),
    Column("seq", Integer, nullable=False, index=True),
    Column("hash", String, nullable=False),
    Column("time", UtcDateTime, nullable=False),
    Column("key_id", String, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

holds = Table(
    "holds",
    metadata,
    Column("subject", String, primary_key=True),
    Column("hold", Document(Hold), nullable=False),
)

desk = Table(
    "desk",
    metadata,
    Column("key", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("id", String, primary_key=True),
    Column("source", Document(Source), nullable=False),
    Column("health", Document(SourceHealth), nullable=False),
)

items = Table(
    "items",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("url_key", String, index=True),
    Column("content_key", String, nullable=False, index=True),
    Column("issue_id", String, nullable=False),
    Column("duplicate_of", String),
    Column("edition", String, nullable=False),
    Column("item", Document(Item), nullable=False),
    Index(None, "issue_id", "n"),
    Index(None, "edition"),
)

issues = Table(
    "issues",
    metadata,
    Column("id", String, primary_key=True),
    Column("edition", String, nullable=False),
    Column("quadrant", String, nullable=False),
    Column("score", Float, nullable=False),
    Column("priority", String, nullable=False),
    Column("issue", Document(Issue), nullable=False),
    Index(None, "edition", "score", "priority", "quadrant"),
)

corrections = Table(
    "corrections",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("issue_id", ForeignKey("issues.id"), nullable=False),
    Column("quadrant", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

briefs = Table(
    "briefs",
    metadata,
    Column("id", ForeignKey("issues.id"), primary_key=True),
    Column("edition", String, nullable=False),
    Column("in_review", Boolean, nullable=False),
    Column("next_expiry", UtcDateTime),
    Column("row", Document(BriefRow), nullable=False),
    Column("review", LargeBinary, nullable=False),
    Column("proposal", Document(Proposal)),
    Index(None, "edition"),
    Index(None, "in_review"),
    Index(None, "next_expiry"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("brief_id", ForeignKey("briefs.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("row", Document(RevisionRow), nullable=False),
    Column("revision", Document(Revision), nullable=False),
)

exports = Table(
    "exports",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("brief_id", ForeignKey("briefs.id"), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("edition", String, nullable=False, index=True),
    Column("export", Document(ExportRow), nullable=False),
    Column("package", LargeBinary, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("finished", UtcDateTime, index=True),
    Column("run", Document(RunRow), nullable=False),
)

principals = Table(
    "principals",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("roles", Document(tuple[str, ...]), nullable=False),
    Column("since", UtcDateTime),
    Column("erased", Boolean, nullable=False, server_default=false()),
)

deputies = Table(
    "deputies",
    metadata,
    Column("principal_id", ForeignKey("principals.id"), primary_key=True),
    Column("role", String, primary_key=True),
    Column("start", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("id", String, primary_key=True),
    Column("lapses_at", UtcDateTime, nullable=False, index=True),
    Column("change", Document(Change), nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String, primary_key=True),
    Column("principal_id", ForeignKey("principals.id"), nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("created", UtcDateTime, nullable=False),
    Column("expires", UtcDateTime),
    Column("last_used", UtcDateTime),
    Column("revoked", Boolean, nullable=False),
    Column("service", Boolean, nullable=False, server_default=false()),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("principal_id", ForeignKey("principals.id"), nullable=False),
    Column("token_id", ForeignKey("tokens.id")),
    Column("method", String, nullable=False),
    Column("expires", UtcDateTime, nullable=False, index=True),
    Column("parent", LargeBinary),
    Column("opened", UtcDateTime),
    Column("is_ticket", Boolean, nullable=False, server_default=false()),
    Column("roles", Document(tuple[str, ...])),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("principal_id", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("request", LargeBinary, nullable=False),
    Column("answer", LargeBinary),
    Column("at", UtcDateTime, nullable=False, index=True),
)
