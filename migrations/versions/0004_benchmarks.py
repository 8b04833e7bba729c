"""Benchmarks: their categories, how issues map to them, and results."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "benchmark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=True),
        sa.Column("definition_en", sa.String(), nullable=False),
        sa.Column("definition_zh", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("examples", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"],
            ["paper.id"],
            name=op.f("fk_benchmark_paper_id_paper"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark")),
    )
    op.create_index(op.f("ix_benchmark_slug"), "benchmark", ["slug"], unique=True)
    op.create_index(op.f("ix_benchmark_paper_id"), "benchmark", ["paper_id"])
    op.create_table(
        "benchmark_category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("benchmark_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("definition_en", sa.String(), nullable=False),
        sa.Column("definition_zh", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["benchmark_id"],
            ["benchmark.id"],
            name=op.f("fk_benchmark_category_benchmark_id_benchmark"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark_category")),
        sa.UniqueConstraint(
            "benchmark_id", "code", name=op.f("uq_benchmark_category_benchmark_id_code")
        ),
    )
    op.create_index(
        op.f("ix_benchmark_category_benchmark_id"), "benchmark_category", ["benchmark_id"]
    )
    op.create_table(
        "benchmark_mapping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("strength", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("why_en", sa.String(), nullable=False),
        sa.Column("why_zh", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_benchmark_mapping_issue_id_issue")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["benchmark_category.id"],
            name=op.f("fk_benchmark_mapping_category_id_benchmark_category"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark_mapping")),
        sa.UniqueConstraint(
            "issue_id", "category_id", name=op.f("uq_benchmark_mapping_issue_id_category_id")
        ),
    )
    op.create_index(op.f("ix_benchmark_mapping_category_id"), "benchmark_mapping", ["category_id"])
    op.create_table(
        "benchmark_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("benchmark_id", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("outcomes", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["benchmark_id"],
            ["benchmark.id"],
            name=op.f("fk_benchmark_result_benchmark_id_benchmark"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark_result")),
    )
    op.create_index(op.f("ix_benchmark_result_benchmark_id"), "benchmark_result", ["benchmark_id"])


def downgrade() -> None:
    for table in ("result", "mapping", "category"):
        op.drop_table(f"benchmark_{table}")
    op.drop_table("benchmark")
