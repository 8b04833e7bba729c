"""Correspondences, and what they are tied to."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIES = ("technique", "issue", "paper")


def upgrade() -> None:
    texts = [
        f"{name}_{language}"
        for name in ("source", "target", "carries", "breaks")
        for language in ("en", "zh")
    ]
    op.create_table(
        "correspondence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in texts),
        sa.Column("source_field_id", sa.Integer(), nullable=True),
        sa.Column("target_field_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_field_id"], ["field.id"], name="fk_correspondence_source_field_id_field"
        ),
        sa.ForeignKeyConstraint(
            ["target_field_id"], ["field.id"], name="fk_correspondence_target_field_id_field"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_correspondence"),
    )
    op.create_index("ix_correspondence_slug", "correspondence", ["slug"], unique=True)
    for end in ("source", "target"):
        op.create_index(f"ix_correspondence_{end}_field_id", "correspondence", [f"{end}_field_id"])
    for tied in _TIES:
        table = f"correspondence_{tied}"
        op.create_table(
            table,
            sa.Column("correspondence_id", sa.Integer(), nullable=False),
            sa.Column(f"{tied}_id", sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint(
                ["correspondence_id"],
                ["correspondence.id"],
                name=f"fk_{table}_correspondence_id_correspondence",
            ),
            sa.ForeignKeyConstraint(
                [f"{tied}_id"], [f"{tied}.id"], name=f"fk_{table}_{tied}_id_{tied}"
            ),
            sa.PrimaryKeyConstraint("correspondence_id", f"{tied}_id", name=f"pk_{table}"),
        )
        op.create_index(f"ix_{table}_{tied}_id", table, [f"{tied}_id"])


def downgrade() -> None:
    for tied in _TIES:
        op.drop_table(f"correspondence_{tied}")
    op.drop_table("correspondence")
