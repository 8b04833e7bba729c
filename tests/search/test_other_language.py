"""What is near in meaning in the other language."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlmodel import col

from app.database import Database
from app.errors import Message
from app.kit.text import language_of_text
from app.main import create_app
from app.models import Note, Paper, TextVector
from app.search.semantic import encoders, vectors
from app.search.semantic.vectors import compute_vectors, count_vectors
from app.settings import Settings
from app.site.semantic_page import follow_texts
from app.web.jobs import Jobs
from app.web.worker import WorkerProcess
from tests.conftest import counted
from tests.search.four_words import FourWords
from tests.search.library import fill


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[FourWords]:
    standing = FourWords()
    monkeypatch.setattr(encoders, "find_encoder", lambda setting: standing)
    encoders.kept_encoder.cache_clear()
    yield standing
    encoders.kept_encoder.cache_clear()


@pytest.fixture
def reader(settings: Settings, model: FourWords) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        with database_of(client).write() as session:
            fill(session)
        yield client


def database_of(client: TestClient) -> Database:
    database: Database = client.app.state.database  # type: ignore[attr-defined]
    return database


def compute_all(client: TestClient, model: FourWords) -> None:
    while compute_vectors(database_of(client), model, 2):
        pass


def counts(client: TestClient, model: FourWords) -> tuple[int, int, int]:
    with database_of(client).read() as session:
        found = count_vectors(session, model.name)
    return found.made, found.waiting, found.others


def found(client: TestClient, q: str, **asked: str) -> list[str] | None:
    answer = client.get("/api/v1/search", params={"q": q, **asked})
    assert answer.status_code == 200
    items: list[dict[str, Any]] | None = answer.json()["other_language"]
    return items if items is None else [f"{each['type']} {each['key']}" for each in items]


def test_a_paper_is_found_from_the_other_language(reader: TestClient, model: FourWords) -> None:
    assert found(reader, "图像") == []
    compute_all(reader, model)
    both = ["paper zhang2020uvrnmt", "paper kim2021vilt"]
    assert (found(reader, "图像翻译") or [])[:2] == both
    assert (found(reader, "visual") or [])[0] == "note 1"
    assert (
        found(reader, "图像", year="2021")
        == ["paper kim2021vilt"]
        == found(reader, "图像 year:2021")
    )
    assert found(reader, "year:2021") is None  # no words, and nothing to be near
    page = reader.get("/search", params={"q": "图像"}).text
    block = page[page.index('id="found-other"') :]
    assert "In English, by meaning" in block
    assert "/papers/zhang2020uvrnmt" in block
    chinese = reader.get("/search", params={"q": "图像"}, headers={"Accept-Language": "zh"}).text
    assert "语义相近的英文内容" in chinese


def test_what_is_shown_by_its_words_is_not_shown_again(
    reader: TestClient, model: FourWords
) -> None:
    compute_all(reader, model)
    page = reader.get("/search", params={"q": "visual 图像 representation"}).text
    assert page.count('href="/papers/zhang2020uvrnmt"') == 1


def test_a_note_in_both_is_shown_in_the_language_that_was_sought(
    reader: TestClient, model: FourWords
) -> None:
    with database_of(reader).write() as session:
        note = session.get_one(Note, 1)
        note.title, note.body = (
            "Both",
            "First a **translation** of it.\n\n先翻译，再过一道门，然后相加。",
        )
        session.flush()
    compute_all(reader, model)
    answer = reader.get("/api/v1/search", params={"q": "translation gate"}).json()
    (hit,) = (each for each in answer["other_language"] or () if each["key"] == "1")
    assert hit["snippet"].startswith("先翻译")


def test_a_changed_text_waits_for_its_vector(reader: TestClient, model: FourWords) -> None:
    compute_all(reader, model)
    assert counts(reader, model) == (5, 0, 0)
    with database_of(reader).write() as session:
        paper = session.scalars(select(Paper).where(col(Paper.citekey) == "kim2021vilt")).one()
        paper.title = "A gate"
        session.flush()
    assert counts(reader, model) == (4, 1, 0)
    assert "kim2021vilt" not in str(found(reader, "图像"))
    compute_all(reader, model)
    assert (found(reader, "门") or [])[0] == "paper kim2021vilt"
    with database_of(reader).write() as session:
        note = session.get_one(Note, 1)
        session.delete(note)
    assert counts(reader, model) == (4, 0, 0)
    assert "note 1" not in (found(reader, "visual") or [])


def test_what_says_the_same_keeps_its_vector(reader: TestClient, model: FourWords) -> None:
    compute_all(reader, model)
    form = {"verdict": "reference", "reason": "门"}
    answer = reader.post("/api/v1/papers/kim2021vilt/verdict", json=form)
    assert answer.status_code < 500
    assert counts(reader, model) == (5, 0, 0)


def test_another_model_is_said_and_not_mixed(reader: TestClient, model: FourWords) -> None:
    compute_all(reader, model)
    model.name = "four words 2"
    assert counts(reader, model) == (0, 5, 5)
    assert found(reader, "图像") == []
    page = reader.get("/settings/other-language").text
    assert "5 vectors are of another model" in page
    assert "0 of 5 texts have their vector." in page
    compute_all(reader, model)
    assert counts(reader, model) == (5, 0, 0)
    assert "All 5 texts have their vectors." in reader.get("/settings/other-language").text


def test_a_text_changed_meanwhile_waits_on(reader: TestClient, model: FourWords) -> None:
    def change() -> None:
        with database_of(reader).write() as session:
            for paper in session.scalars(select(Paper)):
                paper.abstract += "."

    model.meanwhile = change
    compute_vectors(database_of(reader), model, 2)
    assert counts(reader, model) == (0, 5, 0)


def test_what_changed_while_nobody_followed_is_found(
    reader: TestClient, model: FourWords, settings: Settings
) -> None:
    compute_all(reader, model)
    with database_of(reader).write() as session:
        session.connection().exec_driver_sql("UPDATE paper SET title = 'Other' WHERE id = 1")
    assert vectors.drop_outdated(database_of(reader)) == 1
    assert counts(reader, model) == (4, 1, 0)


def test_the_server_makes_what_waits(
    reader: TestClient, model: FourWords, settings: Settings
) -> None:
    database = database_of(reader)

    class InThisProcess(WorkerProcess):
        def __init__(self) -> None:
            pass

        async def write(self, size: int, work: Any, *args: Any, **kwargs: Any) -> Any:
            return work(database, settings, *args, **kwargs)

    async def wait() -> Jobs:
        jobs = Jobs()
        following = asyncio.create_task(
            follow_texts(database, model.name, jobs, InThisProcess(), after=0)
        )
        while counts(reader, model)[1]:
            await asyncio.sleep(0.01)
        following.cancel()
        await jobs.close()
        return jobs

    with ThreadPoolExecutor(1) as apart:  # from a browser's loop
        jobs = apart.submit(lambda: asyncio.run(asyncio.wait_for(wait(), 60))).result()
    job = jobs.read().get("vectors")
    assert job is not None
    assert job.total == 5
    assert counts(reader, model) == (5, 0, 0)


def test_a_model_that_cannot_be_loaded_hides_nothing_else(
    reader: TestClient, model: FourWords
) -> None:
    compute_all(reader, model)
    model.problem = Message.of(
        "The model {model} cannot be loaded: {problem}", model="x", problem="y"
    )
    page = reader.get("/search", params={"q": "crossmodal"})
    assert page.status_code == 200
    assert "The model x cannot be loaded: y" in page.text
    assert "/papers/kim2021vilt" in page.text


def test_without_a_model_nothing_is_asked(client: TestClient, db: Database) -> None:
    with db.write() as session:
        fill(session)
    with counted(db) as statements:
        assert found(client, "图像") is None
        page = client.get("/search", params={"q": "图像"}).text
    assert "text_vector" not in str(statements)
    assert "found-other" not in page
    assert "Off: there is no model." in client.get("/settings/other-language").text
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(TextVector)) == 0


@pytest.mark.parametrize(
    ("made", "said"),
    [(None, "there is no such folder"), ([], "holds no model that can be used")],
)
def test_a_wrong_path_is_said_and_stops_nothing(
    settings: Settings, tmp_path: Path, made: list[str] | None, said: str
) -> None:
    folder = tmp_path / "model"
    if made is not None:
        folder.mkdir()
    given = settings.model_copy(update={"embeddings": str(folder)})
    with TestClient(create_app(given)) as client:
        assert said in client.get("/settings/other-language").text
        assert client.get("/search?q=图像").status_code == 200


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("用 BERT 编码文字", "zh"),
        ("Attention Is All You Need 注意", "en"),
        ("", "en"),
        ("图", "zh"),
    ],
)
def test_a_texts_language(text: str, language: str) -> None:
    assert language_of_text(text) == language
