"""Clients whose library has something to find."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.main import create_app
from app.settings import Settings
from tests.search.library import fill


@pytest.fixture
def reader(client: TestClient, db: Database) -> TestClient:
    with db.write() as session:
        fill(session)
    return client


@pytest.fixture(scope="module")
def looking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The same for many tests that only look: made once a module."""
    library: Path = tmp_path_factory.mktemp("library")
    settings = Settings(
        _env_file=None, library=library, starter=False, allowed_hosts=["testserver"]
    )
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        with client.app.state.database.write() as session:  # type: ignore[attr-defined]
            fill(session)
        yield client
