"""A hypothesis that is deleted can be brought back."""

import sqlalchemy as sa
from alembic import op

from app.models.base import UTCDateTime

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("hypothesis", sa.Column("trashed_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("hypothesis", "trashed_at")
