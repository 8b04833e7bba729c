"""The library: papers, notes, vocabularies, comparisons, imports; with the shipped verdicts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SHIPPED_VERDICTS = [
    ("adopt", "Adopt", "采用", "✓", "yes"),
    ("try", "Worth trying", "值得一试", "△", "part"),
    ("reference", "Reference", "可参考", "◇", "reference"),
    ("limited", "Limited", "参考价值有限", "▽", "limited"),
    ("no", "Not relevant", "不相关", "✕", "fails"),
    ("later", "Later", "有时间再看", "◷", "unclear"),
]


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_attachment")),
    )
    op.create_table(
        "author",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author")),
    )
    with op.batch_alter_table("author", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_author_name"), ["name"], unique=True)
        batch_op.create_index(batch_op.f("ix_author_sort_name"), ["sort_name"], unique=False)

    op.create_table(
        "field",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("definition_en", sa.String(), nullable=False),
        sa.Column("definition_zh", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field")),
    )
    with op.batch_alter_table("field", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_field_slug"), ["slug"], unique=True)

    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_batch_sha256"), ["sha256"], unique=False)

    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_kind", sa.String(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("target_kind", sa.String(), nullable=False),
        sa.Column("target_key", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_source_id"), ["source_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_link_source_kind"), ["source_kind"], unique=False)
        batch_op.create_index("ix_link_target", ["target_kind", "target_key"], unique=False)

    op.create_table(
        "paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("citekey", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_sort", sa.String(), nullable=False),
        sa.Column("short_title", sa.String(), nullable=False),
        sa.Column("abstract", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("published", sa.String(), nullable=False),
        sa.Column("revised", sa.String(), nullable=False),
        sa.Column("venue", sa.String(), nullable=False),
        sa.Column("arxiv_id", sa.String(), nullable=True),
        sa.Column("arxiv_version", sa.Integer(), nullable=True),
        sa.Column("primary_category", sa.String(), nullable=False),
        sa.Column("doi", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("metadata_source", sa.String(), nullable=False),
        sa.Column("metadata_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reader_fields", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trashed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
    )
    with op.batch_alter_table("paper", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_arxiv_id"), ["arxiv_id"], unique=True)
        batch_op.create_index(batch_op.f("ix_paper_citekey"), ["citekey"], unique=True)
        batch_op.create_index(batch_op.f("ix_paper_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_paper_doi"), ["doi"], unique=False)
        batch_op.create_index(batch_op.f("ix_paper_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_paper_short_title"), ["short_title"], unique=False)
        batch_op.create_index(batch_op.f("ix_paper_title_sort"), ["title_sort"], unique=False)
        batch_op.create_index(batch_op.f("ix_paper_trashed_at"), ["trashed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_paper_year"), ["year"], unique=False)

    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
    )
    with op.batch_alter_table("tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tag_folded"), ["folded"], unique=True)

    op.create_table(
        "technique",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("synonyms_en", sa.JSON(), nullable=False),
        sa.Column("synonyms_zh", sa.JSON(), nullable=False),
        sa.Column("definition_en", sa.String(), nullable=False),
        sa.Column("definition_zh", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["technique.id"], name=op.f("fk_technique_parent_id_technique")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_technique")),
    )
    with op.batch_alter_table("technique", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_technique_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_technique_slug"), ["slug"], unique=True)

    verdict = op.create_table(
        "verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("label_en", sa.String(), nullable=False),
        sa.Column("label_zh", sa.String(), nullable=False),
        sa.Column("sign", sa.String(length=4), nullable=False),
        sa.Column("colour", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict")),
    )
    with op.batch_alter_table("verdict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verdict_slug"), ["slug"], unique=True)

    op.create_table(
        "comparison",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("description_en", sa.String(), nullable=False),
        sa.Column("description_zh", sa.String(), nullable=False),
        sa.Column("source_field_id", sa.Integer(), nullable=True),
        sa.Column("target_field_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_field_id"], ["field.id"], name=op.f("fk_comparison_source_field_id_field")
        ),
        sa.ForeignKeyConstraint(
            ["target_field_id"], ["field.id"], name=op.f("fk_comparison_target_field_id_field")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparison")),
    )
    with op.batch_alter_table("comparison", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comparison_slug"), ["slug"], unique=True)
        batch_op.create_index(
            batch_op.f("ix_comparison_source_field_id"), ["source_field_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_comparison_target_field_id"), ["target_field_id"], unique=False
        )

    op.create_table(
        "former_citekey",
        sa.Column("citekey", sa.String(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name=op.f("fk_former_citekey_paper_id_paper")
        ),
        sa.PrimaryKeyConstraint("citekey", name=op.f("pk_former_citekey")),
    )
    with op.batch_alter_table("former_citekey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_former_citekey_paper_id"), ["paper_id"], unique=False)

    op.create_table(
        "import_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("item_kind", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entry_key", sa.String(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_import_item_batch_id_import_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_item")),
    )
    with op.batch_alter_table("import_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_item_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_item_entry_key"), ["entry_key"], unique=False)
        batch_op.create_index("ix_import_item_row", ["item_kind", "item_id"], unique=False)

    op.create_table(
        "issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("field_id", sa.Integer(), nullable=True),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("synonyms_en", sa.JSON(), nullable=False),
        sa.Column("synonyms_zh", sa.JSON(), nullable=False),
        sa.Column("definition_en", sa.String(), nullable=False),
        sa.Column("definition_zh", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["field_id"], ["field.id"], name=op.f("fk_issue_field_id_field")),
        sa.ForeignKeyConstraint(["parent_id"], ["issue.id"], name=op.f("fk_issue_parent_id_issue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue")),
    )
    with op.batch_alter_table("issue", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issue_field_id"), ["field_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issue_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issue_slug"), ["slug"], unique=True)

    op.create_table(
        "paper_author",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["author.id"], name=op.f("fk_paper_author_author_id_author")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name=op.f("fk_paper_author_paper_id_paper")
        ),
        sa.PrimaryKeyConstraint("paper_id", "position", name=op.f("pk_paper_author")),
    )
    with op.batch_alter_table("paper_author", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_author_author_id"), ["author_id"], unique=False)

    op.create_table(
        "paper_field",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["field_id"], ["field.id"], name=op.f("fk_paper_field_field_id_field")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name=op.f("fk_paper_field_paper_id_paper")
        ),
        sa.PrimaryKeyConstraint("paper_id", "field_id", name=op.f("pk_paper_field")),
    )
    with op.batch_alter_table("paper_field", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_field_field_id"), ["field_id"], unique=False)

    op.create_table(
        "paper_tag",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name=op.f("fk_paper_tag_paper_id_paper")
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_paper_tag_tag_id_tag")),
        sa.PrimaryKeyConstraint("paper_id", "tag_id", name=op.f("pk_paper_tag")),
    )
    with op.batch_alter_table("paper_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_tag_tag_id"), ["tag_id"], unique=False)

    op.create_table(
        "paper_technique",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("technique_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name=op.f("fk_paper_technique_paper_id_paper")
        ),
        sa.ForeignKeyConstraint(
            ["technique_id"],
            ["technique.id"],
            name=op.f("fk_paper_technique_technique_id_technique"),
        ),
        sa.PrimaryKeyConstraint("paper_id", "technique_id", name=op.f("pk_paper_technique")),
    )
    with op.batch_alter_table("paper_technique", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_paper_technique_technique_id"), ["technique_id"], unique=False
        )

    op.create_table(
        "paper_verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=True),
        sa.Column("verdict_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name=op.f("fk_paper_verdict_paper_id_paper")
        ),
        sa.ForeignKeyConstraint(
            ["verdict_id"], ["verdict.id"], name=op.f("fk_paper_verdict_verdict_id_verdict")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_verdict")),
    )
    with op.batch_alter_table("paper_verdict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_verdict_paper_id"), ["paper_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_paper_verdict_verdict_id"), ["verdict_id"], unique=False
        )
        batch_op.create_index(
            "uq_paper_verdict_current",
            ["paper_id"],
            unique=True,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )

    op.create_table(
        "claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("technique_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("stance", sa.String(), nullable=False),
        sa.Column("confidence", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("rationale", sa.String(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_claim_issue_id_issue")),
        sa.ForeignKeyConstraint(
            ["technique_id"], ["technique.id"], name=op.f("fk_claim_technique_id_technique")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.create_index("ix_claim_cell", ["technique_id", "issue_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_claim_issue_id"), ["issue_id"], unique=False)

    op.create_table(
        "comparison_column",
        sa.Column("comparison_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comparison_id"],
            ["comparison.id"],
            name=op.f("fk_comparison_column_comparison_id_comparison"),
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_comparison_column_issue_id_issue")
        ),
        sa.PrimaryKeyConstraint("comparison_id", "issue_id", name=op.f("pk_comparison_column")),
    )
    with op.batch_alter_table("comparison_column", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_comparison_column_issue_id"), ["issue_id"], unique=False
        )

    op.create_table(
        "comparison_row",
        sa.Column("comparison_id", sa.Integer(), nullable=False),
        sa.Column("technique_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comparison_id"],
            ["comparison.id"],
            name=op.f("fk_comparison_row_comparison_id_comparison"),
        ),
        sa.ForeignKeyConstraint(
            ["technique_id"],
            ["technique.id"],
            name=op.f("fk_comparison_row_technique_id_technique"),
        ),
        sa.PrimaryKeyConstraint("comparison_id", "technique_id", name=op.f("pk_comparison_row")),
    )
    with op.batch_alter_table("comparison_row", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_comparison_row_technique_id"), ["technique_id"], unique=False
        )

    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_folded", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=True),
        sa.Column("technique_id", sa.Integer(), nullable=True),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trashed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_note_issue_id_issue")),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_note_paper_id_paper")),
        sa.ForeignKeyConstraint(
            ["technique_id"], ["technique.id"], name=op.f("fk_note_technique_id_technique")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_issue_id"), ["issue_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_note_paper_id"), ["paper_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_note_technique_id"), ["technique_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_note_title_folded"), ["title_folded"], unique=False)
        batch_op.create_index(batch_op.f("ix_note_trashed_at"), ["trashed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_note_updated_at"), ["updated_at"], unique=False)

    op.create_table(
        "ruling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("technique_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("stance", sa.String(), nullable=False),
        sa.Column("rationale", sa.String(), nullable=False),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_ruling_issue_id_issue")),
        sa.ForeignKeyConstraint(
            ["technique_id"], ["technique.id"], name=op.f("fk_ruling_technique_id_technique")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruling")),
    )
    with op.batch_alter_table("ruling", schema=None) as batch_op:
        batch_op.create_index("ix_ruling_cell", ["technique_id", "issue_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ruling_issue_id"), ["issue_id"], unique=False)
        batch_op.create_index(
            "uq_ruling_current",
            ["technique_id", "issue_id"],
            unique=True,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )

    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=True),
        sa.Column("note_id", sa.Integer(), nullable=True),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("locator", sa.String(), nullable=False),
        sa.Column("polarity", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_evidence_claim_id_claim")
        ),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_evidence_note_id_note")),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name=op.f("fk_evidence_paper_id_paper")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_claim_id"), ["claim_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_note_id"), ["note_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_paper_id"), ["paper_id"], unique=False)

    op.create_table(
        "note_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"], ["note.id"], name=op.f("fk_note_revision_note_id_note")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_revision")),
        sa.UniqueConstraint("note_id", "version", name=op.f("uq_note_revision_note_id_version")),
    )
    with op.batch_alter_table("note_revision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_revision_note_id"), ["note_id"], unique=False)

    op.bulk_insert(
        verdict,
        [
            {
                "slug": slug,
                "label_en": en,
                "label_zh": zh,
                "sign": sign,
                "colour": colour,
                "position": place,
            }
            for place, (slug, en, zh, sign, colour) in enumerate(SHIPPED_VERDICTS)
        ],
    )


def downgrade() -> None:
    with op.batch_alter_table("note_revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_note_revision_note_id"))

    op.drop_table("note_revision")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_paper_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_note_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_claim_id"))

    op.drop_table("evidence")
    with op.batch_alter_table("ruling", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_ruling_current",
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )
        batch_op.drop_index(batch_op.f("ix_ruling_issue_id"))
        batch_op.drop_index("ix_ruling_cell")

    op.drop_table("ruling")
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_note_updated_at"))
        batch_op.drop_index(batch_op.f("ix_note_trashed_at"))
        batch_op.drop_index(batch_op.f("ix_note_title_folded"))
        batch_op.drop_index(batch_op.f("ix_note_technique_id"))
        batch_op.drop_index(batch_op.f("ix_note_paper_id"))
        batch_op.drop_index(batch_op.f("ix_note_issue_id"))

    op.drop_table("note")
    with op.batch_alter_table("comparison_row", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comparison_row_technique_id"))

    op.drop_table("comparison_row")
    with op.batch_alter_table("comparison_column", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comparison_column_issue_id"))

    op.drop_table("comparison_column")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claim_issue_id"))
        batch_op.drop_index("ix_claim_cell")

    op.drop_table("claim")
    with op.batch_alter_table("paper_verdict", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_paper_verdict_current",
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )
        batch_op.drop_index(batch_op.f("ix_paper_verdict_verdict_id"))
        batch_op.drop_index(batch_op.f("ix_paper_verdict_paper_id"))

    op.drop_table("paper_verdict")
    with op.batch_alter_table("paper_technique", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_technique_technique_id"))

    op.drop_table("paper_technique")
    with op.batch_alter_table("paper_tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_tag_tag_id"))

    op.drop_table("paper_tag")
    with op.batch_alter_table("paper_field", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_field_field_id"))

    op.drop_table("paper_field")
    with op.batch_alter_table("paper_author", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_author_author_id"))

    op.drop_table("paper_author")
    with op.batch_alter_table("issue", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issue_slug"))
        batch_op.drop_index(batch_op.f("ix_issue_parent_id"))
        batch_op.drop_index(batch_op.f("ix_issue_field_id"))

    op.drop_table("issue")
    with op.batch_alter_table("import_item", schema=None) as batch_op:
        batch_op.drop_index("ix_import_item_row")
        batch_op.drop_index(batch_op.f("ix_import_item_entry_key"))
        batch_op.drop_index(batch_op.f("ix_import_item_batch_id"))

    op.drop_table("import_item")
    with op.batch_alter_table("former_citekey", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_former_citekey_paper_id"))

    op.drop_table("former_citekey")
    with op.batch_alter_table("comparison", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comparison_target_field_id"))
        batch_op.drop_index(batch_op.f("ix_comparison_source_field_id"))
        batch_op.drop_index(batch_op.f("ix_comparison_slug"))

    op.drop_table("comparison")
    with op.batch_alter_table("verdict", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_verdict_slug"))

    op.drop_table("verdict")
    with op.batch_alter_table("technique", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_technique_slug"))
        batch_op.drop_index(batch_op.f("ix_technique_parent_id"))

    op.drop_table("technique")
    with op.batch_alter_table("tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tag_folded"))

    op.drop_table("tag")
    with op.batch_alter_table("paper", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_year"))
        batch_op.drop_index(batch_op.f("ix_paper_trashed_at"))
        batch_op.drop_index(batch_op.f("ix_paper_title_sort"))
        batch_op.drop_index(batch_op.f("ix_paper_kind"))
        batch_op.drop_index(batch_op.f("ix_paper_short_title"))
        batch_op.drop_index(batch_op.f("ix_paper_doi"))
        batch_op.drop_index(batch_op.f("ix_paper_created_at"))
        batch_op.drop_index(batch_op.f("ix_paper_citekey"))
        batch_op.drop_index(batch_op.f("ix_paper_arxiv_id"))

    op.drop_table("paper")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index("ix_link_target")
        batch_op.drop_index(batch_op.f("ix_link_source_kind"))
        batch_op.drop_index(batch_op.f("ix_link_source_id"))

    op.drop_table("link")
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_batch_sha256"))

    op.drop_table("import_batch")
    with op.batch_alter_table("field", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_field_slug"))

    op.drop_table("field")
    with op.batch_alter_table("author", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_author_sort_name"))
        batch_op.drop_index(batch_op.f("ix_author_name"))

    op.drop_table("author")
    op.drop_table("attachment")
