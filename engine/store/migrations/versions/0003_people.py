"""People: since when, for whom they stand in, and what waits for a second admin."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("principals", sa.Column("since", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "deputies",
        sa.Column("principal_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["principal_id"], ["principals.id"], name=op.f("fk_deputies_principal_id")
        ),
        sa.PrimaryKeyConstraint("principal_id", "role", name=op.f("pk_deputies")),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_lapses_at"), "changes", ["lapses_at"], unique=False)
