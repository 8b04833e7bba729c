"""Passages name papers and techniques as a page does, not by their keys."""

import re

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from tests.conftest import counted

KEY = "kim2021vilt"
TITLE = "ViLT: Vision-and-Language Transformer"


def passage(client: TestClient, q: str, **headers: str) -> str:
    page = client.get("/search", params={"q": q, "type": "note"}, headers=headers).text
    first: str = re.findall(r'<p class="row-why"[^>]*>(.*?)</p>', page)[0]
    return first


@pytest.mark.parametrize(
    ("body", "q", "shown"),
    [
        (f"gazebo as [[{KEY}]] says", "gazebo", f"<mark>gazebo</mark> as {TITLE} says"),
        (f"gazebo as [[{KEY}|they]] say", "gazebo", "<mark>gazebo</mark> as they say"),
        ("gazebo [[zhang2020uvrnmt]]!", "gazebo", "<mark>gazebo</mark> UVR-NMT!"),
        (f"a gazebo, [[{KEY}]]", f"gazebo {KEY}", f"a <mark>gazebo</mark>, <mark>{TITLE}</mark>"),
        (f"gazebo [[{KEY}]]", "gazebo vilt", f"<mark>gazebo</mark> {TITLE}"),
        ("gazebo [[technique:gated-fusion]]", "gazebo", "<mark>gazebo</mark> Gated fusion"),
        ("gazebo [[nobody2020nothing]]", "gazebo", "<mark>gazebo</mark> nobody2020nothing"),
        ("gazebo [[issue:nowhere]]", "gazebo", "<mark>gazebo</mark> nowhere"),
        (f"gazebo `[[{KEY}]]`", "gazebo", f"<mark>gazebo</mark> [[{KEY}]]"),
        ("gazebo [[<b>2020]]", "gazebo", "<mark>gazebo</mark> &lt;b&gt;2020"),
    ],
)
def test_a_passage_shows_names(reader: TestClient, body: str, q: str, shown: str) -> None:
    reader.post("/api/v1/notes", json={"title": "", "body": body})
    said = passage(reader, q)
    assert re.sub("</?mark>", "", said) == re.sub("</?mark>", "", shown)
    if q != "gazebo vilt":
        assert said == shown


@pytest.mark.parametrize("letters", range(0, 60, 3))
def test_of_a_key_that_is_cut_nothing_is_left(reader: TestClient, letters: int) -> None:
    about = "word " * 20
    before = f"{about}[[technique:gated-fusion]] {'w' * (30 + letters)} gazebo"
    reader.post("/api/v1/notes", json={"body": before})
    after = f"bandstand {'w ' * (45 + letters // 2)}[[technique:gated-fusion]] {about}"
    reader.post("/api/v1/notes", json={"body": after})
    for q in ("gazebo", "bandstand"):
        said = passage(reader, q)
        assert not re.search("techn|ated-fus|fusion]", said), said


def test_names_are_in_the_readers_language(reader: TestClient) -> None:
    reader.post("/api/v1/notes", json={"body": "gazebo [[technique:gated-fusion]]"})
    said = passage(reader, "gazebo", **{"Accept-Language": "zh"})
    assert said == "<mark>gazebo</mark> 门控融合"


def test_claims_and_reasons_and_the_api_too(reader: TestClient) -> None:
    cell = "/api/v1/comparisons/vqa/cells/gated-fusion/dk-t4/claims"
    claim = {"stance": "partial", "confidence": "low", "source": "own"}
    reader.post(cell, json={**claim, "rationale": f"gazebo, see [[{KEY}]]"})
    verdict = {"verdict": "no", "reason": f"a gazebo beside [[{KEY}]]"}
    reader.post("/api/v1/papers/zhang2020uvrnmt/verdicts", json=verdict)
    found = reader.get("/api/v1/search?q=gazebo").json()["items"]
    snippets = {hit["type"]: hit["snippet"] for hit in found}
    assert snippets == {
        "cell": f"gazebo, see {TITLE}",
        "paper": f"a gazebo beside {TITLE}",
    }


def test_a_passage_that_cuts_keys_has_nothing_odd_in_it(reader: TestClient) -> None:
    body = f"[[{KEY}]] " * 40 + "gazebo " + "[[technique: gated-fusion]] " * 40
    reader.post("/api/v1/notes", json={"body": body})
    said = passage(reader, "gazebo")
    assert not re.search("[\ue000-\uf8ff]", said)
    assert TITLE in said
    assert KEY not in said


def test_keys_cost_nothing_where_there_are_none(reader: TestClient, db: Database) -> None:
    def statements(q: str) -> int:
        reader.get("/api/v1/search?q=attention")  # what is kept until the library changes
        with counted(db) as seen:
            assert reader.get(f"/api/v1/search?q={q}").status_code == 200
        return len(seen)

    reader.post("/api/v1/notes", json={"body": "gazebo here"})
    reader.post("/api/v1/notes", json={"body": f"pergola [[{KEY}]]"})
    none = statements("gazebo")
    assert statements("pergola") > none
    for _ in range(5):
        reader.post("/api/v1/notes", json={"body": f"pergola [[{KEY}]] [[zhang2020uvrnmt]]"})
    assert statements("pergola") <= none + 4  # the names, and whether they may be kept
