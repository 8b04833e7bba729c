"""Did you mean …? Offered where little is found by a word that many more have otherwise."""

import re
import threading
from collections.abc import Iterator
from html import unescape

import pytest
from fastapi.testclient import TestClient

from app import main
from app.database import Database
from app.library import service as library
from app.library.rules import PaperInput
from app.main import create_app
from app.settings import Settings
from tests.conftest import counted
from tests.databases import Template


@pytest.fixture(scope="module")
def slips(empty: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A library in which somebody's slips stand beside what most papers say; only to look at."""
    settings = empty.another(tmp_path_factory.mktemp("slips") / "library")
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        write(client.app.state.database)  # type: ignore[attr-defined]
        yield client


def write(db: Database) -> None:
    with db.write() as session:
        for n in range(12):
            text = f"Attention over a casual lattice {n}，门控与注意力，张伟"
            paper = PaperInput(title=f"Paper {n}", abstract=text, year=2020 + n % 2)
            library.create_paper(session, paper)
        for given in (
            PaperInput(
                title="Odd", abstract="attenton of the causal kind, 门空与注意里", year=2021
            ),
            PaperInput(title="Lettice: a system", abstract="Lettice"),
            PaperInput(title="By one", authors=["Ann Attentio", "章伟"]),
        ):
            library.create_paper(session, given)


def suggestion(client: TestClient, q: str, **more: bool) -> object:
    return client.get("/api/v1/search", params={"q": q, **more}).json()["suggestion"]


@pytest.mark.parametrize(
    ("q", "meant"),
    [
        ("attenton", "attention"),
        ("Attenton", "attention"),
        ("causal", "casual"),
        ("causal attenton", "casual attention"),
        ("attenton -gate year:2020..2022", "attention -gate year:2020..2022"),
        ("xylophone OR attenton", "xylophone OR attention"),
        ("门空", "门控"),
        ("注意里", "注意力"),
        ("attenton 门空", "attention 门控"),
    ],
)
def test_a_rare_word_is_taken_for_a_frequent_one(slips: TestClient, q: str, meant: str) -> None:
    found = slips.get("/api/v1/search", params={"q": q}).json()
    assert found["suggestion"] == meant
    assert found["corrected"] is None
    assert found["complete"] == 1, "and what was typed is what was searched"
    better = slips.get("/api/v1/search", params={"q": meant}).json()
    assert better["complete"] > 1
    assert better["suggestion"] is None


@pytest.mark.parametrize(
    "q",
    [
        "",
        "attention",
        '"attenton"',
        "-attenton",
        "lettice",  # a paper's name
        "attentio",  # an author's
        "章伟",
        "atten",  # still being typed
        "odd",
        "attenton year:2022",  # nothing more to be found there
        "attenton kind:dataset",
        "\u200b' OR 1 %",
    ],
)
def test_nothing_is_offered_for_what_is_meant(slips: TestClient, q: str) -> None:
    assert suggestion(slips, q) is None


def test_nothing_is_offered_for_the_name_of_a_technique(client: TestClient, db: Database) -> None:
    write(db)
    assert suggestion(client, "attenton") == "attention"
    client.post("/api/v1/techniques", json={"name_en": "Attenton", "name_zh": "门空"})
    assert suggestion(client, "attenton") is None
    assert suggestion(client, "门空") is None


def test_nothing_is_offered_for_words_as_typed(slips: TestClient) -> None:
    assert suggestion(slips, "attenton", as_typed=True) is None


def test_the_page_offers_it_with_what_narrows_it(slips: TestClient) -> None:
    page = slips.get("/search?q=attenton&type=paper&year=2021&year=2020").text
    (address,) = re.findall(r'Did you mean: <a href="([^"]+)"', page)
    followed = slips.get(unescape(address))
    assert 'value="attention"' in followed.text
    assert unescape(address) == "/search?type=paper&year=2021&year=2020&q=attention"
    assert "Did you mean" not in followed.text
    chinese = slips.get("/search?q=门空", headers={"Accept-Language": "zh"}).text
    assert "你要找的是不是：<a " in chinese


def test_what_was_typed_is_no_markup(slips: TestClient) -> None:
    page = slips.get("/search", params={"q": "attenton OR <b>%(query)s"}).text
    assert "Did you mean" in page
    assert "<b>" not in page


def test_it_costs_one_statement_where_no_word_is_rare(slips: TestClient) -> None:
    def statements(**more: bool) -> int:
        with counted(slips.app.state.database) as seen:  # type: ignore[attr-defined]
            assert slips.get("/api/v1/search", params={"q": "attention", **more}).status_code == 200
        return len(seen)

    assert statements() <= statements(as_typed=True) + 2  # names, how often the words stand


def test_how_chinese_is_read_is_loaded_before_somebody_waits(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = threading.Event()

    def load(_text: str) -> list[str]:
        loaded.set()
        return []

    monkeypatch.setattr(main, "spell_pinyin", load)
    monkeypatch.setattr(main, "_QUIET", 0.0)
    with TestClient(create_app(settings)):
        assert loaded.wait(10)
