"""A search that would take too long is stopped and says so, wherever it is asked."""

import time

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlmodel import Session

from app.database import Database
from app.library import service as library
from app.search import queries
from app.search.engine import deadline
from app.search.engine.engine_results import TookTooLong
from app.search.index import vocabulary
from app.search.results import result_items

_ENDLESS = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT (i + 1) % 1000 FROM n) SELECT max(i) FROM n"
)


def _endless(session: Session, *_args: object, **_more: object) -> list[str]:
    session.execute(_ENDLESS)
    return []


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every search runs into a statement that would never end."""
    monkeypatch.setattr(deadline, "PATIENCE", 0.05)
    monkeypatch.setattr(vocabulary, "known_words", _endless)


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
    monkeypatch.setattr(deadline, "PATIENCE", 2.0)
    monkeypatch.setattr(vocabulary, "complete_word", _endless)
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


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(deadline, "PATIENCE", 0.05)
    return monkeypatch


# What an answer is made of, and a query that comes to it.
_STEPS = [
    (queries, "has_author", "gate author:kim"),
    (queries, "term_names", "gate"),
    (result_items, "load_hits", "gate"),
    (library, "facets_of", "gate"),
]


@pytest.mark.parametrize(("module", "name", "q"), _STEPS)
def test_every_step_of_an_answer_is_bounded(
    reader: TestClient, impatient: pytest.MonkeyPatch, module: object, name: str, q: str
) -> None:
    impatient.setattr(module, name, _endless)
    page = reader.get("/search", params={"q": q})
    assert page.status_code == 200
    assert "This took too long and was stopped" in page.text
    found = reader.get("/api/v1/search", params={"q": q}).json()
    assert found["bounded"] is True
    assert "stopped" in found["notice"]


@pytest.mark.parametrize(("module", "name", "q"), _STEPS[:2])
def test_a_list_says_so_and_what_must_be_whole_is_none(
    reader: TestClient, impatient: pytest.MonkeyPatch, module: object, name: str, q: str
) -> None:
    impatient.setattr(module, name, _endless)
    assert "This took too long and was stopped" in reader.get("/papers", params={"q": q}).text
    for path in ("/export", "/api/v1/export", "/api/v1/papers", "/feed.atom"):
        answer = reader.get(path, params={"q": q, "format": "bibtex"})
        assert answer.status_code == 503, path
        assert "It was stopped. Use fewer or rarer words" in answer.text, path


def test_places_and_similar_papers_and_saved_searches_are_bounded(
    reader: TestClient, impatient: pytest.MonkeyPatch
) -> None:
    reader.post("/api/v1/searches", json={"name": "Mine", "q": "attention"})
    impatient.setattr(queries, "papers_keyed_like", _endless)
    assert "This took too long and was stopped" in reader.get("/jump?q=vilt").text
    impatient.setattr(queries, "papers_sharing_techniques", _endless)
    assert "Looking for them took too long" in reader.get("/papers/kim2021vilt").text
    impatient.setattr(queries, "term_names", _endless)
    (held,) = reader.get("/api/v1/searches").json()["items"]
    assert held["bounded"] is True
    assert "or more" in reader.get("/").text


def test_a_bound_within_a_bound_takes_a_part_of_it(
    reader: TestClient, impatient: pytest.MonkeyPatch
) -> None:
    database: Database = reader.app.state.database  # type: ignore[attr-defined]
    impatient.setattr(deadline, "PATIENCE", 2.0)
    with database.read() as session:
        with deadline.deadline(session) as whole:
            with deadline.deadline(session, searching=True) as part:
                assert part.until < whole.until
                _endless(session)
            assert part.stopped
            assert whole.stopped
            assert time.monotonic() < whole.until
            assert queries.term_names(session), "there is time left to show what was found"
            _endless(session)
        with deadline.deadline(session) as another:
            assert queries.term_names(session)
        assert not another.stopped
        with pytest.raises(TookTooLong), deadline.deadline(session, whole=True):
            _endless(session)
        assert queries.term_names(session)
