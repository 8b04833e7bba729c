"""A score says on which part of its benchmark it is, over how many examples, and its system's
year."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("score", sa.Column("split", sa.String(), nullable=False, server_default=""))
    op.add_column("score", sa.Column("size", sa.Integer(), nullable=True))
    op.add_column("score", sa.Column("year", sa.Integer(), nullable=True))


def downgrade() -> None:
    for column in ("split", "size", "year"):
        op.drop_column("score", column)
