"""On PostgreSQL: what the length of a text makes of the weight of its words, for ranking.

The index itself is emptied: `search.fill_empty` writes it anew when the library is opened.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("TRUNCATE search_text")
        op.add_column("search_text", sa.Column("norm", sa.REAL(), nullable=False))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_column("search_text", "norm")
