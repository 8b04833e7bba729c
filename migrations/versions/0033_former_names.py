"""Links find notes, techniques and issues by what they were called before."""

import sqlalchemy as sa
from alembic import op

from app.kit.text import fold

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_MANY = 5_000  # rows
_REVISION = sa.table(
    "note_revision", sa.column("id"), sa.column("title"), sa.column("title_folded")
)


def upgrade() -> None:
    for table in ("technique", "issue"):
        op.add_column(
            table, sa.Column("former_names", sa.JSON(), nullable=False, server_default="[]")
        )
    op.add_column(
        "note_revision", sa.Column("title_folded", sa.String(), nullable=False, server_default="")
    )
    op.create_index("ix_note_revision_title_folded", "note_revision", ["title_folded"])
    connection = op.get_bind()
    number, folded = sa.bindparam("number"), sa.bindparam("folded")
    write = sa.update(_REVISION).where(_REVISION.c.id == number).values(title_folded=folded)
    last = 0
    following = sa.select(_REVISION.c.id, _REVISION.c.title).where(_REVISION.c.title != "")
    following = following.order_by(_REVISION.c.id).limit(_MANY)
    while rows := connection.execute(following.where(_REVISION.c.id > last)).all():
        connection.execute(write, [{"number": each, "folded": fold(title)} for each, title in rows])
        last = rows[-1][0]


def downgrade() -> None:
    op.drop_index("ix_note_revision_title_folded", "note_revision")
    op.drop_column("note_revision", "title_folded")
    for table in ("issue", "technique"):
        op.drop_column(table, "former_names")
