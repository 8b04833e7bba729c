"""Engine, session, transaction: the one place outside `search/` that knows a dialect."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from app.settings import Settings, resource


class Database:
    """Opens transactions: `with db.read() as session` reads, `with db.write()` alone commits.

    `before_commit` holds functions that run inside every writing transaction after its changes are
    flushed (the search index and the links of notes follow the rows that way).
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self.before_commit: list[Callable[[Session], None]] = []

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; whatever it changed is rolled back."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session for writing: committed when the block ends, rolled back when it raises.

        SQLite's write lock is taken by the first statement, also where that only reads: a reader
        that turns writer half-way fails with "locked" whatever the timeout
        (https://sqlite.org/lang_transaction.html).
        """
        engine = self.engine.execution_options(crosswalk_writes=True)
        with Session(engine, expire_on_commit=False) as session:
            yield session
            session.flush()
            for follow in self.before_commit:
                follow(session)
            session.commit()

    def migrate(self) -> None:
        """Bring the schema to the newest version; safe to call on every start."""
        if self._is_newest():
            return  # Alembic alone takes 0.3 s to import
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(resource("migrations")))
        with self.engine.execution_options(crosswalk_writes=True).connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    def _is_newest(self) -> bool:
        """Whether the schema is at the last migration; their files begin with their numbers."""
        files = (resource("migrations") / "versions").glob("*.py")
        newest = max(file.name.split("_")[0] for file in files)
        with self.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return False
            held = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
            return held.scalar() == newest

    def close(self) -> None:
        self.engine.dispose()


def open_database(settings: Settings) -> Database:
    """The library's database at its newest schema; makes the library folder where there is none."""
    settings.library.mkdir(parents=True, exist_ok=True)
    database = Database(settings.url)
    database.migrate()
    return database


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        if engine.url.database:
            Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: SQLiteConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late and be DEFERRED
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "cache_size=-32000",
        "mmap_size=268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("crosswalk_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
