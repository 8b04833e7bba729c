"""Saved searches: named, found again, with what is new; on the pages and in the API."""

import json
import re
from functools import partial
from html import unescape

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.search import saved_searches
from app.search.retrieval import run_query
from tests.conftest import counted

GATES = "/search?q=gate&technique=fusion"


def save(client: TestClient, name: str, q: str, **more: object) -> dict[str, object]:
    answer = client.post("/api/v1/searches", json={"name": name, "q": q, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


def overview(client: TestClient) -> str:
    """The overview's list of saved searches."""
    found = re.search(r'aria-labelledby="searches-title".*?</section>', client.get("/").text, re.S)
    return unescape(found[0]) if found else ""


def test_a_search_is_saved_shown_and_opened(reader: TestClient) -> None:
    assert overview(reader) == ""
    page = reader.post(GATES, data={"name": "Gates · 门"}).text
    assert "Saved. The overview shows it" in page
    assert '<strong dir="auto">Gates · 门</strong>' in page
    assert "Gates · 门" in overview(reader)
    assert "new</b>" not in overview(reader)

    for n in range(5):
        reader.post("/api/v1/papers", json={"title": f"A gate {n}", "techniques": ["gated-fusion"]})
    reader.post("/api/v1/papers", json={"title": "A gate elsewhere"})
    listed = overview(reader)
    assert ">5 new<" in listed
    assert len(re.findall(r'href="/papers/', listed)) == 3
    assert "elsewhere" not in listed

    (number,) = re.findall(r'action="/searches/(\d+)"', listed)
    opened = reader.post(f"/searches/{number}")
    assert "Saved as" in opened.text
    assert len(re.findall(r'href="/papers/[^"]*" data-open', opened.text)) == 5
    assert "new</b>" not in overview(reader)


def test_new_is_what_is_of_any_kind_and_has_all_of_the_words(reader: TestClient) -> None:
    save(reader, "all", "gazebo roof")
    save(reader, "notes", "gazebo roof", type="note")
    reader.post("/api/v1/papers", json={"title": "A roof", "abstract": "gazebo"})
    reader.post("/api/v1/papers", json={"title": "A roof"})
    reader.post("/api/v1/notes", json={"title": "Gazebo with a roof", "body": "x"})
    technique = {"name_en": "Gazebo roof", "synonyms_en": ["gazeboing"]}
    reader.post("/api/v1/techniques", json=technique)
    whole, notes = reader.get("/api/v1/searches").json()["items"]
    assert (whole["total"], whole["new"]) == (3, 3)
    assert {each["type"] for each in whole["newest"]} == {"paper", "note", "technique"}
    assert (notes["total"], notes["new"], notes["url"]) == (
        1,
        1,
        "/search?q=gazebo+roof&type=note",
    )


def test_new_is_what_comes_to_match_in_any_way(reader: TestClient) -> None:
    held = save(reader, "gazebos", "gazebo")
    tagged = save(reader, "tagged", "tag:翻译", type="paper")
    assert (held["total"], tagged["total"], tagged["new"]) == (0, 1, 0)
    note = {"title": "On it", "body": "it has a gazebo", "paper": "kim2021vilt"}
    assert reader.post("/api/v1/notes", json=note).status_code == 201
    reader.patch("/api/v1/papers/kim2021vilt", json={"tags": ["翻译"]})
    gazebos, tagged = reader.get("/api/v1/searches").json()["items"]
    assert {each["key"] for each in gazebos["newest"]} >= {"kim2021vilt"}
    assert (tagged["total"], tagged["new"]) == (2, 1)
    for each in (gazebos, tagged):
        reader.post(f"/searches/{each['id']}")
    assert [each["new"] for each in reader.get("/api/v1/searches").json()["items"]] == [0, 0]
    reader.patch("/api/v1/papers/kim2021vilt", json={"title": "Another"})
    assert [each["new"] for each in reader.get("/api/v1/searches").json()["items"]] == [0, 0]


def test_of_more_than_is_remembered_new_is_what_was_added(
    reader: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_searches, "run_query", partial(run_query, papers=1))
    for n in range(25):
        reader.post("/api/v1/papers", json={"title": f"Gazebo {n}"})
    held = save(reader, "gazebos", "gazebo", type="paper")
    assert (held["total"], held["new"]) == (25, 0)
    reader.patch("/api/v1/papers/kim2021vilt", json={"abstract": "gazebo"})
    reader.post("/api/v1/papers", json={"title": "Gazebo of today"})
    (now,) = reader.get("/api/v1/searches").json()["items"]
    assert (now["total"], now["new"]) == (27, 1)


def test_a_cell_is_new_by_its_first_claim(reader: TestClient) -> None:
    save(reader, "cells", "implied", type="cell")
    cell = "/api/v1/comparisons/vqa/cells/gated-fusion/dk-t4/claims"
    claim = {"stance": "partial", "confidence": "low", "source": "own", "rationale": "implied too"}
    assert reader.post(cell, json=claim).status_code == 201
    (held,) = reader.get("/api/v1/searches").json()["items"]
    assert (held["total"], held["new"]) == (1, 0)


def test_what_nothing_matches_is_not_taken_for_something_else(reader: TestClient) -> None:
    held = save(reader, "waiting", "transfromer gate")
    assert (held["total"], held["new"]) == (0, 0)
    reader.post("/api/v1/papers", json={"title": "The transfromer and its gate"})
    (now,) = reader.get("/api/v1/searches").json()["items"]
    assert (now["total"], now["new"]) == (1, 1)


@pytest.mark.parametrize(
    ("name", "q", "field"),
    [
        ("", "gate", "name"),
        ("   ", "gate", "name"),
        ("x" * 101, "gate", "name"),
        ("a\u202eb", "gate", "name"),
        ("\ud800", "gate", "name"),
        ("TAKEN", "gate", "name"),
        ("a", "", "q"),
        ("a", "+++", "q"),
        ("a", "gate " * 400, "q"),
        ("a", "ga\x00te", "q"),
    ],
)
def test_what_cannot_be_saved_is_said(reader: TestClient, name: str, q: str, field: str) -> None:
    save(reader, "taken", "fusion")
    body = json.dumps({"name": name, "q": q})  # as ASCII: half a character can be said in no other
    answer = reader.post(
        "/api/v1/searches", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert [each for each in answer.json()["errors"] if each == field or field in str(each)]
    assert reader.get("/api/v1/searches").json()["total"] == 1


def test_the_form_comes_back_filled_in(reader: TestClient) -> None:
    save(reader, "Taken", "fusion")
    answer = reader.post(GATES, data={"name": "taken"})
    assert answer.status_code == 422
    assert "Another saved search has this name" in answer.text
    assert re.search(r'name="name"[^>]*value="taken"', answer.text)
    assert '<details class="menu save-search" open>' in answer.text
    assert f'action="{GATES.replace("&", "&amp;")}"' in answer.text


def test_it_is_renamed_and_deleted_where_it_is_shown(reader: TestClient) -> None:
    reader.post(GATES, data={"name": "one"})
    page = reader.post(GATES, data={"name": "two", "version": "1"}).text
    assert '<strong dir="auto">two</strong>' in page
    stale = reader.post(GATES, data={"name": "three", "version": "1"})
    assert stale.status_code == 412
    assert re.search(r'name="name"[^>]*value="three"', stale.text)
    page = reader.post(GATES, data={"name": "two", "version": "2", "delete": "1"}).text
    assert "Save this search" in page
    assert reader.get("/api/v1/searches").json()["items"] == []


def test_scripts_save_change_and_delete(reader: TestClient) -> None:
    answer = reader.post("/api/v1/searches", json={"name": "a", "q": "gate"})
    url = answer.headers["Location"]
    assert answer.headers["ETag"] == '"1"'
    reader.post("/api/v1/papers", json={"title": "A gate"})
    assert reader.get(url).json()["new"] == 1
    assert reader.patch(url, json={"name": "b"}).json()["new"] == 1
    assert reader.patch(url, json={"opened": True}).json()["new"] == 0
    changed = reader.patch(
        url, json={"q": "fusion", "type": "technique"}, headers={"If-Match": "*"}
    )
    assert changed.json() | {"name": "b", "q": "fusion", "type": "technique"} == changed.json()
    assert reader.patch(url, json={"name": "c"}, headers={"If-Match": '"1"'}).status_code == 412
    assert reader.patch(url, json={"colour": "red"}).status_code == 422
    assert reader.delete(url, headers={"If-Match": '"1"'}).status_code == 412
    assert reader.delete(url).status_code == 204
    assert reader.get(url).status_code == 404
    assert reader.get("/api/v1/searches/99999999999999999999").status_code == 422
    assert reader.post("/searches/77").status_code == 404


def test_there_are_only_so_many(reader: TestClient) -> None:
    for n in range(50):
        save(reader, f"n{n}", f"word{n}")
    answer = reader.post("/api/v1/searches", json={"name": "one more", "q": "gate"})
    assert answer.status_code == 409
    assert "Delete one first" in answer.json()["detail"]
    page = reader.post(GATES, data={"name": "one more"})
    assert page.status_code == 409
    assert re.search(r'name="name"[^>]*value="one more"', page.text)


def test_a_saved_search_costs_the_same_whatever_it_finds(reader: TestClient, db: Database) -> None:
    def statements() -> int:
        with counted(db) as seen:
            reader.get("/")
        return len(seen)

    save(reader, "gazebos", "gazebo technique:fusion")
    given = {"title": "Gazebo", "techniques": ["gated-fusion"]}
    reader.post("/api/v1/papers", json=given)
    few = statements()
    for n in range(30):
        reader.post("/api/v1/papers", json=given | {"title": f"Gazebo {n}"})
    assert ">31 new<" in overview(reader)
    assert statements() <= few
