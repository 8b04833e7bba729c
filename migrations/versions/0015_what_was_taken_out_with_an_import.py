"""What is taken out with an import is written down, so that it can be brought back."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_removal",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["import_batch.id"],
            name=op.f("fk_import_removal_batch_id_import_batch"),
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_import_removal")),
    )


def downgrade() -> None:
    op.drop_table("import_removal")
