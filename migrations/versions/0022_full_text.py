"""The text of files' pages is searched, by an index of its own; who cites a paper is looked up."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_search_file_sha256")),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        # The pages have their texts: the index keeps but where the words stand.
        op.execute(
            "CREATE VIRTUAL TABLE search_text_page USING fts5(text, content='', tokenize='ascii')"
        )
    else:
        op.execute(
            "CREATE TABLE search_text_page (number integer PRIMARY KEY, words tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX search_text_page_words ON search_text_page USING gin (words)")
    for column in ("doi", "arxiv_id"):
        name = op.f(f"ix_file_reference_{column}")
        op.create_index(name, "file_reference", [column])


def downgrade() -> None:
    for column in ("doi", "arxiv_id"):
        op.drop_index(op.f(f"ix_file_reference_{column}"), "file_reference")
    op.execute("DROP TABLE search_text_page")
    op.drop_table("search_file")
