"""Clients whose library has something to find."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.main import create_app
from tests.databases import Template, arranged
from tests.search.library import fill


@arranged
def reader(client: TestClient, db: Database) -> TestClient:
    with db.write() as session:
        fill(session)
    return client


@pytest.fixture(scope="module")
def looking(
    socket: str, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[TestClient]:
    """The same for many tests that only look: made once a module."""
    folder = tmp_path_factory.mktemp("looking")
    made = Template(folder / "made", name=f"{folder.name}_{worker_id}", socket=socket)
    settings = made.restored(folder / "library")
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        with client.app.state.database.write() as session:  # type: ignore[attr-defined]
            fill(session)
        yield client
