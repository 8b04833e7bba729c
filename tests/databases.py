"""Libraries for tests, on either database: made once, then restored."""

import atexit
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from copy import deepcopy
from fcntl import LOCK_EX, flock
from functools import cache, wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ParamSpec, TypeVar, cast

import pytest
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier, Literal
from sqlalchemy import Connection as SQLConnection
from sqlalchemy import make_url

from app.database import Database, newest_schema
from app.library_state import state_of
from app.settings import Settings
from app.startup import open_library
from tests import postgres

MADE = "CROSSWALK_TEST_MADE"  # where the run's processes keep what they share

P = ParamSpec("P")
T = TypeVar("T")


class Template:
    """A library as it was made, to begin from again and again.

    One of the run's processes makes it, in the folder `made` that all of them know; the others
    wait, and find it there. On SQLite it is copied; on PostgreSQL a process has a database of its
    own, with every table filled again from a copy in the schema `kept`, which takes a fortieth of
    what another database does.
    """

    def __init__(self, made: Path, *, socket: str, worker: str, starter: bool = False) -> None:
        kind = "starter" if starter else "empty"
        self.folder = made / f"{kind}-{'postgresql' if socket else 'sqlite'}"
        self.settings = Settings(
            _env_file=None,
            starter=starter,
            embeddings="off",  # whether or not the extra is installed here
            arxiv_url="http://127.0.0.1:9/api/query",  # nothing answers there
            arxiv_delay=0.0,
            doi_url="http://127.0.0.1:9/",
            doi_delay=0.0,
            allowed_hosts=["testserver"],
        )
        self.socket, self.kind, self.worker = socket, kind, worker
        with Path(f"{self.folder}.state").open("a+") as known:
            flock(known, LOCK_EX)
            known.seek(0)
            if not (state := known.read()):
                known.write(state := self._make())
        _lasting.add(state)
        if socket:
            self.settings = self._own(worker)
            self._connection = _beside(self.settings.url)
            self._restoring = _keep(self._connection)

    def restored(self, library: Path) -> Settings:
        """Settings on the library as it was made, in a folder that is not there yet."""
        shutil.rmtree(library, ignore_errors=True)  # the last test's
        shutil.copytree(self.folder, library)
        if self.socket:
            self._connection.execute(self._restoring)
        return self._at(library)

    def another(self, library: Path) -> Settings:
        """Settings on a library like it that is nobody else's, in a folder that is not there yet
        and whose own folder has a name that no other of this process has."""
        shutil.copytree(self.folder, library)
        if not self.socket:
            return self._at(library)
        return self._own(f"{library.parent.name}_{self.worker}").model_copy(
            update={"library": library}
        )

    def _make(self) -> str:
        settings = self._at(self.folder)
        if self.socket:
            made = SQL("CREATE DATABASE {}").format(Identifier(self.kind))
            postgres.execute(self.socket, made)
            url = postgres.url(self.socket, self.kind)
            settings = settings.model_copy(update={"database_url": url})
        with closing(open_library(settings)) as database:
            state = _state(database)
        database.engine.pool.dispose()  # PostgreSQL copies no database that somebody uses
        assert state
        return state

    def _own(self, name: str) -> Settings:
        """Settings on a database like the one that was made."""
        own = f"{self.kind}_{name}"
        like = SQL("CREATE DATABASE {} TEMPLATE {}")
        postgres.execute(self.socket, like.format(Identifier(own), Identifier(self.kind)))
        url = postgres.url(self.socket, own)
        return self.settings.model_copy(update={"database_url": url})

    def _at(self, library: Path) -> Settings:
        return self.settings.model_copy(update={"library": library})


def remember_schema(upgrade: Callable[..., None]) -> Callable[..., None]:
    """`upgrade_schema` that brings an empty SQLite database to the newest version by the statements
    that say what its migrations made of the first one, in a fiftieth of their time."""
    made: list[str] = []

    @wraps(upgrade)
    def upgraded(connection: SQLConnection, version: str = "head") -> None:
        is_new = (
            connection.dialect.name == "sqlite"
            and version in ("head", newest_schema())
            and not connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
        )
        for statement in made if is_new else ():
            connection.exec_driver_sql(statement)
        if not (is_new and made):
            upgrade(connection, version)
        if is_new and not made:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            made.extend(_statements(driver))

    return upgraded


