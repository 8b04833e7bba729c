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


@pytest.fixture(scope="session")
def looking(empty: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The same for many tests that only look: made once for all of them."""
    settings = empty.another(tmp_path_factory.mktemp("looking") / "library")
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        with client.app.state.database.write() as session:  # type: ignore[attr-defined]
            fill(session)
        yield client
