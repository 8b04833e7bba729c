"""The search index: what is in it, and its texts as the engine of each database keeps them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_document")),
        sa.UniqueConstraint(
            "kind", "item_id", "other_id", name=op.f("uq_search_document_kind_item_id_other_id")
        ),
    )
    if op.get_bind().dialect.name == "sqlite":
        # Our own tokens are put in, a space between them; `ascii` takes every other character
        # but ASCII's punctuation for part of one.
        op.execute(
            "CREATE VIRTUAL TABLE search_text USING fts5("
            "title, names, techniques, abstract, notes, tokenize='ascii')"
        )
    else:
        # A text too long for the positions of one tsvector has parts from 1 on, any other has 0.
        op.execute(
            "CREATE TABLE search_text (document integer, part integer, words tsvector NOT NULL,"
            " PRIMARY KEY (document, part)) WITH (toast_tuple_target = 8160)"
        )
        # Ranking reads every text, which takes half as long where it stands whole in its row.
        op.execute("ALTER TABLE search_text ALTER COLUMN words SET STORAGE EXTERNAL")
        op.execute("CREATE INDEX search_text_words ON search_text USING gin (words) WHERE part = 0")
        op.execute("CREATE INDEX search_text_parts ON search_text USING gin (words) WHERE part > 0")


def downgrade() -> None:
    op.execute("DROP TABLE search_text")
    op.drop_table("search_document")
