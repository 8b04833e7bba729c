"""On PostgreSQL: what is no paper of one part has an index of its own; how frequent words are."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("DROP INDEX search_text_parts")
    op.execute(
        "CREATE INDEX search_text_rest ON search_text USING gin (words)"
        " WHERE document < 0 OR part > 0"
    )
    op.create_table(
        "search_text_frequency",
        sa.Column("token", sa.String(collation="C"), nullable=False),
        sa.Column("share", sa.REAL(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_search_text_frequency")),
    )
    # As `search.postgres.tidy` does, for a library that is filled.
    op.execute("ANALYZE search_text")
    op.execute(
        "INSERT INTO search_text_frequency SELECT word, ndoc::real / greatest(1, ("
        " SELECT count(*) FROM search_text TABLESAMPLE SYSTEM (20) REPEATABLE (1)"
        ")) FROM ts_stat("
        " 'SELECT words FROM search_text TABLESAMPLE SYSTEM (20) REPEATABLE (1)'"
        ") WHERE ndoc >= 5"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.drop_table("search_text_frequency")
    op.execute("DROP INDEX search_text_rest")
    op.execute("CREATE INDEX search_text_parts ON search_text USING gin (words) WHERE part > 0")
