"""Folders that are kept in step with the library, and what was changed on both sides."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "synced_folder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synced_folder")),
        sa.UniqueConstraint("path", name=op.f("uq_synced_folder_path")),
    )
    op.create_table(
        "synced_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folder_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("home", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("made", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["folder_id"],
            ["synced_folder.id"],
            name=op.f("fk_synced_file_folder_id_synced_folder"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synced_file")),
        sa.UniqueConstraint("folder_id", "path", name=op.f("uq_synced_file_folder_id_path")),
    )
    op.create_index(op.f("ix_synced_file_folder_id"), "synced_file", ["folder_id"])
    op.create_table(
        "sync_conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folder_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("copy_path", sa.String(), nullable=False),
        sa.Column("is_copied", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("ours", sa.String(), nullable=False),
        sa.Column("theirs", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["folder_id"],
            ["synced_folder.id"],
            name=op.f("fk_sync_conflict_folder_id_synced_folder"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_conflict")),
    )
    op.create_index(op.f("ix_sync_conflict_folder_id"), "sync_conflict", ["folder_id"])


def downgrade() -> None:
    op.drop_table("sync_conflict")
    op.drop_table("synced_file")
    op.drop_table("synced_folder")
