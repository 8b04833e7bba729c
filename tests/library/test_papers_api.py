"""The same library as JSON."""

import pytest
from fastapi.testclient import TestClient

from tests.databases import arranged

PAPERS = "/api/v1/papers"


@arranged
def vilt(client: TestClient) -> str:
    answer = client.post(PAPERS, json={"title": "ViLT: a", "authors": ["W. Kim"], "year": 2021})
    assert answer.status_code == 201
    assert answer.headers["location"] == "/api/v1/papers/kim2021vilt"
    return "kim2021vilt"


def test_a_list_has_the_contracts_shape(client: TestClient, vilt: str) -> None:
    listing = client.get(PAPERS).json()
    assert {"items", "total", "page", "per_page"} == set(listing)
    assert {
        "citekey",
        "title",
        "authors",
        "year",
        "kind",
        "arxiv_id",
        "techniques",
        "verdict",
    } < set(listing["items"][0])
    assert listing["items"][0]["verdict"] is None
    assert client.get(PAPERS, params={"year": "2020"}).json()["total"] == 0


def test_verdicts_have_a_history(client: TestClient, vilt: str) -> None:
    for verdict in ("try", "no"):
        answer = client.post(
            f"{PAPERS}/{vilt}/verdicts", json={"verdict": verdict, "reason": f"因为 {verdict}"}
        )
        assert answer.status_code == 201
        assert answer.headers["etag"] == client.get(f"{PAPERS}/{vilt}").headers["etag"]
    paper = client.get(f"{PAPERS}/{vilt}").json()
    assert paper["verdict"] == "no"
    assert [(given["verdict"], given["current"]) for given in paper["verdicts"]] == [
        ("no", True),
        ("try", False),
    ]


