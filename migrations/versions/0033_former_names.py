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
_TEXTS = {
    "note": ("body",),
    "claim": ("rationale",),
    "ruling": ("rationale",),
    "correspondence": ("carries_en", "carries_zh", "breaks_en", "breaks_zh"),
    "hypothesis": (
        *("mechanism", "mechanism_zh", "precondition", "precondition_zh", "expected"),
        *("expected_zh", "refuted_by", "refuted_by_zh", "test", "test_zh", "result"),
    ),
}
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
    for kind, columns in _TEXTS.items():
        _relink(connection, kind, columns)
    write = sa.update(_REVISION).where(_REVISION.c.id == number).values(title_folded=folded)
    last = 0
    following = sa.select(_REVISION.c.id, _REVISION.c.title).where(_REVISION.c.title != "")
    following = following.order_by(_REVISION.c.id).limit(_MANY)
    while rows := connection.execute(following.where(_REVISION.c.id > last)).all():
        connection.execute(write, [{"number": each, "folded": fold(title)} for each, title in rows])
        last = rows[-1][0]


def _relink(connection: sa.Connection, kind: str, columns: tuple[str, ...]) -> None:
    """Links are read otherwise now: tags, headings, folders. Those that texts have besides."""
    texts = sa.table(kind, sa.column("id"), *(sa.column(each, sa.String()) for each in columns))
    number, said = texts.c.id, [texts.c[each] for each in columns]
    marked = sa.or_(*(each.contains(mark) for each in said for mark in ("#", "[[")))
    following = sa.select(number, *said).where(marked).order_by(number).limit(_MANY)
    last = 0
    while rows := connection.execute(following.where(number > last)).all():
        ids = [row[0] for row in rows]
        of_kind = (_LINK.c.source_kind == kind, _LINK.c.origin == "text")
        held = sa.select(_LINK.c.source_id, _LINK.c.target_kind, _LINK.c.target_key)
        held = held.where(*of_kind, _LINK.c.source_id.between(ids[0], ids[-1]))
        known = {tuple(row) for row in connection.execute(held)}
        found = [
            {"source_kind": kind, "source_id": row[0], "target_kind": each.kind}
            | {"target_key": each.key, "origin": "text"}
            for row in rows
            for each in sorted(find_references("\n\n".join(filter(None, row[1:]))))
            if (row[0], each.kind, each.key) not in known
        ]
        if found:
            connection.execute(sa.insert(_LINK), found)
        last = ids[-1]


def downgrade() -> None:
    op.drop_index("ix_note_revision_title_folded", "note_revision")
    op.drop_column("note_revision", "title_folded")
    for table in ("issue", "technique"):
        op.drop_column(table, "former_names")
