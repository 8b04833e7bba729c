"""A search that would take too long is stopped and says so, wherever it is asked."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlmodel import Session

from app.search import finding, vocabulary

_ENDLESS = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT (i + 1) % 1000 FROM n) SELECT max(i) FROM n"
)


def _endless(session: Session, *_args: object) -> list[str]:
    session.execute(_ENDLESS)
    return []


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every search runs into a statement that would never end."""
    monkeypatch.setattr(finding, "PATIENCE", 0.05)
    monkeypatch.setattr(vocabulary, "known", _endless)


@pytest.mark.usefixtures("slow")
def test_a_page_says_that_the_search_was_stopped(reader: TestClient) -> None:
    answer = reader.get("/search", params={"q": "attention"})
    assert answer.status_code == 200
    assert "This took too long and was stopped" in answer.text
    reader.cookies.set("language", "zh")
    assert "已中止" in reader.get("/search", params={"q": "attention"}).text
    assert "已中止" in reader.get("/papers", params={"q": "attention"}).text


@pytest.mark.usefixtures("slow")
def test_the_api_says_that_there_may_be_more(reader: TestClient) -> None:
    answer = reader.get("/api/v1/search", params={"q": "attention"})
    assert answer.status_code == 200
    assert answer.json()["bounded"] is True
    assert "stopped" in answer.json()["notice"]


def test_what_was_found_before_stays(reader: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "PATIENCE", 0.05)
    monkeypatch.setattr(vocabulary, "completions", _endless)
    found = reader.get("/api/v1/search", params={"q": "attention"}).json()
    assert found["total"] > 0
    assert found["bounded"] is True


@pytest.mark.usefixtures("slow")
def test_a_transaction_goes_on_after_it(reader: TestClient) -> None:
    """Also one that writes: what it wrote before the search is kept."""
    saved = reader.post("/api/v1/searches", json={"name": "Mine", "q": "attention"})
    assert saved.status_code == 201, saved.text
    assert saved.json()["bounded"] is True
    assert [each["name"] for each in reader.get("/api/v1/searches").json()["items"]] == ["Mine"]
