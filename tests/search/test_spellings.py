"""What is the same to a reader is found, however it is written; on both databases."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.models import ResearchField
from tests.databases import Template

PAPERS: dict[str, dict[str, object]] = {
    "tts": {"title": "Text-to-SQL over Many Tables", "authors": ["Ann Brown"]},
    "simp": {"title": "图像与文本对齐的门控融合方法", "authors": ["张三"]},
    "trad": {"title": "圖像與文本對齊", "authors": ["李四光"]},
    "plural": {"title": "Ontologies", "abstract": "The indices of corpora, and the matrices."},
    "given": {"title": "Learning from Gradients", "authors": ["Lecomte, Yves", "Ann Brown"]},
    "initial": {"title": "Learning from Slopes", "authors": ["Lecomte, Y."]},
    "umlaut": {"title": "Templates for Fast Parsing", "authors": ["Müller, Jörg"]},
    "written": {"title": "A Compiler for Everyone", "authors": ["Mueller, Anna"]},
    "ladder": {"title": "A Ladder for Small Parsers", "doi": "10.1234/ladder.v1-2"},
    "weight": {"title": "On the Weight of Blue Columns", "arxiv_id": "2102.03334"},
    "cpp": {"title": "Exceptions in C++ and .NET", "abstract": "Not in C."},
    "vitamin": {"title": "Vitamin C nets", "abstract": "A study."},
    "middle": {"title": "Neurosymbolic programs", "abstract": "Of LLMs and GANs."},
}


@pytest.fixture(scope="module")
def library(empty: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = empty.another(tmp_path_factory.mktemp("spellings") / "library")
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        for key, given in PAPERS.items():
            answer = client.post("/api/v1/papers", json={"citekey": key, **given})
            assert answer.status_code == 201, answer.text
        with client.app.state.database.write() as session:  # type: ignore[attr-defined]
            field = ResearchField(slug="tts", name_en="Text-to-SQL", synonyms_en=["NL2SQL"])
            session.add(field)
        yield client


def found(library: TestClient, q: str) -> list[str]:
    """The papers that have all of what was asked, best first."""
    answer = library.get("/api/v1/search", params={"q": q, "types": "paper"})
    assert answer.status_code == 200, answer.text
    return [each["key"] for each in answer.json()["items"] if each["type"] == "paper"]


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("text2sql", {"tts"}),
        ("Text-2-SQL", {"tts"}),
        ("text to sql", {"tts"}),
        ("NL2SQL", {"tts"}),
        ("nl-to-sql", {"tts"}),
        ("對齊", {"simp", "trad"}),
        ("对齐", {"simp", "trad"}),
        ("图像的对齐", {"simp", "trad"}),
        ("index", {"plural"}),
        ("corpus matrix", {"plural"}),
        ("LLM GAN", {"middle"}),
        ('author:"Y. Lecomte"', {"given", "initial"}),
        ('author:"Yves Lecomte"', {"given", "initial"}),
        ("author:müller", {"umlaut", "written"}),
        ("作者:李四光", {"trad"}),
        ('author:"Siguang Li"', {"trad"}),
        ("Müller", {"umlaut", "written"}),
        ("Mueller", {"umlaut", "written"}),
        ("Muller", {"umlaut", "written"}),
        ("zhangsan", {"simp"}),
        ("C++", {"cpp"}),
        (".NET", {"cpp"}),
        ("symbolic", {"middle"}),
        ("arXiv:2102.03334v2", {"weight"}),
        ("2102.03334v2", {"weight"}),
        ("https://arxiv.org/abs/2102.03334v3", {"weight"}),
        ("https://doi.org/10.1234/ladder.v1-2", {"ladder"}),
        ("doi:10.1234/ladder.v1-2", {"ladder"}),
        ("compiler OR templates NOT everyone", {"umlaut"}),
        ("(compiler OR vitamin) -(everyone OR parsing)", {"vitamin"}),
        ("(fast parsing) OR vitamin", {"umlaut", "vitamin"}),
    ],
)
def test_what_is_the_same_is_found(library: TestClient, q: str, first: set[str]) -> None:
    assert set(found(library, q)[: len(first)]) == first


@pytest.mark.parametrize(
    ("q", "key"),
    [
        ('Zzyx "A Ladder for Small Parsers"', "ladder"),
        ('Zzyx "On the Weight of Blue Columns"', "weight"),
        ('"the weight of" Zzyx', "weight"),
        ("Zzyx “图像与文本”", "trad"),
    ],
)
def test_a_phrase_is_not_dropped_when_another_word_is_nowhere(
    library: TestClient, q: str, key: str
) -> None:
    assert key in found(library, q)


def test_a_word_in_the_middle_of_others_is_said_to_be(library: TestClient) -> None:
    page = library.get("/search", params={"q": "symbolic"}).text
    assert "neurosymbolic" in page


def test_what_is_said_twice_counts_twice(library: TestClient) -> None:
    """Nothing has all of the words: some has the one, and some the other."""
    assert found(library, "zzyx vitamin vitamin vitamin ladder")[0] == "vitamin"
    assert found(library, "zzyx vitamin ladder ladder ladder")[0] == "ladder"
