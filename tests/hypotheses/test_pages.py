"""The pages of hypotheses, without JavaScript: written, marked, tried, kept, deleted."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from tests.hypotheses.conftest import ALL, CELL, GIVEN

TABLE = "/comparisons/vqa-sql"
TYPED = {name: str(value) for name, value in GIVEN.items() if name not in ("benchmark", "category")}
TYPED |= {"slice": "mini/T1", "state": "idea"}


def test_an_empty_list_says_what_it_is_for(client: TestClient) -> None:
    page = client.get("/hypotheses").text
    assert "No hypotheses yet" in page
    assert 'href="/hypotheses/new"' in page
    assert '<select name="technique"' not in page


def test_written_from_a_blank_and_shown_where_it_belongs(
    client: TestClient, library: Database
) -> None:
    blank = client.get(CELL).text
    assert "/hypotheses/new?technique=gated&amp;issue=dk-t1" in blank
    form = client.get("/hypotheses/new?technique=gated&issue=dk-t1").text
    assert '<option value="gated" selected>' in form
    assert '<option value="dk-t1" selected>' in form
    page = client.post("/hypotheses", data=TYPED)
    assert page.url.path == "/hypotheses/1"
    for said in ("keeps wrong help out", "Both.", "n = 76", "Type 0 falls.", "门关着"):
        assert said in page.text
    table = client.get(TABLE).text
    assert f'href="{CELL}" class="blank untried"' in table
    assert "a hypothesis to be tried" in table
    for place in (CELL, "/techniques/gated", "/issues/dk", "/hypotheses?technique=fusion"):
        assert 'href="/hypotheses/1' in client.get(place).text, place
    assert 'href="/hypotheses/1' not in client.get("/hypotheses?state=held").text
    assert "as in ViLT." in client.get("/hypotheses").text
    markdown = client.get("/export?format=markdown&comparison=vqa-sql").text
    assert "▷" in markdown


def test_a_form_that_cannot_be_saved_comes_back_filled(
    client: TestClient, library: Database
) -> None:
    refused = client.post("/hypotheses", data={**TYPED, "technique": "removed", "slice": "x/T9"})
    assert refused.status_code == 422
    for said in ("There is no technique removed", "No benchmark has a category T9"):
        assert said in refused.text
    assert '<option value="removed" selected>' in refused.text
    assert "keeps wrong help out" in refused.text
    assert client.get(ALL).json()["total"] == 0


def test_what_it_said_before_is_kept(client: TestClient, held: str) -> None:
    assert client.get(f"{held}/history").json() == []
    assert "History" not in client.get("/hypotheses/1").text
    client.patch(held, json={"mechanism": "Another.", "cost": 3})
    client.patch(held, json={"state": "failed", "result": "T1 fell."})
    newest, first = client.get(f"{held}/history").json()
    assert {each["field"]: (each["before"], each["after"]) for each in first["differences"]} == {
        "mechanism": (GIVEN["mechanism"], "Another."),
        "cost": (GIVEN.get("cost", 2), 3),
    }
    assert {each["field"] for each in newest["differences"]} == {"state", "result", "claim"}
    assert newest["at"] >= first["at"]
    page = client.get("/hypotheses/1").text
    assert "History" in page
    assert "<del" in page
    client.patch(held, json={"cost": 3})
    assert len(client.get(f"{held}/history").json()) == 2, "nothing changed"


def test_marked_tried_and_kept_as_a_ledger(client: TestClient, held: str) -> None:
    def post(path: str, version: int, **values: str) -> Any:
        return client.post(f"/hypotheses/1/{path}", data={"version": str(version), **values})

    unnamed = post("precondition", 1, precondition_state="contradicted", speaker="")
    assert unnamed.status_code == 422
    assert "Name the claim or the note that speaks against it." in unnamed.text
    marked = post("precondition", 1, precondition_state="contradicted", speaker="note:1")
    assert "Its precondition is contradicted:" in marked.text
    assert "融合与隐含条件" in marked.text
    assert "its precondition is contradicted" in client.get("/hypotheses").text
    empty = post("try", 2, state="failed", result=" ")
    assert empty.status_code == 422
    assert "Say what came of the test." in empty.text
    late = post("try", 1, state="failed", result="Late words.")
    assert late.status_code == 412
    assert "Late words." in late.text
    done = post("try", 2, state="failed", result="0 of 76 more.", stance="")
    assert "a claim made in its cell" in done.text
    assert "0 of 76 more." in client.get(CELL).text
    ledger = client.get("/hypotheses").text.split('id="ledger"')[1]
    assert "0 of 76 more." in ledger
    table = client.get(TABLE).text
    assert "untried" not in table.split("<tbody>")[1].split("</tbody>")[0]


@pytest.mark.parametrize(("language", "said"), [("en", "## Cheapest test"), ("zh", "## 机制")])
def test_the_sheet_of_an_experiment(
    client: TestClient, held: str, language: str, said: str
) -> None:
    client.cookies.set("language", language)
    answer = client.get("/hypotheses/1.md")
    assert answer.headers["content-type"].startswith("text/markdown")
    assert said in answer.text
    assert "n = 76" in answer.text
    assert ("门关着" in answer.text) == (language == "zh")


def test_deleted_brought_back_and_deleted_for_good(client: TestClient, held: str) -> None:
    assert "There is no page 2" in client.get("/hypotheses?page=2").text
    gone = client.post("/hypotheses/1/delete", data={"version": "1"})
    assert 'action="/hypotheses/1/restore"' in gone.text
    assert client.get("/hypotheses/1").status_code == 404
    assert "untried" not in client.get(TABLE).text
    typed = client.post("/hypotheses/1", data={**TYPED, "expected": "typed meanwhile"})
    assert typed.status_code == 404
    assert "typed meanwhile" in typed.text
    back = client.post("/hypotheses/1/restore")
    assert "keeps wrong help out" in back.text
    assert client.post("/hypotheses/1/erase").status_code == 404
    client.post("/hypotheses/1/delete", data={"version": "3"})
    client.post("/hypotheses/1/erase")
    assert client.post("/hypotheses/1/restore").status_code == 404
