"""Papers on which somebody took notes are being read; the few that are not unread have an index."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_BEGUN = sa.text("reading <> 'unread' AND trashed_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_paper_begun",
        "paper",
        ["reading", "id", "trashed_at"],
        sqlite_where=_BEGUN,
        postgresql_where=_BEGUN,
    )
    op.execute(
        "UPDATE paper SET reading = 'reading' WHERE reading = 'unread' AND id IN"
        " (SELECT paper_id FROM note WHERE paper_id IS NOT NULL AND trashed_at IS NULL)"
    )


def downgrade() -> None:
    op.drop_index("ix_paper_begun", table_name="paper")
