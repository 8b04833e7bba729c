"""Names of authors that are one person's, what became of tags, and papers by venue."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "author_variant",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("joined_to", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_author_variant")),
    )
    op.create_index(op.f("ix_author_variant_person"), "author_variant", ["person"])
    op.create_table(
        "tag_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("into", sa.String(), nullable=False),
        sa.Column("papers", sa.JSON(), nullable=False),
        sa.Column("both", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_paper_listed_venue",
        "paper",
        ["venue", "year", "id", "trashed_at"],
        sqlite_where=sa.text("trashed_at IS NULL"),
        postgresql_where=sa.text("trashed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_paper_listed_venue", "paper")
    op.drop_table("tag_change")
    op.drop_table("author_variant")
