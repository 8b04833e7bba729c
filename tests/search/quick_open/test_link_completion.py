"""What `[[` and the fields that name things go on with, by JSON."""

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.models import Issue, Technique
from app.notes import service
from tests.conftest import counted


@pytest.fixture
def library(client: TestClient, db: Database) -> TestClient:
    paper: dict[str, object] = {"title": "ViLT: Vision-and-Language Transformer"}
    paper |= {"short_title": "ViLT", "authors": ["Wonjae Kim", "张三"], "year": 2021}
    paper |= {"venue": "ICML", "tags": ["预训练", "VQA"]}
    assert client.post("/api/v1/papers", json=paper).status_code == 201
    with db.write() as session:
        session.add(Issue(slug="dk", name_en="Domain knowledge", name_zh="领域知识"))
        session.add(Issue(slug="dk-old", name_en="Domain knowledge", name_zh="旧的领域知识"))
        session.add(Technique(slug="gated-fusion", name_en="Gated fusion", name_zh="门控融合"))
    client.post("/api/v1/notes", json={"title": "融合笔记", "body": "x"})
    return client


def complete(client: TestClient, q: str, of: str = "link", language: str = "en") -> list[str]:
    given = {"q": q, "for": of}
    answer = client.get("/api/v1/complete", params=given, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return [each["text"] for each in answer.json()["items"]]


@pytest.mark.parametrize(
    ("q", "language", "first"),
    [
        ("vilt", "en", "kim2021vilt"),
        ("kim21", "en", "kim2021vilt"),
        ("@kim", "en", "kim2021vilt"),
        ("领域知识", "zh", "issue:领域知识"),
        ("lyzs", "zh", "issue:领域知识"),
        ("lingyu", "zh", "issue:领域知识"),
        ("issue:领", "zh", "issue:领域知识"),
        ("问题：", "zh", "issue:领域知识"),
        ("门控", "en", "technique:门控融合"),
        ("gated", "en", "technique:Gated fusion"),
        ("ronghebiji", "en", "融合笔记"),
        ("", "en", "融合笔记"),
    ],
)
def test_a_link_goes_on_with_what_is_meant(
    library: TestClient, q: str, language: str, first: str
) -> None:
    assert complete(library, q, language=language)[0] == first


def test_what_is_offered_leads_there(library: TestClient, db: Database) -> None:
    offered = complete(library, "domain knowledge")
    assert set(offered) == {"issue:Domain knowledge", "issue:dk-old"}  # the name is the first's
    library.post("/api/v1/notes", json={"title": "VILT", "body": "hidden by the paper"})
    offered += complete(library, "vilt") + complete(library, "gated")
    assert "VILT" not in offered
    with db.read() as session:
        for text in offered:
            assert "unresolved" not in service.render_many(session, [f"[[{text}]]"])[0]


@pytest.mark.parametrize(
    ("of", "q", "first"),
    [
        ("technique", "ronghe", "gated-fusion"),
        ("issue", "domain", "dk"),
        ("tag", "yuxun", "预训练"),
        ("tag", "vq", "VQA"),
        ("author", "kim", "Wonjae Kim"),
        ("author", "won", "Wonjae Kim"),
        ("author", "张", "张三"),
        ("author", "zhang", "张三"),
        ("venue", "icm", "ICML"),
        ("paper", "transformer", "kim2021vilt"),
        ("source", "融合", "note:1"),
    ],
)
def test_fields_go_on_with_what_they_take(library: TestClient, of: str, q: str, first: str) -> None:
    assert complete(library, q, of)[0] == first


def test_nothing_comes_of_what_nothing_is_called(library: TestClient) -> None:
    assert complete(library, "qqqqqqqq") == []
    assert complete(library, "x", "author") == []
    assert library.get("/api/v1/complete", params={"for": "colour"}).status_code == 422
    assert library.get("/api/v1/complete", params={"q": "x" * 2_000}).status_code == 422


def test_statements_are_constant(library: TestClient, db: Database) -> None:
    def asked() -> int:
        with counted(db) as seen:
            complete(library, "a")
        return len(seen)

    library.post("/api/v1/notes", json={"title": "A0", "body": "x"})
    asked()
    one = asked()
    for number in range(8):
        library.post("/api/v1/notes", json={"title": f"A{number}", "body": "x"})
    asked()
    assert asked() <= one
