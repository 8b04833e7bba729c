"""What every test may ask for: settings on a fresh library, its database, a client, shared data."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from app.database import Database, open_database
from app.main import create_app
from app.settings import Settings

SHARED = Path(__file__).parent.parent.parent / "shared"


@pytest.fixture
def shared_dir() -> Path:
    """The folder of real data; a stranger's clone has none and skips."""
    if not (SHARED / "domain").is_dir():
        pytest.skip("../shared is not here")
    return SHARED


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at the newest schema, to be copied: migrating costs a second."""
    folder = tmp_path_factory.mktemp("migrated")
    open_database(Settings(_env_file=None, library=folder)).close()
    return folder / "crosswalk.sqlite3"


@pytest.fixture
def settings(tmp_path: Path, migrated: Path) -> Settings:
    """An empty library in a folder of its own; arXiv asked at an address where nothing answers."""
    (tmp_path / "library").mkdir()
    copyfile(migrated, tmp_path / "library" / migrated.name)
    return Settings(
        _env_file=None,
        library=tmp_path / "library",
        starter=False,
        arxiv_url="http://127.0.0.1:9/api/query",
        arxiv_delay=0.0,
        allowed_hosts=["testserver"],
    )


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
    """The SQL statements that run meanwhile."""
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
