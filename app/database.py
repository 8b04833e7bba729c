"""Engine, session, transaction: the one place outside `search/` that knows a dialect."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from sqlite3 import OperationalError as SQLiteError
from uuid import uuid4

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, SQLModel

from app.settings import Settings, resource

# Of SQLite, that its file is locked, full, out of reach; everything else is a defect of ours.
_SQLITE_AWAY = ("SQLITE_BUSY", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")
_PROGRAM_LIMIT = "54"  # the class of errors that psycopg calls operational and are ours
_LOCKED = "55P03"  # what a PostgreSQL writer is told that waited too long for a lock
_WRITER = 0x63726F7373  # the advisory lock that PostgreSQL's one writer holds
LOCK_TIMEOUT = 30.0  # seconds that a writer waits for the one before
_STATE = "crosswalk_state"  # in a session's info
_CHANGES = "crosswalk_changes"  # in a SQLite connection's: rows changed before this transaction


class Database:
    """Opens transactions: `with db.read() as session` reads, `with db.write()` alone commits.

    On both databases a reader sees one state from its first statement to its last, waits for
    nobody, and there is one writer at a time, over all threads, processes and servers: services may
    look and then write, and nobody comes between.

    `before_commit` holds functions that run inside every writing transaction after its changes are
    flushed (the search index and the links of notes follow the rows that way).
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._writing = _for_writing(self.engine)
        self.before_commit: list[Callable[[Session], None]] = []

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; whatever it changed is rolled back."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session for writing: committed when the block ends, rolled back when it raises.

        The writer's lock is taken by the first statement, also where that only reads.
        """
        with Session(self._writing, expire_on_commit=False) as session:
            yield session
            session.flush()
            for follow in self.before_commit:
                follow(session)
            session.flush()
            _name_state(session.connection())
            session.commit()

    def migrate(self) -> None:
        """Bring the schema to the newest version; safe on every start, and by several at once: one
        does it, and the others wait for as long as that takes."""
        retry_on_lock(self._upgrade)

    def _upgrade(self) -> None:
        if self._is_newest():
            return
        from alembic import command  # which alone takes 0.3 s
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(resource("migrations")))
        with self._writing.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            _name_state(connection)
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

    def read_unmapped(self) -> None:
        """From now on read SQLite's file through its cache alone: what is mapped counts as this
        process's memory, and who goes through all of a library once has nothing of it."""
        if self.engine.dialect.name == "sqlite" and not event.contains(
            self.engine, "connect", _unmap_sqlite
        ):
            event.listen(self.engine, "connect", _unmap_sqlite)
            self.engine.dispose()

    def close(self) -> None:
        self.engine.dispose()


def open_database(settings: Settings) -> Database:
    """The library's database at its newest schema; makes the library folder where there is none."""
    settings.library.mkdir(parents=True, exist_ok=True)
    database = Database(settings.url)
    try:
        database.migrate()
    except BaseException:
        database.close()
        raise
    return database


def state_of(session: Session, *, again: bool = False) -> str | None:
    """The name of the library's state that `session` reads: another after every change, by
    whichever process, and never one that was. None in a transaction that writes or has changed
    something, for nobody else sees what it sees. Asked once a transaction, or `again`."""
    connection = session.connection()
    if _writes(connection):
        return None
    transaction = connection.get_transaction()
    held = session.info.get(_STATE)
    if again or held is None or held[0] is not transaction:
        held = transaction, connection.exec_driver_sql(_named(connection)).scalar()
        session.info[_STATE] = held
    name: str | None = held[1]
    return name


def _named(connection: Connection) -> str:
    """SQL for the name of the state; for none where this transaction has changed any row."""
    if connection.dialect.name == "postgresql":
        return "SELECT name FROM library_state WHERE pg_current_xact_id_if_assigned() IS NULL"
    driver = connection.connection.driver_connection
    assert driver is not None
    changed = driver.total_changes != connection.info[_CHANGES]
    return f"SELECT name FROM library_state WHERE NOT {changed}"  # noqa: S608


def started_from(session: Session) -> str | None:
    """The name of the state in which a writing transaction found the library: what was decided on
    that state before still holds."""
    name: str | None = (
        session.connection().exec_driver_sql("SELECT name FROM library_state").scalar()
    )
    return name


def _name_state(connection: Connection) -> None:
    """Give the library's state another name, where this transaction has changed anything. At
    random: counted, a library brought back from a copy would come to a number that was another's.
    """
    if connection.exec_driver_sql(_named(connection)).scalar() is None:
        connection.exec_driver_sql(f"UPDATE library_state SET name = '{uuid4().hex}'")  # noqa: S608


