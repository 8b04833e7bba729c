"""A library, and stand-ins for what it watches."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.feed_server import FeedServer


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as server:
        yield server


@pytest.fixture
def settings(settings: Settings, server: FeedServer) -> Settings:
    settings.arxiv_url, settings.feed_url, settings.pdf_url = (
        server.url,
        server.feed_url,
        server.pdf_url,
    )
    settings.arxiv_delay = settings.feed_delay = 0
    settings.arxiv_timeout = settings.feed_timeout = 1
    return settings


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        yield client
