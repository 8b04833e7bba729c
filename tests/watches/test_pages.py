"""The pages of watches, their JSON, the command."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from app import cli
from app.database import Database
from app.models import utc_now
from app.settings import Settings
from app.watches import service
from tests.feed_server import Announced, FeedServer
from tests.watches.test_asking import entries


def until(client: TestClient, number: int, done: Callable[[dict[str, object]], bool]) -> str:
    """Its page once it is asked no more."""
    for _ in range(600):
        item = client.get(f"/api/v1/watches/{number}").json()
        if done(item):
            return client.get(f"/watches/{number}").text
        time.sleep(0.02)
    raise AssertionError(item)


def asked(item: dict[str, object]) -> bool:
    return not item["is_asked"] and item["asked_at"] is not None


def test_a_watch_is_previewed_saved_asked_switched_and_deleted(
    client: TestClient, db: Database, server: FeedServer
) -> None:
    assert "Nothing is watched yet" in client.get("/watches").text
    assert "Where to look" in client.get("/watches/new?kind=feed&target=x").text
    now = utc_now() - timedelta(hours=2)
    server.submitted = [
        Announced("2611.00001", "Seen lately", submitted=now),
        Announced("2611.00002", "Held already", submitted=now),
    ]
    client.post("/api/v1/papers", json={"title": "Held already", "arxiv_id": "2611.00002"})
    typed = {"kind": "query", "target": "abs:gates", "name": "Gates", "on": "1"}
    page = client.post("/watches/preview", data=typed).text
    assert "1 of these is new to you" in page
    assert "you have it" in page
    assert 'value="abs:gates"' in page
    assert client.get("/api/v1/watches").json()["total"] == 0
    page = client.post("/watches", data=typed).text
    assert "It has not been asked yet" in page
    assert "crosswalk watch --once" in page  # the server asks nothing by itself
    number = client.get("/api/v1/watches").json()["items"][0]["id"]
    client.post(f"/watches/{number}/ask")
    page = until(client, number, asked)
    assert "Seen lately" in page
    assert f'href="/queue?q=watch%3A{number}"' in page
    listed = client.get("/watches").text
    assert "1 new" in listed
    assert client.get(f"/papers?watch={number}&verdict=unread").text.count("Seen lately") >= 1
    paper = client.get("/api/v1/papers", params={"watch": "Gates"}).json()["items"][0]
    assert paper["title"] == "Seen lately"
    client.post(f"/watches/{number}/switch")
    assert client.get(f"/api/v1/watches/{number}").json()["on"] is False
    page = client.post(f"/watches/{number}/delete").text
    assert "Nothing is watched yet" in page
    assert "Deleted." in page
    assert client.get(f"/watches/{number}").status_code == 404
    assert "Seen lately" in client.post(f"/watches/{number}/restore").text
    client.post(f"/watches/{number}/delete")
    client.post(f"/watches/{number}/erase")
    assert client.get("/api/v1/papers", params={"q": "Seen lately"}).json()["total"] == 1


def test_what_cannot_be_saved_comes_back_as_typed(client: TestClient, server: FeedServer) -> None:
    answer = client.post("/watches", data={"kind": "feed", "target": "nonsense with blanks"})
    assert answer.status_code == 422
    assert "begins with https" in answer.text
    assert 'value="nonsense with blanks"' in answer.text
    assert re.search(r'value="feed" checked', answer.text)
    answer = client.post("/watches/preview", data={"kind": "categories", "target": "!"})
    assert answer.status_code == 422
    server.mode = "500"
    answer = client.post("/watches/preview", data={"kind": "query", "target": "all:gates"})
    assert answer.status_code == 503
    assert "HTTP 500" in answer.text
    client.post("/watches", data={"kind": "query", "target": "all:gates"})
    answer = client.post("/watches", data={"kind": "author", "target": "A", "name": "ALL:gates"})
    assert "Another watch has this name" in answer.text
    number = client.get("/api/v1/watches").json()["items"][0]["id"]
    stale = {"kind": "query", "target": "all:trees", "version": "9"}
    answer = client.post(f"/watches/{number}", data=stale)
    assert answer.status_code == 412
    assert "What is saved now" in answer.text
    assert 'value="all:trees"' in answer.text


def test_json(client: TestClient, server: FeedServer) -> None:
    server.listed, server.day = entries(2), datetime.now(UTC)
    answer = client.post("/api/v1/watches", json={"target": "cs.CL", "on": True})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["kind"], made["name"], made["on"], made["new"]) == ("categories", "cs.CL", True, 0)
    url = answer.headers["Location"]
    assert client.post(f"{url}/ask").status_code == 202
    until(client, made["id"], asked)
    item = client.get(url).json()
    assert (item["new"], item["brought"], len(item["papers"])) == (2, 2, 2)
    key = item["papers"][0]["citekey"]
    given = {"verdict": "no", "reason": "Not mine."}
    answer = client.post(f"/api/v1/papers/{key}/verdicts", json=given)
    assert answer.status_code == 201
    assert client.get(url).json()["new"] == 1
    patch = client.patch(url, json={"name": "Language"}, headers={"If-Match": '"1"'})
    assert (patch.json()["name"], patch.json()["reached"]) == ("Language", item["reached"])
    assert client.patch(url, json={"target": "cs.CV"}).json()["reached"] is None
    assert client.patch(url, json={"on": False}, headers={"If-Match": '"1"'}).status_code == 412
    assert client.post("/api/v1/watches", json={"kind": "x", "target": "y"}).status_code == 422
    refused = client.post("/api/v1/watches", json={"kind": "feed", "target": "y y"})
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert "target" in refused.json()["errors"]
    body = {"kind": "search", "target": "number"}
    found = client.post("/api/v1/watches/preview", json=body).json()
    assert (len(found["items"]), found["more"]) == (2, False)
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404


def test_the_command_asks_those_whose_time_has_come(
    client: TestClient,
    db: Database,
    settings: Settings,
    server: FeedServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("library", "database_url", "arxiv_url", "feed_url", "arxiv_delay"):
        monkeypatch.setenv(f"CROSSWALK_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("CROSSWALK_STARTER", "0")
    server.listed, server.day = entries(2), datetime.now(UTC)
    client.post("/api/v1/watches", json={"target": "cs.CL"})
    cli.watch(once=True)
    assert "No watch is switched on" in capsys.readouterr().out
    assert not server.requests
    client.patch("/api/v1/watches/1", json={"on": True})
    client.post("/api/v1/watches", json={"target": "cs.CV", "on": True})
    cli.watch(once=True)
    assert capsys.readouterr().out == "cs.CL\t2 new\ncs.CV\t0 new\n"
    cli.watch(once=True)
    assert capsys.readouterr().out == ""
    assert len(server.requests) == 2
    with db.write() as session:
        service.get_watch(session, 1).watch.next_at = None
    server.mode = "500"
    with pytest.raises(Exception):  # noqa: B017, PT011
        cli.watch(once=True)
    assert "cs.CL: arXiv failed (HTTP 500)" in capsys.readouterr().err


def test_the_server_asks_by_itself_where_it_may(
    settings: Settings, client: TestClient, server: FeedServer
) -> None:
    from app.main import create_app

    server.listed, server.day = entries(1), datetime.now(UTC)
    client.post("/api/v1/watches", json={"target": "cs.CL", "on": True})
    client.post("/api/v1/watches", json={"target": "cs.CV"})
    settings.watch = True
    with TestClient(create_app(settings)) as serving:
        until(serving, 1, asked)
        assert serving.get("/api/v1/watches/1").json()["new"] == 1
        assert "asks nothing by itself" not in serving.get("/watches").text
    assert server.listings() == ["/atom/cs.CL"]
