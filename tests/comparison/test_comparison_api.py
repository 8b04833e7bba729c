"""The same comparison as JSON, as DESIGN.md's contract says it."""

import json

import pytest
from fastapi.testclient import TestClient

from app.comparison.cells import cell_view
from app.comparison.table.thumbnails import summarize_comparisons
from app.database import Database
from app.models import Technique
from tests.comparison.conftest import claim
from tests.conftest import counted

API = "/api/v1/comparisons"
CELL = f"{API}/vqa-sql/cells/gated/dk-t4"
CLAIM = {
    "stance": "partial",
    "confidence": "high",
    "source": "literature",
    "rationale": "门控",
    "dated_on": "2023-03-12",
    "evidence": [{"paper": "kim2021vilt", "quote": "q", "locator": "p. 3"}, {"note": 1}],
}


def test_the_list(client: TestClient, table: str) -> None:
    listing = client.get(API).json()
    assert {"items", "total", "page", "per_page"} == set(listing)
    assert listing["items"][0]["slug"] == "vqa-sql"
    assert listing["items"][0]["title"] == "VQA to SQL"
    assert listing["items"][0]["coverage"].items() >= {"covered": 0, "total": 9}.items()
    assert client.get(API, params={"page": 2}).json()["items"] == []


def test_the_table_has_the_contracts_shape(client: TestClient, table: str) -> None:
    client.post(f"{CELL}/claims", json=CLAIM)
    client.put(CELL, json={"stance": "fails", "rationale": "x"})
    found = client.get(f"{API}/vqa-sql").json()
    assert {"slug", "title", "rows", "columns", "cells", "coverage"} <= set(found)
    assert found["rows"][1] == {
        "slug": "gated",
        "name_en": "Gated fusion",
        "name_zh": "门控融合",
        "parent": "fusion",
    }
    assert found["columns"][0]["parent"] is None
    (cell,) = found["cells"]
    assert (cell["technique"], cell["issue"], cell["stance"], cell["ruled"]) == (
        "gated",
        "dk-t4",
        "fails",
        True,
    )
    (made,) = cell["claims"]
    assert made.pop("id") > 0
    assert made == {
        "stance": "partial",
        "confidence": "high",
        "source": "literature",
        "basis": "argued",
        "rationale": "门控",
        "dated_on": "2023-03-12",
        "evidence": [
            {
                "paper": "kim2021vilt",
                "note": None,
                "pair": None,
                "item": None,
                "quote": "q",
                "locator": "p. 3",
                "polarity": "supports",
                "standing": "unchecked",
                "page": None,
                "file": None,
                "now": "",
                "kept": False,
                "concerns": [],
            },
            {
                "paper": None,
                "note": 1,
                "pair": None,
                "item": None,
                "quote": "",
                "locator": "",
                "polarity": "supports",
                "standing": "unchecked",
                "page": None,
                "file": None,
                "now": "",
                "kept": False,
                "concerns": [],
            },
        ],
    }
    assert found["coverage"]["covered"] == 1
    assert found["coverage"]["rows"]["gated"].items() >= {"covered": 1, "total": 3}.items()
    assert found["coverage"]["columns"]["dk-t4"].items() >= {"covered": 1, "total": 3}.items()


