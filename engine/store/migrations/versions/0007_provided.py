"""People of an identity provider: the roles a session came with, and who was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("roles", sa.LargeBinary(), nullable=True))
    op.add_column(
        "principals", sa.Column("erased", sa.Boolean(), nullable=False, server_default=sa.false())
    )
