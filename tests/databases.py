"""Libraries for tests, on either database: made once, then restored."""

import shutil
from pathlib import Path
from weakref import finalize

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier, Literal

from app.settings import Settings
from app.startup import open_library
from tests import postgres


class Template:
    """A library as it was made, to begin from again and again.

    On SQLite that is a copy of its folder; on PostgreSQL its one database, with every table filled
    again from a copy in the schema `kept`, which takes a fortieth of what another database does.
    """

    def __init__(self, folder: Path, *, name: str, socket: str, starter: bool = False) -> None:
        self.folder = folder
        self.settings = Settings(
            _env_file=None,
            starter=starter,
            arxiv_url="http://127.0.0.1:9/api/query",  # nothing answers there
            arxiv_delay=0.0,
            doi_url="http://127.0.0.1:9/",
            doi_delay=0.0,
            allowed_hosts=["testserver"],
            database_url=postgres.url(socket, name) if socket else "",
        )
        self.socket, self.name = socket, name
        if socket:
            postgres.execute(socket, SQL("CREATE DATABASE {}").format(Identifier(name)))
        open_library(self._at(folder)).close()
        if socket:
            self._connection = postgres.connect(socket, name, application="template")
            finalize(self, self._connection.close)
            self._restoring = _keep(self._connection)

    def restored(self, library: Path) -> Settings:
        """Settings on the library as it was made, in a folder that is not there yet."""
        shutil.rmtree(library, ignore_errors=True)  # the last test's
        shutil.copytree(self.folder, library)
        if self.socket:
            self._connection.execute(self._restoring)
        return self._at(library)

    def _at(self, library: Path) -> Settings:
        return self.settings.model_copy(update={"library": library})


def _keep(connection: Connection) -> Composed:
    """Copy every table that is not empty; what to execute to have all as they are."""
    tables = [
        Identifier(table)
        for (table,) in connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
    ]
    sequences = connection.execute(
        "SELECT sequencename, coalesce(last_value, 1), last_value IS NOT NULL FROM pg_sequences"
    ).fetchall()
    some = SQL("SELECT 1 FROM {} LIMIT 1")
    filled = [table for table in tables if connection.execute(some.format(table)).fetchone()]
    connection.execute("CREATE SCHEMA kept")
    for table in filled:
        connection.execute(SQL("CREATE TABLE kept.{0} AS TABLE {0}").format(table))
    return SQL("; ").join(
        [
            # What a test has left open must not hold a lock; order must not matter to keys.
            SQL(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state <> 'idle'"
                " AND pid <> pg_backend_pid()"
            ),
            SQL("SET session_replication_role = replica"),
            *(SQL("DELETE FROM {}").format(table) for table in tables),
            *(SQL("INSERT INTO {0} TABLE kept.{0}").format(table) for table in filled),
            *(
                SQL("SELECT setval({}, {}, {})").format(*map(Literal, sequence))
                for sequence in sequences
            ),
        ]
    )
