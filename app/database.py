"""Engine, session, transaction: with `library_state` the one place outside `search/` that knows a
dialect."""

import errno
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from sqlite3 import OperationalError as SQLiteError
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    Connection,
    Dialect,
    Engine,
    Table,
    cast,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
)
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlmodel import Session, SQLModel

from app.errors import N_, CrosswalkError, DiskFull, ReadOnly, Unavailable, Unusable
from app.kit.files import group_bits, keep_private, make_folder
from app.library_state import follow_transactions, name_state, note_change, writes
from app.settings import Settings, resource

log = logging.getLogger("crosswalk")

# What databases call what is wrong with them: SQLite by names, PostgreSQL by SQLSTATE. Everything
# else is a defect of ours.
_AWAY = ("SQLITE_BUSY", "SQLITE_IOERR", "SQLITE_CANTOPEN")
_FULL = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "53100")
_READ_ONLY = ("SQLITE_READONLY", "25006", "42501")
_REPLACED = "SQLITE_READONLY_DBMOVED"
_INDEX_DAMAGED = "SQLITE_CORRUPT_VTAB"
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "XX001", "XX002")
_PROGRAM_LIMIT = "54"  # the class of errors that psycopg calls operational and are ours
_LOCKED = "55P03"  # what a PostgreSQL writer is told that waited too long for a lock
_WRITER = 0x63726F7373  # the advisory lock that PostgreSQL's one writer holds
_MAPPED = 256 * 1024 * 1024  # bytes of its file that SQLite maps
LOCK_TIMEOUT = 30.0  # seconds that a writer waits for the one before
_FROZEN = "crosswalk_frozen"  # in a SQLite connection's that cannot write: what it was opened on
# What a library's folder holds, beside what begins with one of the two.
_FOLDERS = {"arxiv", "attachments", "backups", "doi", "files", "imports", "syncs"}
_FILES = ("crosswalk.", ".crosswalk-")


