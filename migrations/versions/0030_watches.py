"""Watches: what is looked at for what is new, and what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0028"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=True),
        sa.Column("reached", _MOMENT, nullable=True),
        sa.Column("next_at", _MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("trashed_at", _MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_watch_name_folded"), "watch", ["name_folded"])
    op.create_table(
        "watch_entry",
        sa.Column("watch_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=True),
        sa.Column("arxiv_version", sa.Integer(), nullable=True),
        sa.Column("worth", sa.Float(), nullable=False),
        sa.Column("touches", sa.JSON(), nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["watch_id"],
            ["watch.id"],
            name=op.f("fk_watch_entry_watch_id_watch"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"],
            ["paper.id"],
            name=op.f("fk_watch_entry_paper_id_paper"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("watch_id", "key", name=op.f("pk_watch_entry")),
    )
    op.create_index(op.f("ix_watch_entry_paper_id"), "watch_entry", ["paper_id"])


def downgrade() -> None:
    op.drop_table("watch_entry")
    op.drop_table("watch")
