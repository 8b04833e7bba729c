"""What every test may ask for: settings on a fresh library, its database, a client, shared data."""

import gc
import os
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from sqlite3 import Connection
from tempfile import TemporaryDirectory
from typing import get_args

import anyio
import hypothesis
import pytest
from anyio import to_process
from anyio.abc import Process
from fastapi.testclient import TestClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from app import database, library_state, main
from app.backup import service as backup
from app.database import Database
from app.main import create_app
from app.search.engine import deadline
from app.settings import Language, Settings
from app.web.templates import make_environment
from tests import forked_workers, postgres
from tests.cached_reads import checked_caches
from tests.databases import MADE, Template, remember_schema
from tests.forked_workers import serve_forks
from tests.processes import FORKED

SHARED = Path(__file__).parent.parent.parent / "shared"
SOCKET = "CROSSWALK_TEST_POSTGRES"  # where the run's server tells its workers that it is


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql", "both"),
        default="sqlite",
        help="what tests that need a database run on; on PostgreSQL, those tests alone",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: each waits for the browser and for PostgreSQL, which need
    their share, and takes ten seconds of work to begin."""
    return 1 + (os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    """Starts one PostgreSQL server for the run and a folder for what its processes share, of which
    workers are told by the environment.

    Hypothesis takes its time: on a busy machine its limits would fail what is right.
    """
    hypothesis.settings.register_profile(
        "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("patient")
    if not hasattr(config, "workerinput"):
        stack = ExitStack()
        os.environ[MADE] = stack.enter_context(TemporaryDirectory())
        if config.getoption("--database") != "sqlite":
            os.environ[SOCKET] = str(stack.enter_context(postgres.server()))
        config.add_cleanup(stack.close)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "socket" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        databases = ("sqlite", "postgresql") if chosen == "both" else (chosen,)
        metafunc.parametrize("socket", databases, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what does not concern the databases chosen, by its marks and by its fixtures."""
    alone: bool = config.getoption("--database") == "postgresql"

    def is_apart(item: pytest.Item) -> bool:
        callspec = getattr(item, "callspec", None)
        database: str | None = callspec.params.get("socket") if callspec else None
        if database is None:
            return alone
        return any(
            item.get_closest_marker(other) for other in {"sqlite", "postgresql"} - {database}
        )

    apart = list(filter(is_apart, items))
    items[:] = [item for item in items if not is_apart(item)]
    config.hook.pytest_deselected(items=apart)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing of what makes up the tests is garbage, and to look there takes seconds."""
    gc.disable()
    collected = yield
    gc.freeze()
    gc.enable()
    return collected


@pytest.fixture(autouse=True, scope="session")
def caches() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, checked_caches(patch):
        yield


@pytest.fixture
def shared_dir() -> Path:
    """The folder of real data; a stranger's clone has none and skips."""
    if not (SHARED / "domain").is_dir():
        pytest.skip("../shared is not here")
    return SHARED


@pytest.fixture(scope="session")
def socket(request: pytest.FixtureRequest) -> str:
    """The PostgreSQL server's, or empty for SQLite: what a test's database is on, and everything
    that has a database depends on this."""
    return "" if request.param == "sqlite" else os.environ[SOCKET]


@pytest.fixture(scope="session")
def empty(socket: str, worker_id: str) -> Template:
    """A library at the newest schema."""
    return Template(Path(os.environ[MADE]), socket=socket, worker=worker_id)


@pytest.fixture(scope="session")
def starter_library(socket: str, worker_id: str) -> Template:
    """A library with the starter library in it: to load it takes fifty times as long as a copy."""
    return Template(Path(os.environ[MADE]), socket=socket, worker=worker_id, starter=True)


@pytest.fixture(scope="session", autouse=True)
def engines() -> Iterator[None]:
    """An engine remembers the statements that it has compiled, a third of a test's time: every test
    gets the engine of its URL that the test before had, on PostgreSQL with its connections, for the
    server reads its catalogue again for each. None waits for the disk, as the PostgreSQL server
    does not: what a test leaves need not outlive the machine. And no answer is cut short because
    the machine is busy."""
    engine_of = database._engine

    @cache
    def lasting(url: str) -> Engine:
        engine = engine_of(url)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", wait_for_no_disk)
        else:
            stack.callback(engine.dispose)
            patch.setattr(engine, "dispose", lambda: None)
        return engine

    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        # More than the 500 statements that a server keeps: tests ask what few readers do.
        patch.setattr(database, "create_engine", partial(create_engine, query_cache_size=5_000))
        patch.setattr(database, "_engine", lasting)
        upgrade = remember_schema(database.upgrade_schema)
        for module in (database, backup):
            patch.setattr(module, "upgrade_schema", upgrade)
        patch.setattr(deadline, "PATIENCE", 60.0)
        # What a test counts is its own; the one of texts in the background says when.
        patch.setattr(main, "_FIRST_LOOK", 3600.0)
        yield


def wait_for_no_disk(connection: Connection, _entry: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture(scope="session", autouse=True)
def templates() -> None:
    """What one of the run's workers compiles of a page, the others read."""
    folder = Path(os.environ[MADE]) / "templates"
    for language in get_args(Language):
        (folder / language).mkdir(parents=True, exist_ok=True)
        make_environment(language).bytecode_cache = FileSystemBytecodeCache(str(folder / language))


@pytest.fixture(scope="session", autouse=True)
def forks() -> Iterator[None]:
    """See `tests/forked_workers.py`."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        address = Path(folder) / "forks"

        @cache
        def serving() -> BaseProcess:
            process = FORKED.Process(target=serve_forks, args=(str(address),), daemon=True)
            process.start()
            while not address.exists():
                assert process.is_alive()
                time.sleep(0.01)
            return process

        async def fork(_command: Sequence[str], *, stdin: int, stdout: int) -> Process:
            await anyio.to_thread.run_sync(serving)
            stand_in = [sys.executable, "-IS", forked_workers.__file__, str(address)]
            return await anyio.open_process(stand_in, stdin=stdin, stdout=stdout)

        patch.setattr(to_process, "open_process", fork)
        yield
        if serving.cache_info().currsize:
            serving().kill()
            serving().join()


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory, empty: Template) -> Settings:
    """An empty library; arXiv is asked at an address where nothing answers."""
    return empty.restored(tmp_path_factory.getbasetemp() / "library")


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """The whole application over HTTP; redirects are followed as a browser does."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def db(client: TestClient) -> Database:
    """The client's database, to arrange and to look."""
    database: Database = client.app.state.database  # type: ignore[attr-defined]
    return database


@contextmanager
def counted(db: Database) -> Iterator[list[str]]:
    """The SQL statements that run meanwhile, of a process that has seen no change made: what it
    knows of this state of the library it knows, of others nothing."""
    seen: list[str] = []
    library_state._since.clear()

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