class Database:
    """Opens transactions: `with db.read() as session` reads, `with db.write()` alone commits.

    On both databases a reader sees one state from its first statement to its last, waits for
    nobody, and there is one writer at a time, over all threads, processes and servers: services may
    look and then write, and nobody comes between.

    `before_commit` holds functions that run inside every writing transaction after its changes are
    flushed (the search index and the links of notes follow the rows that way);
    `before_migration` those that run before the schema is changed, in the transaction that does it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._writing = _for_writing(self.engine)
        follow_transactions(self.engine)
        self.before_commit: list[Callable[[Session], None]] = []
        self.before_migration: list[Callable[[Connection], object]] = []
        self._schema: str | None = None  # that it was opened with

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
            name_state(session.connection())
            session.commit()

    def migrate(self) -> None:
        """Bring the schema to the newest version; safe on every start, and by several at once: one
        does it, and the others wait for as long as that takes.

        Raises:
            Unusable: the schema is newer than this program.
            ReadOnly: it is older, and cannot be written.
        """
        try:
            retry_on_lock(self._upgrade)
            self._schema = newest_schema()
        except (DBAPIError, OSError) as error:
            if isinstance(explain_error(error), ReadOnly):
                text = N_("The library is of an older version, and cannot be written: {problem}.")
                raise ReadOnly(text, problem=_first_line(error)) from error
            raise

    def explain_newer_schema(self) -> CrosswalkError | None:
        """What may be the cause of any statement that failed: since this was opened, a newer
        program has brought the library to another schema. None where it has not."""
        with suppress(DBAPIError), self.engine.connect() as connection:
            if self._schema and schema_of(connection) != self._schema:
                return Unavailable(
                    N_(
                        "The library was brought to a newer form by another Crosswalk. Nothing was "
                        "saved: start this one again, in the newer version."
                    )
                )
        return None

    def _upgrade(self) -> None:
        with self.engine.connect() as connection:
            if _is_newest(connection):
                return
        with self.rebuild() as connection:
            if _is_newest(connection):  # another was quicker, and perhaps newer
                return
            for prepare in self.before_migration:
                prepare(connection)
            upgrade_schema(connection)
            name_state(connection)
            connection.commit()

    @contextmanager
    def rebuild(self) -> Iterator[Connection]:
        """A writing transaction, which whoever opens it commits, in which tables may be made anew:
        SQLite would take what refers to a table with it."""
        with self._writing.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            is_sqlite = connection.dialect.name == "sqlite"
            if is_sqlite:
                driver.execute("PRAGMA foreign_keys=OFF")  # of no effect once it has begun
            try:
                yield connection
            finally:
                connection.rollback()
                if is_sqlite:
                    driver.execute("PRAGMA foreign_keys=ON")

    def read_unmapped(self) -> None:
        """From now on read SQLite's file through its cache alone: what is mapped counts as this
        process's memory, and who goes through all of a library once has nothing of it. Nor of the
        last 128 statements, which name thousands of keys each and are kept with them."""
        if self.engine.dialect.name == "sqlite" and not event.contains(
            self.engine, "connect", _unmap_sqlite
        ):
            event.listen(self.engine, "connect", _unmap_sqlite)
            event.listen(self.engine, "do_connect", _keep_few_statements)
            self.engine.dispose()

    def close(self) -> None:
        self.engine.dispose()


def _is_newest(connection: Connection) -> bool:
    """Whether the schema is at the last migration.

    Raises:
        Unusable: it is at one that this program does not know.
    """
    known = known_schemas()
    held = schema_of(connection)
    if held is not None and held not in known:
        raise Unusable(
            N_(
                "This library was written by a newer Crosswalk: its schema is {held}, and this "
                "version knows those to {newest}. Install the newer one."
            ),
            held=held,
            newest=newest_schema(),
        )
    return held == newest_schema()


def known_schemas() -> set[str]:
    """The versions of the schema that this program knows; the files of migrations begin with
    their numbers."""
    files = (resource("migrations") / "versions").glob("*.py")
    return {file.name.split("_")[0] for file in files}


_REVISION = re.compile(r'^(down_)?revision = "(\w+)"', re.MULTILINE)


@cache
def newest_schema() -> str:
    """The version that no migration goes on from: numbers are names, and not their order."""
    files = (resource("migrations") / "versions").glob("*.py")
    found = [each for file in files for each in _REVISION.findall(file.read_text("utf-8"))]
    (newest,) = {name for is_before, name in found if not is_before} - {
        name for is_before, name in found if is_before
    }
    return str(newest)


def schema_of(connection: Connection) -> str | None:
    """The version of a database's schema; None where it has none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    held = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return str(held) if held else None


def upgrade_schema(connection: Connection, version: str = "head") -> None:
    """Bring the schema to a version, within the transaction of `connection`."""
    from alembic import command  # which alone takes 0.3 s
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resource("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def open_database(
    settings: Settings, *, before_migration: Callable[[Connection], object] | None = None
) -> Database:
    """The library's database at its newest schema; makes the library folder where there is none.

    What is in the folder is the reader's own: others may neither enter nor read.

    Raises:
        Unusable: there can be no library at that place, or it is newer than this program.
        ReadOnly: it is older, and cannot be written.
    """
    file = _sqlite_file(settings.url)
    try:
        make_folder(settings.library)
        if file:
            _make_file(file)
        _close_to_others(settings.library, file)
    except OSError as error:
        text = N_("No library can be opened at {path}: {reason}.")
        place = Path(error.filename or settings.library)
        path = str(settings.library if place in settings.library.parents else place)
        raise Unusable(text, path=path, reason=error.strerror or str(error)) from error
    database = Database(settings.url)
    if before_migration:
        database.before_migration.append(before_migration)
    try:
        database.migrate()
    except BaseException:
        database.close()
        raise
    return database


