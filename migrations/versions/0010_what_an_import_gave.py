"""What an import gave a paper, and what the paper had there before."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import_item", sa.Column("given", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("import_item", sa.Column("before", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("import_item", "before")
    op.drop_column("import_item", "given")
