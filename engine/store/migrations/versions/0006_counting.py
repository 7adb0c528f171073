"""The index over issues answers a count by itself, whatever the page is narrowed to."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = ["edition", "score", "priority", "quadrant"]


def upgrade() -> None:
    op.create_index(op.f("ix_issues_edition_score_priority_quadrant"), "issues", COLUMNS)
    op.drop_index(op.f("ix_issues_edition_score"), table_name="issues")
