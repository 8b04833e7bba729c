"""Papers hold files, with their text, the references they print, and the reader's marks."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _names(table: str, column: str, other: str, key: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.{key}"], name=name)


def upgrade() -> None:
    op.create_table(
        "file",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("text_state", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_file")),
    )
    op.create_index(op.f("ix_file_text_state"), "file", ["text_state"])
    op.create_table(
        "paper_file",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("arxiv_version", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        _names("paper_file", "paper_id", "paper", "id"),
        _names("paper_file", "sha256", "file", "sha256"),
        sa.PrimaryKeyConstraint("paper_id", "sha256", name=op.f("pk_paper_file")),
    )
    op.create_index(op.f("ix_paper_file_sha256"), "paper_file", ["sha256"])
    op.create_table(
        "file_page",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        _names("file_page", "sha256", "file", "sha256"),
        sa.PrimaryKeyConstraint("sha256", "page", name=op.f("pk_file_page")),
    )
    op.create_table(
        "file_reference",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("doi", sa.String(), nullable=True),
        sa.Column("arxiv_id", sa.String(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        _names("file_reference", "sha256", "file", "sha256"),
        sa.PrimaryKeyConstraint("sha256", "position", name=op.f("pk_file_reference")),
    )
    op.create_index(op.f("ix_file_reference_key"), "file_reference", ["key"])
    op.create_table(
        "mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("exact", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("suffix", sa.String(), nullable=False),
        sa.Column("colour", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("origin_key", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _names("mark", "paper_id", "paper", "id"),
        _names("mark", "sha256", "file", "sha256"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mark_paper_id", "mark", ["paper_id", "page"])
    op.create_index(op.f("ix_mark_sha256"), "mark", ["sha256"])
    op.create_index(op.f("ix_mark_origin_key"), "mark", ["origin_key"])
    op.create_table(
        "reading_place",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("read_at", _TIME, nullable=False),
        _names("reading_place", "paper_id", "paper", "id"),
        _names("reading_place", "sha256", "file", "sha256"),
        sa.PrimaryKeyConstraint("paper_id", name=op.f("pk_reading_place")),
    )
    op.add_column(
        "paper", sa.Column("reading", sa.String(), nullable=False, server_default="unread")
    )
    op.create_index(
        "ix_paper_without_abstract",
        "paper",
        ["id", "arxiv_id", "doi", "metadata_source", "trashed_at", "abstract"],
        sqlite_where=sa.text("abstract = '' AND trashed_at IS NULL"),
        postgresql_where=sa.text("abstract = '' AND trashed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_paper_without_abstract", "paper")
    op.drop_column("paper", "reading")
    for table in ("reading_place", "mark", "file_reference", "file_page", "paper_file", "file"):
        op.drop_table(table)
