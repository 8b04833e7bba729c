"""Papers on which somebody took notes are being read; the few that are not unread have an index;
the colours of marks are called what the reader calls them."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_BEGUN = sa.text("reading <> 'unread' AND trashed_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "mark_colour",
        sa.Column("colour", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("colour", name=op.f("pk_mark_colour")),
    )
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
    op.drop_table("mark_colour")
