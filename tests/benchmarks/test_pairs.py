"""Pairs of scores, and the claims that rest on one."""

import pytest
from fastapi.testclient import TestClient

from tests.benchmarks.test_scores import add

pytestmark = pytest.mark.usefixtures("natsql")
API = "/api/v1/benchmarks/mini/pairs"
CELL = "/comparisons/one/natsql/idiom"


def two(client: TestClient) -> tuple[object, object]:
    without = add(client)
    of = add(
        client,
        system="RESDSQL-3B + NatSQL",
        value=71.4,
        conditions={"intermediate language": "NatSQL", "model size": "3B"},
    )
    return of["id"], without["id"]


def pair(client: TestClient) -> dict[str, object]:
    of, without = two(client)
    answer = client.post(API, json={"technique": "natsql", "with": of, "without": without})
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_pair_says_what_its_technique_is_worth(client: TestClient) -> None:
    made = pair(client)
    assert made["difference"] == 12.6
    assert made["label"] == "+12.6 on Mini A, RESDSQL-3B ± NatSQL"
    assert made["issues"] == ["idiom"]
    assert made["with"]["value"] == 71.4  # type: ignore[index]
    again = {"technique": "natsql", "with": 1, "without": 2}
    assert client.post(API, json=again).status_code == 409
    page = client.get("/benchmarks/mini/pairs").text
    assert "+12.6" in page
    assert "n = 3" in page
    assert "What one technique is worth" in client.get("/issues/idiom").text


def test_two_that_differ_in_more_are_no_pair(client: TestClient) -> None:
    _, without = two(client)
    other = add(client, category="B", metric="EM", conditions={"model size": "Base"})
    answer = client.post(API, json={"technique": "natsql", "with": other["id"], "without": without})
    assert answer.status_code == 422
    said = answer.json()["errors"]["without"]
    assert "metric, category, model size, intermediate language" in said
    same = add(client, system="Another", place="p. 9")
    answer = client.post(API, json={"technique": "natsql", "with": same["id"], "without": without})
    assert "no condition says" in answer.json()["errors"]["without"]
    form = {"technique": "", "with": "1", "without": "1"}
    page = client.post("/benchmarks/mini/pairs", data=form)
    assert page.status_code == 422
    assert "Choose a technique." in page.text
    assert client.get(API).json()["total"] == 0


def test_pairs_are_suggested_with_the_technique_of_that_name(client: TestClient) -> None:
    two(client)
    page = client.get("/benchmarks/mini/pairs").text
    assert "Could be pairs" in page
    assert '<option value="natsql" selected>' in page
    made = {"technique": "natsql", "with": "2", "without": "1"}
    assert "Pair added" in client.post("/benchmarks/mini/pairs", data=made).text
    assert "Could be pairs" not in client.get("/benchmarks/mini/pairs").text


def test_a_claim_rests_on_a_pair(client: TestClient) -> None:
    number = pair(client)["id"]
    cell = client.get(CELL).text
    assert f"source=pair:{number}" in cell
    form = {"stance": "addresses", "confidence": "high", "source": "literature"}
    saved = client.post(
        f"{CELL}/claims",
        data={
            **form,
            "evidence_source": f"pair:{number}",
            "evidence_quote": "",
            "evidence_locator": "",
            "evidence_polarity": "supports",
        },
    )
    assert saved.status_code == 200, saved.text
    assert "RESDSQL-3B ± NatSQL" in saved.text
    (found,) = client.get("/api/v1/comparisons/one").json()["cells"]
    (piece,) = found["claims"][0]["evidence"]
    assert piece["pair"]["difference"] == 12.6
    assert (piece["paper"], piece["locator"]) == ("li2020mini", "Table 3")
    edit = client.get(f"{CELL}?edit={found['claims'][0]['id']}").text
    assert f'value="pair:{number}"' in edit
    assert "+12.6 on Mini A" in edit
    claims = "/api/v1/comparisons/one/cells/natsql/idiom/claims"
    wrong = {"stance": "addresses", "evidence": [{"pair": 99}]}
    assert "There is no pair 99." in client.post(claims, json=wrong).text
    assert client.delete("/api/v1/scores/1").status_code == 409
    assert "±" in client.get("/export?format=markdown&comparison=one").text


def test_a_pair_that_goes_leaves_its_words(client: TestClient) -> None:
    number = pair(client)["id"]
    claims = "/api/v1/comparisons/one/cells/natsql/idiom/claims"
    client.post(claims, json={"stance": "addresses", "evidence": [{"pair": number}]})
    client.delete(f"/api/v1/pairs/{number}")
    (found,) = client.get("/api/v1/comparisons/one").json()["cells"]
    (piece,) = found["claims"][0]["evidence"]
    assert piece["pair"] is None
    assert piece["paper"] == "li2020mini"
    history = client.get(CELL).text
    assert "+12.6 on Mini A" in history


def test_a_technique_with_pairs_stays(client: TestClient) -> None:
    pair(client)
    answer = client.post("/techniques/natsql/delete")
    assert "the technique of 1 pairs" in answer.text
