"""Vectors of papers and notes, for what is near in meaning in the other language."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_vector",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("kind", "item_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_text_vector_compared", "text_vector", ["model", "dimension", "language", "id"]
    )


def downgrade() -> None:
    op.drop_table("text_vector")