def retry_on_lock(work: Callable[[], None]) -> None:
    """Do `work`, which writes: tried again as long as another writer holds the lock for longer than
    anybody should have to wait on a page."""
    while True:
        try:
            return work()
        except OperationalError as error:
            if not _is_locked(error):
                raise


def continue_numbering(session: Session, table: Table, *, after: int = 0) -> None:
    """Have the next row of `table` numbered after those that were put in with numbers of their own,
    and after `after`.

    Never lower than before: a sequence of PostgreSQL knows no transactions, and keeps what it was
    set to also where this one comes to nothing.
    """
    if session.connection().dialect.name == "postgresql":
        highest = select(func.max(table.c.id)).scalar_subquery()
        sequence = func.pg_get_serial_sequence(f'"{table.name}"', "id")
        last = func.pg_sequence_last_value(cast(sequence, REGCLASS))
        session.execute(select(func.setval(sequence, func.greatest(highest, last, after or None))))
    elif after > last_numbers(session.connection()).get(table.name, 0):
        run = session.connection().exec_driver_sql
        run("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
        run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, after))


def last_numbers(connection: Connection) -> dict[str, int]:
    """The last number that was given to a row, also to one that is gone: of each table of which no
    number is given twice."""
    if connection.dialect.name == "postgresql":
        sequences = (
            "SELECT regexp_replace(sequencename, '_id_seq$', ''), last_value FROM pg_sequences"
            " WHERE schemaname = current_schema() AND last_value IS NOT NULL"
        )
    elif inspect(connection).has_table("sqlite_sequence"):
        sequences = "SELECT name, seq FROM sqlite_sequence"
    else:
        return {}  # of an older schema
    return {str(name): int(last) for name, last in connection.exec_driver_sql(sequences)}


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
    made = []
    for column in columns:
        values: list[object] = [row[column.name] for row in rows]
        process = column.type.dialect_impl(dialect).bind_processor(dialect)
        made.append(list(map(process, values)) if process else values)
    stream_rows(connection, table, [column.name for column in columns], zip(*made, strict=True))


def stream_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
) -> None:
    """Put in rows as they come, with values for `columns` as the driver takes them: neither they
    nor what SQLAlchemy would make of them have to be in memory. Raises DBAPIError, as it does."""
    note_change(connection, table.name)
    driver, dialect = connection.connection.driver_connection, connection.dialect
    assert driver is not None
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join("?" * len(columns))
    sql = f'INSERT INTO "{table.name}" ({names}) VALUES ({places})'  # noqa: S608
    copied = f'COPY "{table.name}" ({names}) FROM STDIN'
    try:
        if dialect.name == "sqlite":
            driver.executemany(sql, rows)
            return
        with driver.cursor() as cursor, cursor.copy(copied) as copy:
            for row in rows:
                copy.write_row(row)
    except dialect.loaded_dbapi.Error as error:
        base = dialect.loaded_dbapi.Error
        raise DBAPIError.instance(copied, None, error, base, dialect=dialect) from error


def defer_foreign_keys(connection: Connection) -> None:
    """Have SQLite look at references when this transaction is committed. PostgreSQL looks after
    each statement, of which one puts in all rows of a table."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")


@contextmanager
def unmapped(connection: Connection) -> Iterator[None]:
    """For who reads everything once: what SQLite maps of its file counts as our memory, 256 MB."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA mmap_size=0")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA mmap_size={_MAPPED}")


def find_damage(connection: Connection) -> list[str]:
    """What SQLite finds wrong with its file, in its own words; of its own, PostgreSQL knows."""
    if connection.dialect.name != "sqlite":
        return []
    found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    return [] if found == ["ok"] else list(map(str, found))