def test_a_stale_write_is_refused(client: TestClient, vilt: str) -> None:
    etag = client.get(f"{PAPERS}/{vilt}").headers["etag"]
    assert (
        client.patch(
            f"{PAPERS}/{vilt}", json={"venue": "ICML"}, headers={"If-Match": etag}
        ).status_code
        == 200
    )
    stale = client.patch(f"{PAPERS}/{vilt}", json={"venue": "x"}, headers={"If-Match": etag})
    assert stale.status_code == 412
    assert client.get(f"{PAPERS}/{vilt}").json()["venue"] == "ICML"
    assert client.delete(f"{PAPERS}/{vilt}", headers={"If-Match": "gibberish"}).status_code == 412


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": "x", "year": 99999}, "year"),
        ({"title": "x", "year": "soon"}, "year"),
        ({"title": "x", "techniques": ["nope"]}, "techniques"),
        ({"title": "x", "colour": "red"}, "colour"),
        ({"title": "nul \u0000"}, "title"),
        ({"title": "x", "arxiv_id": "nope"}, "arxiv_id"),
        ({"title": "x", "arxiv_version": 10**30}, "arxiv_version"),
        ({"title": "x", "doi": "10.1234/\u0000"}, "doi"),
        ({"title": "x", "doi": "10.1234/" + "x" * 100_000}, "doi"),
    ],
)
def test_what_cannot_be_saved_is_problem_json(
    client: TestClient, body: dict[str, object], field: str
) -> None:
    answer = client.post(PAPERS, json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail", "errors"} <= set(problem)
    assert field in problem["errors"]
    assert client.get(PAPERS).json()["total"] == 0


@pytest.mark.parametrize("value", ['"\\ud800"', '["\\ud800"]'])
@pytest.mark.parametrize("field", ["title", "doi", "arxiv_id", "techniques", "tags", "fields"])
def test_a_lone_surrogate_is_refused(client: TestClient, vilt: str, field: str, value: str) -> None:
    body = f'{{"{field}": {value}}}'.encode()
    for method, url in (("POST", PAPERS), ("PATCH", f"{PAPERS}/{vilt}")):
        answer = client.request(
            method, url, content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 422
        assert any(name.startswith(field) for name in answer.json()["errors"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": None}, "title"),
        ({"title": ""}, "title"),
        ({"kind": None}, "kind"),
        ({"authors": None}, "authors"),
        ({"tags": None}, "tags"),
        ({"arxiv_id": "nope"}, "arxiv_id"),
        ({"doi": "10.1234/\u0007"}, "doi"),
    ],
)
def test_a_change_is_checked_as_a_new_paper_is(
    client: TestClient, vilt: str, body: dict[str, object], field: str
) -> None:
    before = client.get(f"{PAPERS}/{vilt}").json()
    answer = client.patch(f"{PAPERS}/{vilt}", json=body)
    assert answer.status_code == 422
    assert field in answer.json()["errors"]
    assert client.get(f"{PAPERS}/{vilt}").json() == before


def test_a_change_touches_what_it_names(client: TestClient, vilt: str) -> None:
    given = {"arxiv_id": "https://arxiv.org/abs/2102.03334v2", "tags": ["baseline"]}
    changed = client.patch(f"{PAPERS}/{vilt}", json=given).json()
    assert (changed["arxiv_id"], changed["arxiv_version"]) == ("2102.03334", 2)
    assert (changed["title"], changed["authors"], changed["year"]) == ("ViLT: a", ["W. Kim"], 2021)


def test_a_held_paper_is_named(client: TestClient) -> None:
    body = {"title": "A", "arxiv_id": "2102.03334"}
    first = client.post(PAPERS, json=body).json()
    answer = client.post(PAPERS, json={"arxiv_id": "https://arxiv.org/pdf/2102.03334v2.pdf"})
    assert answer.status_code == 409
    assert first["citekey"] in answer.json()["held"]


def test_techniques_are_set_whole(client: TestClient, vilt: str) -> None:
    assert client.get(f"{PAPERS}/{vilt}/techniques").json() == {"techniques": []}
    answer = client.put(f"{PAPERS}/{vilt}/techniques", json={"techniques": ["none"]})
    assert answer.status_code == 422


def test_deleted_is_in_the_trash(client: TestClient, vilt: str) -> None:
    assert client.delete(f"{PAPERS}/{vilt}").status_code == 204
    assert client.get(PAPERS).json()["total"] == 0
    for method, body in (("GET", None), ("PATCH", {"venue": "x"}), ("DELETE", None)):
        answer = client.request(method, f"{PAPERS}/{vilt}", json=body)
        assert answer.status_code == 404
        assert "is in the trash" in answer.json()["detail"]
    assert "Restore" in client.get(f"/papers/{vilt}").text, "the page gives it back"
    assert client.get(f"{PAPERS}/nobody").status_code == 404


def test_what_cannot_be_read_is_named(client: TestClient) -> None:
    as_json = {"Content-Type": "application/json"}
    answer = client.post(PAPERS, content=b"{bad", headers=as_json)
    assert answer.status_code == 422
    assert "not JSON" in answer.json()["errors"]["body"]
    assert "JSON object" in client.post(PAPERS, json=[1]).json()["errors"]["body"]
    for question, name in (("page=0", "page"), ("per_page=9999", "per_page"), ("sort=x", "sort")):
        answer = client.get(f"{PAPERS}?{question}")
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [name])
    assert "cannot be read" in client.get("/papers?page=0").text


@pytest.mark.parametrize("by", ["api", "form"])
def test_a_preprint_that_is_added_as_published_becomes_its_publication(
    client: TestClient, by: str
) -> None:
    authors = ["Wei Li", "Ada Vogel"]
    title = "Lamps That Read Large Tables at Night"
    preprint = {"title": title, "authors": authors, "year": 2020, "arxiv_id": "2001.00001"}
    client.post(PAPERS, json=preprint)
    client.patch(f"{PAPERS}/li2020lamps", json={"abstract": "my own words"})
    said = {"title": title, "venue": "ICML", "year": 2021, "doi": "10.1000/1", "abstract": "x"}
    if by == "api":
        answer = client.post(PAPERS, json={**said, "authors": authors})
        assert (answer.status_code, answer.json()["venue"]) == (200, "ICML")
    else:
        page = client.post("/papers", data={**said, "authors": "\n".join(authors)})
        assert "is its publication now: ICML, 2021, 10.1000/1." in page.text
    (paper,) = client.get(PAPERS).json()["items"]
    whole = client.get(f"{PAPERS}/{paper['citekey']}").json()
    assert [whole[name] for name in ("year", "doi", "arxiv_id")] == [
        2021,
        "10.1000/1",
        "2001.00001",
    ]
    assert whole["abstract"] == "my own words"
