"""Random samples of what a queue has left."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "queue_sample",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("selection", sa.String(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_sample")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_queue_sample_selection", "queue_sample", ["selection"])
    op.create_table(
        "queue_sample_paper",
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sample_id"],
            ["queue_sample.id"],
            name=op.f("fk_queue_sample_paper_sample_id_queue_sample"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"],
            ["paper.id"],
            name=op.f("fk_queue_sample_paper_paper_id_paper"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sample_id", "paper_id", name=op.f("pk_queue_sample_paper")),
    )
    op.create_index("ix_queue_sample_paper_paper_id", "queue_sample_paper", ["paper_id"])


def downgrade() -> None:
    op.drop_table("queue_sample_paper")
    op.drop_table("queue_sample")
