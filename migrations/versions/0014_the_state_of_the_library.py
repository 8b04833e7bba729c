"""What is computed from the whole library is kept until its state has another name; what the lists
of papers are ordered and counted by stands in indexes that leave out the trash."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_LISTED = (("created_at",), ("title_sort",), ("year", "title_sort"), ("kind", "year"))
_REPLACED = ("created_at", "year", "kind", "trashed_at")


def upgrade() -> None:
    state = op.create_table(
        "library_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_state")),
    )
    op.bulk_insert(state, [{"id": 1, "name": uuid4().hex}])
    for column in _REPLACED:
        op.drop_index(f"ix_paper_{column}", "paper")
    for columns in _LISTED:
        _create(f"ix_paper_listed_{columns[0]}", [*columns, "id", "trashed_at"], "NULL")
    _create("ix_paper_trashed_at", ["trashed_at"], "NOT NULL")


def _create(name: str, columns: list[str], trashed: str) -> None:
    where = sa.text(f"trashed_at IS {trashed}")
    op.create_index(name, "paper", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_paper_trashed_at", "paper")
    for columns in _LISTED:
        op.drop_index(f"ix_paper_listed_{columns[0]}", "paper")
    for column in _REPLACED:
        op.create_index(f"ix_paper_{column}", "paper", [column])
    op.drop_table("library_state")