def test_a_claims_life(client: TestClient, table: str) -> None:
    made = client.post(f"{CELL}/claims", json=CLAIM)
    assert made.status_code == 201
    url = made.headers["location"]
    assert url == f"/api/v1/claims/{made.json()['id']}"
    assert made.headers["etag"] == '"1"'
    changed = client.patch(url, json={"stance": "fails"}, headers={"If-Match": '"1"'})
    assert changed.json()["stance"] == "fails"
    assert changed.json()["rationale"] == "门控", "what is not named stays"
    assert len(changed.json()["evidence"]) == 2
    assert changed.headers["etag"] == '"2"'
    stale = client.patch(url, json={"stance": "partial"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert client.get(url).json()["stance"] == "fails"
    assert client.delete(url, headers={"If-Match": '"1"'}).status_code == 412
    assert client.patch(url, json={"evidence": []}).json()["evidence"] == []
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
    assert client.get(CELL).json()["stance"] == ""


@pytest.mark.parametrize(
    ("evidence", "field"),
    [
        ('{"paper": "\\ud800"}', "paper"),
        ('{"note": 1e30}', "note"),
        ('{"note": 0}', "note"),
        ('{"source": "\\ud800"}', "source"),
    ],
)
def test_evidence_that_names_nothing(
    client: TestClient, table: str, evidence: str, field: str
) -> None:
    body = f'{{"stance": "fails", "rationale": "x", "evidence": [{evidence}]}}'
    answer = client.post(
        f"{CELL}/claims", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [f"evidence.0.{field}"]


def test_a_ruling_is_put_and_taken_back(client: TestClient, table: str) -> None:
    before = client.get(CELL).headers["etag"]
    answer = client.put(
        CELL, json={"stance": "partial", "rationale": "x"}, headers={"If-Match": before}
    )
    assert answer.status_code == 200
    assert (answer.json()["stance"], answer.json()["ruled"]) == ("partial", True)
    stale = client.put(
        CELL, json={"stance": "fails", "rationale": "y"}, headers={"If-Match": before}
    )
    assert stale.status_code == 412
    taken = client.put(CELL, json={"stance": None})
    assert (taken.json()["stance"], taken.json()["ruled"]) == ("", False)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("put", CELL, {"stance": "great", "rationale": "x"}, 422, "stance"),
        ("put", CELL, {"stance": "fails", "rationale": " "}, 422, "rationale"),
        ("post", f"{CELL}/claims", {"stance": "fails"}, 422, "rationale"),
        (
            "post",
            f"{CELL}/claims",
            {**CLAIM, "evidence": [{"paper": "x"}]},
            422,
            "evidence.0.paper",
        ),
        ("post", f"{CELL}/claims", {**CLAIM, "evidence": [{"note": 9}]}, 422, "evidence.0.note"),
        ("post", f"{CELL}/claims", {**CLAIM, "nonsense": 1}, 422, "nonsense"),
        ("post", f"{API}/vqa-sql/cells/gated/no/claims", CLAIM, 404, None),
        ("put", f"{API}/no/cells/gated/dk", {"stance": "fails", "rationale": "x"}, 404, None),
        ("patch", "/api/v1/claims/999", {"stance": "fails"}, 404, None),
        ("patch", "/api/v1/claims/99999999999", {"stance": "fails"}, 422, "number"),
    ],
)
def test_errors_are_problems(
    client: TestClient,
    table: str,
    method: str,
    path: str,
    body: dict[str, object],
    status: int,
    field: str | None,
) -> None:
    answer = client.request(method, path, json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= set(answer.json())
    if field:
        assert field in answer.json()["errors"]
    assert client.get(f"{API}/vqa-sql").json()["cells"] == []


def test_what_other_pages_show_of_cells(client: TestClient, db: Database, table: str) -> None:
    claim(
        db, "gated", "dk-t4", stance="fails", evidence=[{"paper": "kim2021vilt", "quote": "补不出"}]
    )
    claim(db, "gated", "unseen", stance="partial")
    claim(db, "cross", "dk-t4", stance="addresses")
    with db.read() as session:
        (cited,) = cell_view.cells_citing(session, paper_id=1)
        assert (cited.technique.slug, cited.issue.slug) == ("gated", "dk-t4")
        assert (cited.standing.stance, cited.claims) == ("fails", 1)
        assert cited.url == "/comparisons/vqa-sql/gated/dk-t4"
        gated = cited.technique.id
        of_technique = cell_view.list_known(session, session.get_one(Technique, gated)).cells
        assert {cell.issue.slug for cell in of_technique} == {"dk-t4", "unseen"}
        of_issue = cell_view.list_known(session, cited.issue).cells
        assert [(c.technique.slug, c.standing.stance) for c in of_issue] == [
            ("gated", "fails"),
            ("cross", "addresses"),
        ]
        assert all(cell.url for cell in (*of_technique, *of_issue))
        shown = summarize_comparisons(session)
        assert (shown[0].rows, shown[0].columns, shown[0].claims) == (4, 4, 3)
    client.post("/comparisons/vqa-sql/delete")
    with db.read() as session:
        assert cell_view.cells_citing(session, paper_id=1)[0].url == "", "no table shows it"


def test_the_tables_json_takes_a_constant_number_of_statements(
    client: TestClient, db: Database, table: str
) -> None:
    claim(db, "gated", "dk-t4", stance="fails", evidence=[{"paper": "kim2021vilt"}])
    with counted(db) as few:
        client.get(f"{API}/vqa-sql")
    for technique in ("fusion", "gated", "cross", "alignment"):
        for issue in ("unseen", "dk", "dk-t1"):
            claim(db, technique, issue, stance="fails", evidence=[{"note": 1}])
    with counted(db) as many:
        assert len(client.get(f"{API}/vqa-sql").json()["cells"]) == 13
    assert len(many) == len(few)


NEW = {
    "title_en": "Second",
    "source_field": "vqa",
    "target_field": "sql",
    "rows": ["alignment", "gated"],
    "columns": ["dk"],
}


def test_a_comparisons_life(client: TestClient, table: str) -> None:
    made = client.post(API, json=NEW)
    assert made.status_code == 201
    url = made.headers["location"]
    assert url == f"{API}/second"
    assert made.headers["etag"] == client.get(url).headers["etag"] == '"1"'
    assert [row["slug"] for row in made.json()["rows"]] == ["alignment", "gated"]
    assert made.json()["target_field"] == "sql"
    changed = client.patch(url, json={"rows": ["gated"]}, headers={"If-Match": '"1"'})
    assert [row["slug"] for row in changed.json()["rows"]] == ["gated"]
    assert changed.json()["title"] == "Second", "what is not named stays"
    assert changed.headers["etag"] == '"2"'
    stale = client.put(url, json={**NEW, "title_en": "Mine"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert client.get(url).json()["title"] == "Second"
    renamed = client.put(url, json={"slug": "third", "title_zh": "三", **NEW, "source_field": ""})
    assert (renamed.json()["slug"], renamed.json()["source_field"]) == ("third", None)
    assert client.get(url).status_code == 404
    assert client.delete(f"{API}/third", headers={"If-Match": '"1"'}).status_code == 412
    assert client.delete(f"{API}/third", headers={"If-Match": '"3"'}).status_code == 204
    assert client.get(f"{API}/third").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("post", API, {**NEW, "rows": []}, 422, "rows"),
        ("post", API, {**NEW, "rows": ["no"]}, 422, "rows"),
        ("post", API, {**NEW, "title_en": " "}, 422, "title_en"),
        ("post", API, {**NEW, "slug": "new"}, 422, "slug"),
        ("post", API, {**NEW, "nonsense": 1}, 422, "nonsense"),
        ("post", API, {**NEW, "rows": ["\ud800"]}, 422, "rows.0"),
        ("post", API, {**NEW, "columns": [f"i{n}" for n in range(15_000)]}, 422, "columns"),
        ("post", API, {**NEW, "slug": "vqa-sql"}, 409, None),
        ("put", f"{API}/vqa-sql", {"title_en": "x"}, 422, "rows"),
        ("patch", f"{API}/vqa-sql", {"columns": ["no"]}, 422, "columns"),
        ("patch", f"{API}/no", {"title_en": "x"}, 404, None),
        ("put", f"{API}/no", NEW, 404, None),
        ("delete", f"{API}/no", None, 404, None),
    ],
)
def test_a_comparison_that_cannot_be_saved(
    client: TestClient,
    table: str,
    method: str,
    path: str,
    body: dict[str, object] | None,
    status: int,
    field: str | None,
) -> None:
    before = client.get(f"{API}/vqa-sql").json()
    answer = client.request(
        method, path, content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    if field:
        assert field in answer.json()["errors"]
    if status == 409:
        assert answer.json()["held"] == "/comparisons/vqa-sql"
    assert client.get(f"{API}/vqa-sql").json() == before
    assert client.get(API).json()["total"] == 1


def test_the_history_of_a_cell_is_read_and_taken_back(client: TestClient, table: str) -> None:
    made = client.post(f"{CELL}/claims", json=CLAIM).json()
    client.patch(f"/api/v1/claims/{made['id']}", json={"stance": "fails", "why": "Read it again."})
    client.put(CELL, json={"stance": "fails", "rationale": "x"})
    ruled, changed, added = client.get(f"{CELL}/history").json()
    assert (ruled["subject"], ruled["claim"], ruled["can_be_undone"]) == ("ruling", None, True)
    assert changed["why"] == "Read it again."
    assert changed["differences"] == [{"field": "stance", "was": "partial", "now": "fails"}]
    assert not added["can_be_undone"]
    then = client.get(CELL, params={"as_of": added["number"]}).json()
    assert (then["stance"], then["ruled"]) == ("partial", False)
    assert then["claims"][0]["evidence"][0]["paper"] == "kim2021vilt"
    assert client.get(CELL, params={"as_of": "1999-12-31"}).json()["claims"] == []
    refused = client.post(f"{CELL}/undo", json={"change": added["number"]})
    assert refused.status_code == 409
    undone = client.post(f"{CELL}/undo", json={"change": ruled["number"]})
    assert (undone.json()["ruled"], undone.headers["etag"]) == (False, '"2"')
    assert client.get(f"{CELL}/history").json()[0]["undoes"] == ruled["number"]
    assert client.post(f"{CELL}/undo", json={"change": 999}).status_code == 404
    assert client.get(CELL, params={"as_of": "soon"}).status_code == 422


def test_a_claim_says_where_it_was_shown(client: TestClient, table: str) -> None:
    made = client.post(f"{CELL}/claims", json={**CLAIM, "basis": "target"}).json()
    assert made["basis"] == "target"
    address = f"/api/v1/claims/{made['id']}"
    assert client.patch(address, json={"basis": "source"}).json()["basis"] == "source"
    assert client.patch(address, json={"basis": "hearsay"}).status_code == 422
    (change, _) = client.get(f"{CELL}/history").json()
    assert change["differences"] == [{"field": "basis", "was": "target", "now": "source"}]
    client.post(f"{CELL}/undo", json={"change": change["number"]})
    assert client.get(address).json()["basis"] == "target"
