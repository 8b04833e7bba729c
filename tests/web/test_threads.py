"""Who reads never waits for who writes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from threading import Event

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy import text
from starlette.routing import Mount
from starlette.routing import Route as StarletteRoute

from app.database import Database
from app.web.threads import Route

HANGS = 20  # seconds after which an answer that waits for what is held does not come any more


@pytest.fixture
def busy(db: Database) -> Iterator[ExitStack]:
    """Somebody else writes, until this is closed."""
    with ExitStack() as held:
        held.enter_context(db.write()).execute(text("SELECT 1"))
        yield held


def test_pages_come_while_writers_wait(client: TestClient, busy: ExitStack) -> None:
    """More of them than there are threads for anything."""
    with ThreadPoolExecutor(8) as threads:
        saving = [
            threads.submit(
                client.post, "/api/v1/papers", json={"title": f"Waits {n}", "force": True}
            )
            for n in range(6)
        ]
        try:
            for address in ("/papers", "/healthz", "/api/v1/papers", "/notes/new"):
                assert threads.submit(client.get, address).result(HANGS).status_code == 200
            preview = threads.submit(client.post, "/notes/preview", data={"body": "*now*"})
            assert "<em>now</em>" in preview.result(HANGS).text
            assert not any(each.done() for each in saving)
        finally:
            busy.close()
        assert {each.result(60).status_code for each in saving} == {201}
    assert client.get("/api/v1/papers").json()["total"] == 6


def test_who_waits_too_long_for_a_turn_is_told(
    client: TestClient, busy: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.threads.LOCK_TIMEOUT", 0.1)
    with ThreadPoolExecutor(2) as threads:
        saving = [
            threads.submit(
                client.post, "/api/v1/papers", json={"title": f"Waits {n}", "force": True}
            )
            for n in range(2)
        ]
        first = next(iter(wait(saving, HANGS, "FIRST_COMPLETED").done))
        assert first.result().status_code == 503
        assert "Nothing was saved" in first.result().json()["detail"]
        busy.close()
        assert sorted(each.result(60).status_code for each in saving) == [201, 503]
    assert client.get("/api/v1/papers").json()["total"] == 1


def test_a_slow_reader_lets_others_begin() -> None:
    """Three that take until a fourth has come."""
    router, come = APIRouter(route_class=Route), Event()

    @router.get("/slow")
    def slow() -> bool:
        return come.wait(HANGS)

    @router.get("/quick")
    def quick() -> None:
        come.set()

    app = FastAPI()
    app.include_router(router)
    with TestClient(app) as client, ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(client.get, "/slow") for _ in range(3)]
        assert client.get("/quick").status_code == 200
        assert [each.result().json() for each in waiting] == [True] * 3


def test_every_route_has_its_threads(client: TestClient) -> None:
    app: FastAPI = client.app  # type: ignore[assignment]
    kinds = {type(route.original_route) for route in iter_route_contexts(app.routes)}
    assert kinds == {Route, Mount, StarletteRoute}, "the last are FastAPI's own, for OpenAPI"
