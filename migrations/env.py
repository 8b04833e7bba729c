"""Alembic's entry: runs on the connection that `Database.migrate` hands over."""

from alembic import context
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

import app.models  # noqa: F401 (fills the metadata)


def include_object(
    thing: object, name: str | None, kind: str, reflected: bool, compare_to: object
) -> bool:
    """Autogenerate must not drop what it cannot see: the engines' tables are made by hand."""
    return not (kind == "table" and name is not None and name.startswith("search_"))


def compare_bytes(connection: Connection) -> None:
    """Have PostgreSQL sort and compare every text by its bytes, as SQLite does: sort keys are made
    for that, keys and slugs too, and a server's locale would put its own order over it."""
    columns = connection.execute(
        text(
            "SELECT format('ALTER TABLE %s ALTER COLUMN %I TYPE %s COLLATE \"C\"',"
            " attrelid::regclass, attname, format_type(atttypid, atttypmod))"
            " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
            " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
            " AND attcollation NOT IN (0, '\"C\"'::regcollation) AND NOT attisdropped"
        )
    )
    for statement in columns.scalars().all():
        connection.exec_driver_sql(statement)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_object=include_object,
    render_as_batch=True,  # SQLite cannot alter a column in place
    # All of them or none, also on SQLite, of which Alembic thinks that it could not: who waits for
    # the lock finds the work done, never half.
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
if context.get_bind().dialect.name == "postgresql":
    compare_bytes(context.get_bind())
