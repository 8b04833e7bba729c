"""Evidence says where its quotation stands, and in which words, not only whether."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "evidence",
        sa.Column("standing", sa.String(), nullable=False, server_default="unchecked"),
    )
    op.add_column("evidence", sa.Column("page", sa.Integer(), nullable=True))
    op.add_column("evidence", sa.Column("sha256", sa.String(), nullable=True))
    op.add_column("evidence", sa.Column("now", sa.String(), nullable=False, server_default=""))
    op.add_column("evidence", sa.Column("looked_version", sa.Integer(), nullable=True))
    op.add_column("evidence", sa.Column("kept", sa.String(), nullable=True))
    op.execute(sa.text("UPDATE evidence SET standing = 'stands' WHERE found"))
    op.execute(sa.text("UPDATE evidence SET standing = 'gone' WHERE NOT found"))
    op.drop_column("evidence", "found")
    op.create_index(op.f("ix_evidence_standing"), "evidence", ["standing"])


def downgrade() -> None:
    op.drop_index(op.f("ix_evidence_standing"), "evidence")
    op.add_column("evidence", sa.Column("found", sa.Boolean(), nullable=True))
    stands = "UPDATE evidence SET found = :found WHERE standing IN ('stands', 'moved')"
    op.execute(sa.text(stands).bindparams(found=True))
    gone = "UPDATE evidence SET found = :found WHERE standing IN ('reworded', 'gone')"
    op.execute(sa.text(gone).bindparams(found=False))
    for column in ("kept", "looked_version", "now", "sha256", "page", "standing"):
        op.drop_column("evidence", column)
