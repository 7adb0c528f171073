"""Tickets and sessions made from others, when a session was opened, and tokens for services."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("parent", sa.LargeBinary(), nullable=True))
    op.add_column("sessions", sa.Column("opened", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "sessions",
        sa.Column("is_ticket", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "tokens", sa.Column("service", sa.Boolean(), nullable=False, server_default=sa.false())
    )
