"""A verdict says from which day its paper is to be looked at again."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

DATED = sa.text("is_current AND due <> ''")


def upgrade() -> None:
    op.add_column("paper_verdict", sa.Column("due", sa.String(), nullable=False, server_default=""))
    op.create_index(
        "ix_paper_verdict_due",
        "paper_verdict",
        ["due", "paper_id"],
        sqlite_where=DATED,
        postgresql_where=DATED,
    )


def downgrade() -> None:
    op.drop_index("ix_paper_verdict_due", table_name="paper_verdict")
    op.drop_column("paper_verdict", "due")
