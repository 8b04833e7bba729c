"""A benchmark's own examples: taken from its file, found, pointed to."""

import json

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.sources.benchmark_items import codes_of
from tests.benchmarks.test_pairs import CELL

API = "/api/v1/benchmarks/mini/items"
TYPES = ["0", "A", "A+B", "B", "-", "A"]
pytestmark = pytest.mark.usefixtures("natsql")


def rows(types: list[str]) -> list[dict[str, str]]:
    return [
        {"question": f"Question {at}?", "query": f"SELECT {at}", "db_id": "pets", "type": kind}
        for at, kind in enumerate(types)
    ]


def send(client: TestClient, found: object, slug: str = "mini") -> Response:
    data = found if isinstance(found, bytes) else json.dumps(found).encode()
    return client.post(f"/api/v1/benchmarks/{slug}/items", files={"file": ("x.json", data)})


def test_items_are_taken_and_found(client: TestClient) -> None:
    assert "No examples yet" in client.get("/benchmarks/mini/items").text
    assert send(client, rows(TYPES)).json() == {"total": 6, "new": 6}
    assert send(client, rows(TYPES)).json() == {"total": 6, "new": 0}
    assert [each["number"] for each in client.get(f"{API}?category=A").json()["items"]] == [1, 2, 5]
    assert client.get(f"{API}?category=-").json()["total"] == 2
    assert client.get(f"{API}?q=select 4").json()["items"][0]["number"] == 4
    assert client.get(f"{API}?q=3").json()["total"] == 1
    page = client.get("/benchmarks/mini/items?category=B").text
    assert "Question 2?" in page
    assert "Question 1?" not in page
    assert "No example has these words" in client.get("/benchmarks/mini/items?q=zebra").text


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (rows(TYPES[:5]), "has 6 examples, the file has 5"),
        (rows([*TYPES[:5], "B"]), "example 5 is of A here"),
        (rows([*TYPES[:5], "Z"]), "entry 5 is of type Z"),
        ([{"query": "x"}], "has no question"),
        ({"a": 1}, "not a JSON list"),
        (b"no json", "not a JSON list"),
        (b"\x00\x01\x02\xff" * 9, "text"),
    ],
)
def test_items_that_do_not_fit_are_refused(client: TestClient, found: object, said: str) -> None:
    answer = send(client, found)
    assert answer.status_code == 422
    assert said in answer.json()["errors"]["file"]
    data = found if isinstance(found, bytes) else json.dumps(found).encode()
    page = client.post("/benchmarks/mini/items", files={"file": ("x.json", data)})
    assert page.status_code == 422
    assert client.get(API).json()["total"] == 0


def test_types_are_read_as_data_sets_write_them() -> None:
    known = ["T1", "T2", "T3", "T4", "T5"]
    assert codes_of("34", known) == ["T3", "T4"]
    assert (codes_of("0", known), codes_of("2", known)) == ([], ["T2"])
    assert (codes_of("T3+T4", known), codes_of("9", known)) == (["T3", "T4"], None)


def test_a_claim_and_a_mapping_point_to_one(client: TestClient) -> None:
    send(client, rows(TYPES))
    claims = "/api/v1/comparisons/one/cells/natsql/idiom/claims"
    made = client.post(claims, json={"stance": "partial", "evidence": [{"source": "mini:2"}]})
    assert made.status_code == 201, made.text
    page = client.get(CELL).text
    assert "Question 2?" in page
    (found,) = client.get("/api/v1/comparisons/one").json()["cells"]
    assert found["claims"][0]["evidence"][0]["item"]["name"] == "mini:2"
    assert found["claims"][0]["evidence"][0]["paper"] == "li2020mini"
    wrong = {"stance": "partial", "evidence": [{"item": "mini:9"}]}
    assert "There is no example mini:9." in client.post(claims, json=wrong).text
    mapping = {"version": "1", "strength": "strong", "source": "own", "why_en": "So."}
    refused = client.post("/benchmarks/mini/A/idiom", data={**mapping, "item": "3"})
    assert "is not of A" in refused.text
    saved = client.post("/benchmarks/mini/A/idiom", data={**mapping, "item": "1"})
    assert "Question 1?" in saved.text
    assert client.get("/api/v1/benchmarks/mini").json()["mappings"][0]["item"] == 1
    client.post("/benchmarks/mini/items/delete")
    assert "Question" not in client.get("/issues/idiom").text
    assert client.get(CELL).status_code == 200
