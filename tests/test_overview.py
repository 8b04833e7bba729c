"""The overview: three steps to a first comparison, then the question at hand and what waits."""

import re

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from tests.conftest import counted


def add(client: TestClient, what: str, **given: object) -> str:
    answer = client.post(f"/api/v1/{what}", json=given)
    assert answer.status_code == 201, answer.text
    return str(answer.json().get("slug") or answer.json().get("citekey"))


def claim(client: TestClient, cell: str, stance: str, rationale: str) -> None:
    _, _, slug, technique, issue = cell.split("/")
    given = {"stance": stance, "confidence": "medium", "source": "user", "rationale": rationale}
    add(client, f"comparisons/{slug}/cells/{technique}/{issue}/claims", **given)


@pytest.fixture
def table(client: TestClient) -> str:
    for title in ("Lamps that read", "Doors"):
        add(client, "papers", title=title)
    rows = [add(client, "techniques", name_en=name) for name in ("Gating", "Adding")]
    column = add(client, "issues", name_en="Unseen data")
    return add(client, "comparisons", title_en="What carries over", rows=rows, columns=[column])


def test_an_empty_library_leads_to_its_first_comparison(client: TestClient) -> None:
    page = client.get("/").text
    assert "Three steps to a first comparison" in page
    assert page.count("is-done") == 0
    add(client, "papers", title="Lamps that read")
    add(client, "techniques", name_en="Gating")
    assert client.get("/").text.count("is-done") == 1, "a technique is half of the second step"
    add(client, "issues", name_en="Unseen data")
    page = client.get("/").text
    assert page.count("is-done") == 2
    assert 'href="/comparisons/new"' in page
    client.cookies.set("language", "zh")
    assert "三步做出第一张对照表" in client.get("/").text
    client.cookies.clear()
    add(
        client,
        "comparisons",
        title_en="What carries over",
        rows=["gating"],
        columns=["unseen-data"],
    )
    assert "Three steps" not in client.get("/").text


def test_the_question_at_hand_shows_its_newest_answer(client: TestClient, table: str) -> None:
    assert "Newest answer" not in client.get("/").text
    add(client, "comparisons", title_en="Another", rows=["adding"], columns=["unseen-data"])
    cell = f"/comparisons/{table}/gating/unseen-data"
    claim(client, cell, "partial", "A gate weighs what is there.")
    claim(client, f"/comparisons/{table}/adding/unseen-data", "fails", "A sum forgets <b>.")
    page = client.get("/").text
    newest = re.search(r"Newest answer:.*?</section>", page, re.S)
    assert newest
    assert f'href="/comparisons/{table}/adding/unseen-data"' in newest[0]
    assert "A sum forgets &lt;b&gt;." in newest[0]
    assert page.index("What carries over") < page.index("Another")
    listed = page[page.index("Last changes of cells") :]
    assert listed.index("A sum forgets") < listed.index("A gate weighs")
    client.post(f"{cell}/undo", data={})
    assert client.get("/").status_code == 200


def test_what_is_being_read_is_there_at_the_same_cost(
    client: TestClient, db: Database, table: str
) -> None:
    with counted(db) as few:
        assert "Being read" not in client.get("/").text
    keys = [add(client, "papers", title=f"Read {number}") for number in range(3)]
    for key in keys:
        client.post(f"/papers/{key}/reading", data={"reading": "reading"})
    claim(client, f"/comparisons/{table}/gating/unseen-data", "partial", "A gate.")
    client.get("/")
    with counted(db) as many:
        page = client.get("/").text
    assert "Being read" in page
    assert 'href="/papers?reading=reading"' in page
    assert len(many) <= len(few) + 4, "what rows of papers carry, and which table shows a cell"
