"""Alembic's entry: runs on the connection that `Database.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

import app.models  # noqa: F401 (fills the metadata)


def include_object(
    thing: object, name: str | None, kind: str, reflected: bool, compare_to: object
) -> bool:
    """Autogenerate must not drop what it cannot see: FTS5's tables are made by hand."""
    return not (kind == "table" and name is not None and name.startswith("search_"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_object=include_object,
    render_as_batch=True,  # SQLite cannot alter a column in place
    transaction_per_migration=False,
)
context.run_migrations()