def _statements(database: sqlite3.Connection) -> Iterator[str]:
    """What makes an empty database one like this."""
    kinds = {row[1]: row[2] for row in database.execute("PRAGMA main.table_list")}
    for name, kind in kinds.items():
        if kind == "virtual":  # which makes its own shadow tables
            made = "SELECT sql FROM sqlite_master WHERE name = ?"
            yield database.execute(made, (name,)).fetchone()[0]
    for statement in database.iterdump():
        named = re.match(r'(?:CREATE TABLE|INSERT INTO) ["\']?(\w+)', statement)
        about = named[1] if named else ""
        is_apart = about == "sqlite_master" or kinds.get(about) in ("virtual", "shadow")
        if not is_apart and not statement.startswith(("BEGIN", "COMMIT", "PRAGMA")):
            yield statement


class _Snapshot:
    """What a library holds, to have it hold that again while it is open."""

    def __init__(self, database: Database, library: Path | None) -> None:
        self._folder: TemporaryDirectory[str] | None = None
        if library and any(not _is_database(each.name) for each in library.iterdir()):
            self._folder = TemporaryDirectory(ignore_cleanup_errors=True)
            shutil.copytree(library, self._folder.name, ignore=_databases, dirs_exist_ok=True)
        if database.engine.dialect.name == "sqlite":
            self._pages = sqlite3.connect(":memory:", check_same_thread=False)
            _copy(database, self._pages, back=False)
        else:
            self._restoring = _keep(_beside(database.url), f"kept_{len(_arranged)}")

    def restore(self, database: Database, library: Path | None) -> None:
        if self._folder and library:
            shutil.copytree(self._folder.name, library, dirs_exist_ok=True)
        if database.engine.dialect.name == "sqlite":
            _copy(database, self._pages, back=True)
        else:
            _beside(database.url).execute(self._restoring)


_lasting: set[str | None] = set()  # states in which a test may find its library again
_arranged: dict[tuple[str | None, object], tuple[_Snapshot, str, Any]] = {}


def arranged(fill: Callable[P, T]) -> Callable[P, T]:
    """A fixture that fills the library that it is given (by `db`, `client`, `settings`, …), by
    nothing else, and returns what holds for every library so filled: numbers, words, or what it was
    given.

    To fill one takes ten times as long as a copy. So that is done once; of every other test that
    has the library in the state in which this one had it, the library is brought to what came of
    it.
    """

    @wraps(fill)
    def filled(*args: P.args, **given: P.kwargs) -> T:
        database, library = _library_of(given)
        key = _state(database), fill
        if kept := _arranged.get(key):
            snapshot, name, made = kept
            snapshot.restore(database, library)
            return cast(T, given[name] if name else deepcopy(made))
        made = fill(*args, **given)
        if key[0] in _lasting:
            name = next((name for name, value in given.items() if value is made), "")
            _arranged[key] = _Snapshot(database, library), name, made
            _lasting.add(_state(database))
        return made

    return pytest.fixture(filled)


def _library_of(given: Mapping[str, object]) -> tuple[Database, Path | None]:
    """The database, and where its folder is, if that is known."""
    for each in given.values():
        if isinstance(each, TestClient):
            state = each.app.state  # type: ignore[attr-defined]
            return state.database, state.settings.library
    database = next(each for each in given.values() if isinstance(each, Database))
    settings = next((each for each in given.values() if isinstance(each, Settings)), None)
    return database, settings.library if settings else None


def _is_database(name: str) -> bool:
    return name.startswith("crosswalk.sqlite3")


def _databases(_folder: str, names: list[str]) -> list[str]:
    return list(filter(_is_database, names))


def _state(database: Database) -> str | None:
    with database.read() as session:
        return state_of(session)


def _copy(database: Database, pages: sqlite3.Connection, *, back: bool) -> None:
    file = database.engine.url.database
    assert file
    with closing(sqlite3.connect(file)) as live:
        live.execute("PRAGMA synchronous=OFF")
        if back:
            pages.backup(live)
        else:
            live.backup(pages)


@cache
def _beside(url: str) -> Connection:
    """A connection of our own to a PostgreSQL database."""
    named = make_url(url)
    assert named.database
    connection = postgres.connect(str(named.query["host"]), named.database, application="template")
    atexit.register(connection.close)
    return connection


def _keep(connection: Connection, schema: str = "kept") -> Composed:
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
    kept = Identifier(schema)
    connection.execute(SQL("CREATE SCHEMA {}").format(kept))
    for table in filled:
        connection.execute(SQL("CREATE TABLE {0}.{1} AS TABLE {1}").format(kept, table))
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
            *(SQL("INSERT INTO {1} TABLE {0}.{1}").format(kept, table) for table in filled),
            *(
                SQL("SELECT setval({}, {}, {})").format(*map(Literal, sequence))
                for sequence in sequences
            ),
        ]
    )
