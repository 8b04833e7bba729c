"""Authors are sorted by the family names that are read today: particles, suffixes, compounds."""

import sqlalchemy as sa
from alembic import op

from app.kit.author_names import family_name
from app.kit.text import sort_key

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_MANY = 5_000  # rows
_AUTHOR = sa.table("author", *map(sa.column, ("id", "name", "family", "sort_name")))


def upgrade() -> None:
    connection = op.get_bind()
    number, sorted_as = sa.bindparam("number"), sa.bindparam("sorted_as")
    write = sa.update(_AUTHOR).where(_AUTHOR.c.id == number).values(sort_name=sorted_as)
    following = sa.select(_AUTHOR).order_by(_AUTHOR.c.id).limit(_MANY)
    last = 0
    while rows := connection.execute(following.where(_AUTHOR.c.id > last)).all():
        changed = [
            {"number": each.id, "sorted_as": key}
            for each in rows
            if (key := sort_key(f"{each.family or family_name(each.name)} {each.name}"))
            != each.sort_name
        ]
        if changed:
            connection.execute(write, changed)
        last = rows[-1].id


def downgrade() -> None:
    """Nothing: how authors are sorted is no part of the schema."""