def explain_error(error: Exception) -> CrosswalkError | None:
    """What is wrong where the library is, of an error of the database or the file system: no room,
    not to be written, damaged, out of reach, locked for too long. None of any other."""
    if isinstance(error, DBAPIError):
        return _explain_database(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return _disk_full()
    if isinstance(error, OSError) and error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return _read_only()
    return None


def is_damaged(error: DBAPIError) -> bool:
    """Whether the database cannot make sense of its own files."""
    return _code_of(error).startswith(_DAMAGED)


def is_index_damaged(error: DBAPIError) -> bool:
    """Whether the fault is in SQLite's search index alone, which is made anew from the rows."""
    return _code_of(error) == _INDEX_DAMAGED


def set_aside(settings: Settings, folder: Path, name: str) -> Path | None:
    """Move a SQLite database that nobody can read any more into `folder`; where it is then. None,
    and nothing is done, of another database."""
    file = _sqlite_file(settings.url)
    if file is None:
        return None
    make_folder(folder)
    for ending in ("-wal", "-shm", "-journal", ""):
        with suppress(FileNotFoundError):
            file.with_name(file.name + ending).rename(folder / (name + ending))
    return folder / name


def _code_of(error: DBAPIError) -> str:
    name = getattr(error.orig, "sqlite_errorname", None)
    return str(name or getattr(error.orig, "sqlstate", None) or "")


def _explain_database(error: DBAPIError) -> CrosswalkError | None:
    name = getattr(error.orig, "sqlite_errorname", None)
    code = _code_of(error)
    problem = _first_line(error)
    if code.startswith(_FULL):
        return _disk_full()
    if code == _REPLACED:
        return Unusable(N_("The database file was moved or replaced. Start Crosswalk again."))
    if code.startswith(_READ_ONLY):
        return _read_only()
    if code == _INDEX_DAMAGED:
        text = N_("The search index is damaged: {problem}. Make it anew: crosswalk reindex.")
        return Unusable(text, problem=problem)
    if code.startswith(_DAMAGED):
        text = N_(
            "The database is damaged: {problem}. Nothing was changed. Bring back a backup: "
            "crosswalk restore FILE --replace."
        )
        return Unusable(text, problem=problem)
    is_away = name is None and isinstance(error, OperationalError)
    if code.startswith(_AWAY) or (is_away and not code.startswith(_PROGRAM_LIMIT)):
        text = N_("The database cannot be reached, or is busy. Nothing was saved: try again.")
        return Unavailable(text)
    return None


def _disk_full() -> DiskFull:
    return DiskFull(N_("The disk is full. Nothing was saved: make room, then try again."))


def _read_only() -> ReadOnly:
    text = N_("The library is read-only: it can be read and searched, but nothing can be saved.")
    return ReadOnly(text)


def _first_line(error: DBAPIError | OSError) -> str:
    said = error.orig if isinstance(error, DBAPIError) else error.strerror
    return str(said).split("\n")[0].rstrip(". ")


def _is_locked(error: OperationalError) -> bool:
    """Whether another writer did not finish in time."""
    name = getattr(error.orig, "sqlite_errorname", "")
    return str(name).startswith("SQLITE_BUSY") or getattr(error.orig, "sqlstate", None) == _LOCKED


def _engine(url: str) -> Engine:
    match make_url(url).get_backend_name():
        case "sqlite":
            engine = create_engine(url)
            if file := _sqlite_file(url):
                file.parent.mkdir(parents=True, exist_ok=True)
                event.listen(engine, "do_connect", _connect_sqlite)
                event.listen(engine, "checkout", _check_frozen)
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


def _sqlite_file(url: str) -> Path | None:
    """The file of a SQLite database; None of another, or where the URL says how it is opened."""
    named = make_url(url)
    if named.get_backend_name() != "sqlite" or named.query:
        return None
    return Path(named.database) if named.database not in (None, "", ":memory:") else None


def _make_file(path: Path) -> None:
    """An empty file, which SQLite takes for a new database: made by SQLite, everybody could read
    it. One that is there is never opened, for closing it would give up all locks on it
    (https://sqlite.org/howtocorrupt.html, 2.2); the log and its index get the modes that it has."""
    if path.exists():
        for problem in (
            0 if path.is_file() else errno.EISDIR,
            0 if _may(path, os.R_OK) else errno.EACCES,
        ):
            if problem:
                raise OSError(problem, os.strerror(problem), str(path))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        made = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        os.fchmod(made, 0o600 | group_bits(path.parent) & 0o060)
        os.close(made)


def _close_to_others(library: Path, file: Path | None) -> None:
    """Others may not read what an older version let them. A folder that was shared with its group
    on purpose (`chmod g+s`) stays so; one that holds other things as well is left as it is, but for
    what is ours in it."""
    also = group_bits(library)
    inside = list(library.iterdir())
    ours = [each for each in inside if each.name in _FOLDERS or each.name.startswith(_FILES)]
    was = library.stat().st_mode
    for path in ours if len(ours) < len(inside) else [library, *ours]:
        keep_private(path, also=also)
    if file and file.parent != library.resolve():
        for ending in ("", "-wal", "-shm", "-journal"):
            keep_private(file.with_name(file.name + ending), also=also)
    if library.stat().st_mode != was and inside:
        log.warning(
            "%s was open to other users of this computer, and is not any more. To share it with a "
            "group: chmod -R g+rwX,g+s %s",
            library,
            library,
        )


def _may(path: Path, how: int) -> bool:
    return os.access(path, how, effective_ids=os.access in os.supports_effective_ids)


def _frozen(path: Path) -> tuple[int, ...] | None:
    """Of a database that cannot be written: which file it is, when it was last written, and how
    large its log is. None of one that can."""
    if _may(path, os.W_OK) and _may(path.parent, os.W_OK):
        return None
    file, log_file = path.stat(), Path(f"{path}-wal")
    logged = log_file.stat().st_size if log_file.exists() else 0
    return file.st_ino, file.st_size, file.st_mtime_ns, logged


def _connect_sqlite(
    dialect: Dialect,
    entry: ConnectionPoolEntry,
    arguments: Sequence[str],
    options: Mapping[str, Any],
) -> DBAPIConnection | None:
    """Open what cannot be written for reading: SQLite would make a log beside it. Without one it is
    taken for what nobody changes, which `_check_frozen` looks after."""
    if not Path(arguments[0]).exists() or (frozen := _frozen(Path(arguments[0]))) is None:
        return None
    entry.info[_FROZEN] = arguments[0], frozen
    how = "mode=ro" if frozen[-1] else "mode=ro&immutable=1"
    return dialect.connect(f"file:{quote(arguments[0])}?{how}", uri=True, **options)


def _check_frozen(
    _connection: SQLiteConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """Have it opened anew where somebody else has changed it, or it can be written now."""
    if held := entry.info.get(_FROZEN):
        path, frozen = held
        if _frozen(Path(path)) != frozen:
            raise DisconnectionError


def _prepare_sqlite(connection: SQLiteConnection, entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late and be DEFERRED
    connection.execute(f"PRAGMA busy_timeout={1000 * LOCK_TIMEOUT:.0f}")
    if _FROZEN not in entry.info:
        _write_ahead(connection)
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-32000",
        f"mmap_size={_MAPPED}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _unmap_sqlite(connection: SQLiteConnection, _entry: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA mmap_size=0")


def _keep_few_statements(
    _dialect: Dialect,
    _entry: ConnectionPoolEntry,
    _arguments: Sequence[str],
    options: dict[str, Any],
) -> None:
    options["cached_statements"] = 16


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
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes(connection) else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if writes(connection):
        connection.exec_driver_sql(
            f"SELECT set_config('lock_timeout', '{1000 * LOCK_TIMEOUT:.0f}', true),"
            f" pg_advisory_xact_lock({_WRITER})"
        )
