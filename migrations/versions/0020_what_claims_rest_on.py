"""Where a claim was shown; published scores and pairs of them, the items of benchmarks, and
hypotheses of what would carry over."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
# A literature claim was shown where its papers are at home; of the reader's own and what is
# inferred nobody can tell.
_SUPPORTING = """
    SELECT paper_field.field_id FROM evidence
    JOIN paper_field ON paper_field.paper_id = evidence.paper_id
    WHERE evidence.claim_id = claim.id AND evidence.polarity = 'supports'
"""
_BASIS = f"""
    UPDATE claim SET basis = CASE
        WHEN (SELECT field_id FROM issue WHERE issue.id = claim.issue_id) IN ({_SUPPORTING})
            THEN 'target'
        WHEN EXISTS ({_SUPPORTING}) THEN 'source'
        ELSE 'argued' END
    WHERE source = 'literature'
"""  # noqa: S608 (nothing of it comes from outside)


def _names(
    table: str, column: str, other: str, *, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _numbered(table: str) -> dict[str, bool]:
    """What SQLite's new table has to say again: see 0017."""
    return {"sqlite_autoincrement": table == "benchmark_mapping"}


def upgrade() -> None:
    op.create_table(
        "benchmark_item",
        _number("id"),
        _number("benchmark_id"),
        _number("position"),
        *map(_text, ("question", "query", "database", "altered_from")),
        _names("benchmark_item", "benchmark_id", "benchmark"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark_item")),
        sa.UniqueConstraint(
            "benchmark_id", "position", name=op.f("uq_benchmark_item_benchmark_id_position")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "score",
        _number("id"),
        _number("benchmark_id"),
        _number("category_id", nullable=True),
        _text("system"),
        _number("paper_id"),
        *map(_text, ("place", "metric")),
        sa.Column("value", sa.Float(), nullable=False),
        _text("unit"),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        _number("version"),
        _names("score", "benchmark_id", "benchmark"),
        _names("score", "category_id", "benchmark_category"),
        _names("score", "paper_id", "paper"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score")),
        sqlite_autoincrement=True,
    )
    for column in ("benchmark_id", "category_id", "paper_id"):
        op.create_index(op.f(f"ix_score_{column}"), "score", [column])
    op.create_table(
        "score_pair",
        *map(_number, ("id", "technique_id", "with_id", "without_id")),
        sa.Column("created_at", _TIME, nullable=False),
        _names("score_pair", "technique_id", "technique"),
        _names("score_pair", "with_id", "score"),
        _names("score_pair", "without_id", "score"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_pair")),
        sa.UniqueConstraint("with_id", "without_id", name=op.f("uq_score_pair_with_id_without_id")),
        sqlite_autoincrement=True,
    )
    for column in ("technique_id", "without_id"):
        op.create_index(op.f(f"ix_score_pair_{column}"), "score_pair", [column])
    tables = {
        "category_id": "benchmark_category",
        "correspondence_id": "correspondence",
        "contradicting_claim_id": "claim",
        "contradicting_note_id": "note",
        "claim_id": "claim",
    }
    texts = ("mechanism", "precondition", "expected", "refuted_by", "test")
    op.create_table(
        "hypothesis",
        *map(_number, ("id", "technique_id", "issue_id")),
        *(_number(column, nullable=True) for column in tables),
        *(_text(name) for each in texts for name in (each, f"{each}_zh")),
        *map(_text, ("precondition_state", "state", "result")),
        *map(_number, ("cost", "version")),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        _names("hypothesis", "technique_id", "technique"),
        _names("hypothesis", "issue_id", "issue"),
        *(
            _names("hypothesis", column, other, ondelete="SET NULL")
            for column, other in tables.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hypothesis")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_hypothesis_cell", "hypothesis", ["technique_id", "issue_id"])
    for column in ("issue_id", "state", *tables):
        op.create_index(op.f(f"ix_hypothesis_{column}"), "hypothesis", [column])
    for table, column, other in (
        ("benchmark_mapping", "item_id", "benchmark_item"),
        ("evidence", "item_id", "benchmark_item"),
        ("evidence", "pair_id", "score_pair"),
    ):
        with op.batch_alter_table(table, table_kwargs=_numbered(table)) as batch:
            batch.add_column(sa.Column(column, sa.Integer(), nullable=True))
            name = op.f(f"fk_{table}_{column}_{other}")
            batch.create_foreign_key(name, other, [column], ["id"], ondelete="SET NULL")
            batch.create_index(op.f(f"ix_{table}_{column}"), [column])
    op.add_column("claim", sa.Column("basis", sa.String(), nullable=False, server_default="argued"))
    op.execute(_BASIS)


def downgrade() -> None:
    op.drop_column("claim", "basis")
    for table, column in (
        ("evidence", "pair_id"),
        ("evidence", "item_id"),
        ("benchmark_mapping", "item_id"),
    ):
        with op.batch_alter_table(table, table_kwargs=_numbered(table)) as batch:
            batch.drop_index(op.f(f"ix_{table}_{column}"))
            batch.drop_column(column)
    for table in ("hypothesis", "score_pair", "score", "benchmark_item"):
        op.drop_table(table)