def retry_on_lock(work: Callable[[], None]) -> None:
    """Do `work`, which writes: tried again as long as another writer holds the lock for longer than
    anybody should have to wait on a page."""
    while True:
        try:
            return work()
        except OperationalError as error:
            if not _is_locked(error):
                raise


def continue_numbering(session: Session, table: Table) -> None:
    """Have the next row of `table` numbered after those that were put in with numbers of their own.

    SQLite does that by itself.
    """
    if session.connection().dialect.name == "postgresql":
        highest = select(func.max(table.c.id)).scalar_subquery()
        sequence = func.pg_get_serial_sequence(f'"{table.name}"', "id")
        session.execute(select(func.setval(sequence, highest)))


def insert_many(
    session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, object]]
) -> None:
    """Put in rows that all have the same columns, through the driver: SQLAlchemy takes three times
    as long for many short ones. Nothing follows them, and no default is filled in."""
    if not rows:
        return
    table = SQLModel.metadata.tables[str(model.__tablename__)]
    connection = session.connection()
    dialect = connection.dialect
    columns = [table.c[name] for name in rows[0]]
    names = ", ".join(column.name for column in columns)
    made = []
    for column in columns:
        values: list[object] = [row[column.name] for row in rows]
        process = column.type.dialect_impl(dialect).bind_processor(dialect)
        made.append(list(map(process, values)) if process else values)
    if dialect.name == "sqlite":
        places = ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608
        connection.exec_driver_sql(sql, list(zip(*made, strict=True)))
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in zip(*made, strict=True):
            copy.write_row(row)


def is_unavailable(error: OperationalError) -> bool:
    """Whether the database was out of reach, out of space or locked for too long: what was asked
    for may be right, and may be done another time."""
    if name := getattr(error.orig, "sqlite_errorname", ""):
        return str(name).startswith(_SQLITE_AWAY)
    return not str(getattr(error.orig, "sqlstate", None)).startswith(_PROGRAM_LIMIT)


def _is_locked(error: OperationalError) -> bool:
    """Whether another writer did not finish in time."""
    name = getattr(error.orig, "sqlite_errorname", "")
    return str(name).startswith("SQLITE_BUSY") or getattr(error.orig, "sqlstate", None) == _LOCKED


def _engine(url: str) -> Engine:
    match make_url(url).get_backend_name():
        case "sqlite":
            engine = create_engine(url)
            if engine.url.database:
                Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        case "postgresql":
            try:
                engine = create_engine(url, isolation_level="REPEATABLE READ", pool_pre_ping=True)
            except ModuleNotFoundError as error:
                raise ArgumentError(
                    f"{error.name} is not installed: pip install 'crosswalk[postgres]'"
                ) from error
            event.listen(engine, "begin", _begin_postgresql)
        case other:
            make_url(url).get_dialect()  # says it better where there is no such thing
            raise ArgumentError(f"{other} cannot hold a library; sqlite and postgresql can")
    return engine


def _for_writing(engine: Engine) -> Engine:
    """The same connections for transactions that write.

    On PostgreSQL each statement sees the latest state: of one state for all, the lock's own
    statement would fix which, before the writer that it waits for has committed.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(crosswalk_writes=True, isolation_level="READ COMMITTED")
    return engine.execution_options(crosswalk_writes=True)


def _prepare_sqlite(connection: SQLiteConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late and be DEFERRED
    connection.execute(f"PRAGMA busy_timeout={1000 * LOCK_TIMEOUT:.0f}")
    _write_ahead(connection)
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-32000",
        "mmap_size=268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _unmap_sqlite(connection: SQLiteConnection, _entry: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA mmap_size=0")


def _write_ahead(connection: SQLiteConnection) -> None:
    """Set the journal mode, for which a new file is needed alone: SQLite does not wait for that."""
    until = time.monotonic() + LOCK_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except SQLiteError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    """A reader that turns writer half-way would fail with "locked" whatever the timeout
    (https://sqlite.org/lang_transaction.html)."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")
    driver = connection.connection.driver_connection
    assert driver is not None
    connection.info[_CHANGES] = driver.total_changes


def _begin_postgresql(connection: Connection) -> None:
    if _writes(connection):
        connection.exec_driver_sql(
            f"SELECT set_config('lock_timeout', '{1000 * LOCK_TIMEOUT:.0f}', true),"
            f" pg_advisory_xact_lock({_WRITER})"
        )


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("crosswalk_writes", False))
