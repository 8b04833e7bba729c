"""The vocabulary of the index; papers are in it by their own ids; which words are strong in a text.

The index itself is emptied: `search.fill_empty` writes it anew when the library is opened.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What begins with something is a range of the key, in the order of code points.
    points = "C" if op.get_bind().dialect.name == "postgresql" else None
    op.create_table(
        "search_term",
        sa.Column("term", sa.String(collation=points), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("term", name=op.f("pk_search_term")),
        sqlite_with_rowid=False,
    )
    common = sa.text("documents > 2")
    op.create_index(
        "ix_search_term_common",
        "search_term",
        ["term"],
        sqlite_where=common,
        postgresql_where=common,
    )
    op.execute("DELETE FROM search_document")
    _text("title, names, techniques, abstract, notes, strong")


def downgrade() -> None:
    _text("title, names, techniques, abstract, notes")
    op.execute("DELETE FROM search_document")
    op.drop_table("search_term")


def _text(columns: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_text")
        op.execute(f"CREATE VIRTUAL TABLE search_text USING fts5({columns}, tokenize='ascii')")
    else:
        op.execute("DELETE FROM search_text")
