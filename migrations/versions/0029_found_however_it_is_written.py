"""Authors are found by any form of their name, fields by synonyms; words are cut otherwise.

The index is emptied: `search.fill_empty` writes it anew when the library is opened.
"""

import sqlalchemy as sa
from alembic import op

from app.kit.author_names import search_words

revision = "0029"
down_revision = "0024"
branch_labels = None
depends_on = None

_MANY = 5_000  # rows
_AUTHOR = sa.table("author", sa.column("id"), sa.column("name"), sa.column("search_words"))


def upgrade() -> None:
    for column in ("synonyms_en", "synonyms_zh"):
        op.add_column("field", sa.Column(column, sa.JSON(), nullable=False, server_default="[]"))
    op.add_column(
        "author", sa.Column("search_words", sa.String(), nullable=False, server_default="")
    )
    _fill_authors()
    for table in (
        "search_text",
        "search_document",
        "search_term",
        "search_text_page",
        "search_file",
    ):
        if op.get_bind().dialect.name == "sqlite" and table == "search_text_page":
            op.execute("INSERT INTO search_text_page (search_text_page) VALUES ('delete-all')")
        else:
            op.execute(f"DELETE FROM {table}")  # noqa: S608


def _fill_authors() -> None:
    connection = op.get_bind()
    number, words = sa.bindparam("number"), sa.bindparam("words")
    write = sa.update(_AUTHOR).where(_AUTHOR.c.id == number).values(search_words=words)
    last = 0
    following = sa.select(_AUTHOR.c.id, _AUTHOR.c.name).order_by(_AUTHOR.c.id).limit(_MANY)
    while rows := connection.execute(following.where(_AUTHOR.c.id > last)).all():
        connection.execute(
            write, [{"number": each, "words": search_words(name)} for each, name in rows]
        )
        last = rows[-1][0]


def downgrade() -> None:
    op.drop_column("author", "search_words")
    for column in ("synonyms_zh", "synonyms_en"):
        op.drop_column("field", column)
