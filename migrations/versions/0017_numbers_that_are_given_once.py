"""A row's number that something else may remember is given once, on SQLite too: as PostgreSQL does
by itself, and SQLite where a table says AUTOINCREMENT."""

import re
from collections.abc import Callable

from alembic import op
from sqlalchemy import Connection

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TABLES = (
    *("field", "technique", "issue", "verdict", "paper", "paper_verdict", "paper_merge", "note"),
    *("comparison", "claim", "ruling", "cell_change", "correspondence", "saved_search"),
    *("benchmark", "benchmark_category", "benchmark_mapping", "benchmark_result"),
    *("import_batch", "synced_folder", "sync_conflict"),
)
_KEY = re.compile(r"PRIMARY KEY(?:( \()(id)(\)))?")
# Where numbers of rows are remembered that may be gone by now.
_REMEMBERED = (
    "SELECT 'claim' AS name, claim_id AS number FROM cell_change"
    " UNION ALL SELECT item_kind, item_id FROM import_item"
    " UNION ALL SELECT kind, item_id FROM synced_file"
    " UNION ALL SELECT kind, item_id FROM sync_conflict"
)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    for table in _TABLES:
        _rebuild(connection, table, _make_lasting)
    found = connection.exec_driver_sql(
        f"SELECT name, max(number) FROM ({_REMEMBERED}) GROUP BY name"  # noqa: S608
    )
    for table, last in found.fetchall():
        if table in _TABLES:
            given = connection.exec_driver_sql(f'SELECT max(id) FROM "{table}"').scalar()  # noqa: S608
            connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            connection.exec_driver_sql(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
                (table, max(last, given or 0)),
            )


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for table in _TABLES:
            _rebuild(connection, table, lambda columns: columns.replace(" AUTOINCREMENT", ""))


def _make_lasting(columns: str) -> str:
    """The key stands behind the columns, or in its own where a batch of Alembic wrote the table."""
    lasting, keys = _KEY.subn(r"PRIMARY KEY\1\2 AUTOINCREMENT\3", columns)
    assert keys == 1
    return lasting


def _rebuild(connection: Connection, table: str, change: Callable[[str], str]) -> None:
    """A table with another key (https://sqlite.org/lang_altertable.html#otheralter)."""
    assert not connection.exec_driver_sql("PRAGMA foreign_keys").scalar(), (
        "what names rows would go"
    )
    made = connection.exec_driver_sql(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL", (table,)
    ).fetchall()
    (sql,) = (sql for kind, sql in made if kind == "table")
    columns = sql.partition("(")[2]
    connection.exec_driver_sql(f'CREATE TABLE "new_{table}" ({change(columns)}')
    connection.exec_driver_sql(f'INSERT INTO "new_{table}" SELECT * FROM "{table}"')  # noqa: S608
    connection.exec_driver_sql(f'DROP TABLE "{table}"')
    connection.exec_driver_sql(f'ALTER TABLE "new_{table}" RENAME TO "{table}"')
    for kind, sql in made:
        if kind != "table":
            connection.exec_driver_sql(sql)
