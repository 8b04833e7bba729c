"""A file that was taken from its paper is in the trash."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _names(column: str, other: str, key: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_removed_file_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.{key}"], name=name)


def upgrade() -> None:
    op.create_table(
        "removed_file",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("arxiv_version", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("removed_at", _TIME, nullable=False),
        _names("paper_id", "paper", "id"),
        _names("sha256", "file", "sha256"),
        sa.PrimaryKeyConstraint("paper_id", "sha256", name=op.f("pk_removed_file")),
    )
    op.create_index(op.f("ix_removed_file_sha256"), "removed_file", ["sha256"])


def downgrade() -> None:
    op.drop_table("removed_file")
