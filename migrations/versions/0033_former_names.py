"""Links find notes, techniques and issues by what they were called before; notes have tags."""

import sqlalchemy as sa
from alembic import op

from app.kit.text import fold
from app.notes.markdown import find_references

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_MANY = 5_000  # rows
_REVISION = sa.table(
    "note_revision", sa.column("id"), sa.column("title"), sa.column("title_folded")
)
_NOTE = sa.table("note", sa.column("id"), sa.column("body", sa.String()))
_LINK = sa.table(
    "link",
    *map(sa.column, ("source_kind", "source_id", "target_kind", "target_key", "origin")),
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
    _relink(connection)
    write = sa.update(_REVISION).where(_REVISION.c.id == number).values(title_folded=folded)
    last = 0
    following = sa.select(_REVISION.c.id, _REVISION.c.title).where(_REVISION.c.title != "")
    following = following.order_by(_REVISION.c.id).limit(_MANY)
    while rows := connection.execute(following.where(_REVISION.c.id > last)).all():
        connection.execute(write, [{"number": each, "folded": fold(title)} for each, title in rows])
        last = rows[-1][0]


def _relink(connection: sa.Connection) -> None:
    """Links are read otherwise now: tags, headings, folders. Those that notes have besides."""
    last = 0
    marked = sa.or_(*(_NOTE.c.body.contains(mark) for mark in ("#", "[[")))
    following = sa.select(_NOTE.c.id, _NOTE.c.body).where(marked).order_by(_NOTE.c.id).limit(_MANY)
    while rows := connection.execute(following.where(_NOTE.c.id > last)).all():
        numbers = [number for number, _ in rows]
        is_theirs = (
            _LINK.c.source_kind == "note",
            _LINK.c.origin == "text",
            _LINK.c.source_id.between(numbers[0], numbers[-1]),
        )
        columns = (_LINK.c.source_id, _LINK.c.target_kind, _LINK.c.target_key)
        held = {tuple(row) for row in connection.execute(sa.select(*columns).where(*is_theirs))}
        found = [
            {"source_kind": "note", "source_id": number, "target_kind": each.kind}
            | {"target_key": each.key, "origin": "text"}
            for number, body in rows
            for each in sorted(find_references(body))
            if (number, each.kind, each.key) not in held
        ]
        if found:
            connection.execute(sa.insert(_LINK), found)
        last = numbers[-1]


def downgrade() -> None:
    op.drop_index("ix_note_revision_title_folded", "note_revision")
    op.drop_column("note_revision", "title_folded")
    for table in ("issue", "technique"):
        op.drop_column(table, "former_names")
