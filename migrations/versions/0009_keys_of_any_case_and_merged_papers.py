"""Keys are compared without case; two papers that are one, and two that only look like one."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_FOLDED = {"paper": "citekey_folded", "former_citekey": "folded"}


def upgrade() -> None:
    for table, column in _FOLDED.items():
        op.add_column(table, sa.Column(column, sa.String(), nullable=False, server_default=""))
        # Until now every key was in lower case.
        op.execute(f"UPDATE {table} SET {column} = citekey")  # noqa: S608 (two words of ours)
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=True)
    op.create_table(
        "paper_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("keep_id", sa.Integer(), nullable=False),
        sa.Column("citekey", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["keep_id"],
            ["paper.id"],
            name=op.f("fk_paper_merge_keep_id_paper"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_merge")),
    )
    op.create_index(op.f("ix_paper_merge_keep_id"), "paper_merge", ["keep_id"])
    op.create_table(
        "paper_distinct",
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column],
                ["paper.id"],
                name=op.f(f"fk_paper_distinct_{column}_paper"),
                ondelete="CASCADE",
            )
            for column in ("first_id", "second_id")
        ),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_paper_distinct")),
    )
    op.create_index(op.f("ix_paper_distinct_second_id"), "paper_distinct", ["second_id"])


def downgrade() -> None:
    op.drop_table("paper_distinct")
    op.drop_table("paper_merge")
    for table, column in _FOLDED.items():
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
        op.drop_column(table, column)
