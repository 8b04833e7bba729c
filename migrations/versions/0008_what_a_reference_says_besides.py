"""What a reference says besides, by CSL's names; which part of an author's name is the family's."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("paper", sa.Column("details", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("author", sa.Column("family", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("author", "family")
    op.drop_column("paper", "details")
