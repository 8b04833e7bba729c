"""Notes as JSON."""

import json

import pytest
from fastapi.testclient import TestClient

from tests.databases import arranged

NOTES = "/api/v1/notes"


@arranged
def vilt(client: TestClient) -> str:
    given = {"title": "ViLT: a", "short_title": "ViLT", "authors": ["W. Kim"], "year": 2021}
    return str(client.post("/api/v1/papers", json=given).json()["citekey"])


def test_a_note_is_written_read_changed_and_thrown_away(client: TestClient, vilt: str) -> None:
    made = client.post(NOTES, json={"title": "T", "body": "一\r\n二", "paper": vilt})
    assert made.status_code == 201
    url = made.headers["location"]
    note = client.get(url).json()
    assert note == made.json()
    assert {k: note[k] for k in ("id", "title", "body", "paper", "technique", "issue")} == {
        "id": 1,
        "title": "T",
        "body": "一\n二",
        "paper": vilt,
        "technique": None,
        "issue": None,
    }
    changed = client.patch(url, json={"body": "三"}, headers={"If-Match": made.headers["etag"]})
    assert changed.json()["body"] == "三"
    assert changed.json()["title"] == "T"
    assert changed.headers["etag"] == '"2"'
    assert client.delete(url, headers={"If-Match": '"2"'}).status_code == 204
    assert client.get(NOTES).json()["total"] == 0
    for method in ("GET", "PATCH", "DELETE"):
        answer = client.request(method, url, json={"body": "四"} if method == "PATCH" else None)
        assert answer.status_code == 404
        assert "is in the trash" in answer.json()["detail"]


def test_a_stale_write_changes_nothing(client: TestClient) -> None:
    url = client.post(NOTES, json={"body": "first"}).headers["location"]
    client.patch(url, json={"body": "second"}, headers={"If-Match": '"1"'})
    late = client.patch(url, json={"body": "third"}, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    assert late.headers["content-type"] == "application/problem+json"
    assert client.delete(url, headers={"If-Match": '"1"'}).status_code == 412
    assert client.get(url).json()["body"] == "second"
    same = client.patch(url, json={"body": "second"}, headers={"If-Match": '"1"'})
    assert same.status_code == 200, "what is saved already is saved, however often it is sent"
    assert same.json()["version"] == 2


def test_the_list_is_paged_and_searched(client: TestClient, vilt: str) -> None:
    for number in range(5):
        client.post(NOTES, json={"title": f"n{number}", "body": "门控 100% sure"})
    client.post(NOTES, json={"body": "about", "paper": vilt})
    page = client.get(NOTES, params={"per_page": 2, "page": 2}).json()
    assert (len(page["items"]), page["total"], page["page"], page["per_page"]) == (2, 6, 2, 2)
    assert client.get(NOTES, params={"paper": vilt}).json()["total"] == 1
    assert client.get(NOTES, params={"q": "门控 N3"}).json()["items"][0]["title"] == "n3"
    assert client.get(NOTES, params={"q": "0% s"}).json()["total"] == 5
    assert client.get(NOTES, params={"q": "0_%"}).json()["total"] == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"body": ""}, "body"),
        ({"body": "x" * 1_000_001}, "body"),
        ({"title": "t" * 1001, "body": "x"}, "title"),
        ({"body": "x\x07"}, "body"),
        ({"body": "x", "paper": "nobody"}, "paper"),
        ({"body": "x", "paper": "\ud800"}, "paper"),
        ({"body": "x", "issue": "\ud800"}, "issue"),
        ({"body": "x", "technique": "nope"}, "technique"),
        ({"body": "x", "paper": "a", "issue": "b"}, "issue"),
        ({"body": 7}, "body"),
        ({"body": "x", "nonsense": 1}, "nonsense"),
    ],
)
def test_what_cannot_be_saved_is_named(
    client: TestClient, given: dict[str, object], field: str
) -> None:
    # As JSON escapes: a lone surrogate has no UTF-8.
    answer = client.post(
        NOTES, content=json.dumps(given), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {field}
    assert client.get(NOTES).json()["total"] == 0


def test_a_lone_surrogate_is_refused(client: TestClient) -> None:
    answer = client.post(
        NOTES, content=b'{"body": "\\ud800"}', headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422


def test_what_is_not_there(client: TestClient) -> None:
    for url in (f"{NOTES}/1", f"{NOTES}/99999999999"):
        assert client.get(url).status_code in (404, 422)
    assert client.patch(f"{NOTES}/1", json={}).status_code == 404
    assert client.delete(f"{NOTES}/1").status_code == 404
