"""Hypotheses as JSON: written, ranked, tried, which makes a claim, and what else knows of them."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from app.database import Database
from app.models import Hypothesis, Technique
from tests.conftest import counted
from tests.hypotheses.conftest import ALL, CELL, GIVEN

CLAIMS = "/api/v1/comparisons/vqa-sql/cells/gated/dk-t1/claims"


def add_claim(client: TestClient, path: str = CLAIMS, **values: Any) -> int:
    made = client.post(path, json={"rationale": "Because.", **values})
    assert made.status_code == 201, made.text
    number: int = made.json()["id"]
    return number


def ids(client: TestClient, **params: str) -> list[int]:
    return [each["id"] for each in client.get(ALL, params=params).json()["items"]]


def test_it_comes_back_as_it_was_given(client: TestClient, held: str) -> None:
    answer = client.get(held)
    out = answer.json()
    assert {name: out[name] for name in GIVEN} == GIVEN
    assert (out["state"], out["claim"], out["version"]) == ("idea", None, 1)
    assert answer.headers["ETag"] == '"1"'
    assert [each["reason"] for each in out["reasons"]][3:] == ["n = 76", "hours"]
    assert client.get(ALL).json() == {"items": [out], "total": 1, "page": 1, "per_page": 20}


def test_those_below_a_term_are_found_with_it(client: TestClient, held: str) -> None:
    other = client.post(ALL, json={**GIVEN, "technique": "alignment", "issue": "unseen"}).json()
    assert sorted(ids(client)) == [1, other["id"]]
    assert ids(client, technique="fusion") == [1]
    assert ids(client, issue="dk") == [1]
    assert ids(client, issue="unseen", technique="alignment") == [other["id"]]
    assert ids(client, technique="nothing") == []
    assert ids(client, state="failed") == []
    assert client.get(ALL, params={"state": "perhaps"}).status_code == 422


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"technique": "removed"}, "technique", "There is no technique removed: it was removed"),
        ({"issue": ""}, "issue", "Choose an issue"),
        ({"mechanism": " ", "mechanism_zh": ""}, "mechanism", "by which mechanism"),
        ({"category": "T9", "benchmark": None}, "category", "No benchmark has a category T9"),
        ({"category": "T2", "benchmark": None}, "category", "mini, other"),
        ({"correspondence": "nothing"}, "correspondence", "There is no correspondence nothing"),
        ({"state": "held"}, "result", "what came of the test"),
        ({"precondition_state": "contradicted"}, "precondition_state", "claim or the note"),
        (
            {"precondition_state": "contradicted", "contradicting_note": 99},
            "contradicting_note",
            "There is no note 99",
        ),
        ({"state": "failed", "result": "0.", "stance": "addresses"}, "stance", "does not follow"),
        ({"test": "\x00"}, "test", ""),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_half_done(
    client: TestClient, held: str, wrong: dict[str, Any], field: str, said: str
) -> None:
    before = client.get(held).json()
    refused = client.patch(held, json=wrong)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert said in refused.json()["errors"][field]
    assert client.get(held).json() == before
    assert client.post(ALL, json={**GIVEN, **wrong}).status_code == 422
    assert ids(client) == [1]


@pytest.mark.parametrize("wrong", [{"cost": 4}, {"state": "perhaps"}, {"unknown": 1}])
def test_what_is_no_hypothesis_is_refused(
    client: TestClient, held: str, wrong: dict[str, Any]
) -> None:
    assert client.patch(held, json=wrong).status_code == 422


def test_of_two_writers_the_second_is_told(client: TestClient, held: str) -> None:
    first = {"If-Match": '"1"'}
    assert client.patch(held, json={"expected": "mine"}, headers=first).status_code == 200
    assert client.patch(held, json={"expected": "theirs"}, headers=first).status_code == 412
    assert client.delete(held, headers=first).status_code == 412
    assert client.get(held).json()["expected"] == "mine"
    assert client.delete(held, headers={"If-Match": '"2"'}).status_code == 204
    assert client.get(held).status_code == 404
    assert client.get(ALL).json()["total"] == 0


@pytest.mark.parametrize(
    ("state", "stance", "claimed"),
    [("held", None, "addresses"), ("held", "partial", "partial"), ("failed", None, "fails")],
)
def test_trying_one_makes_a_claim_shown_on_the_target_field(
    client: TestClient, held: str, state: str, stance: str | None, claimed: str
) -> None:
    tried = client.patch(held, json={"state": state, "result": "+4 of 76.", "stance": stance})
    assert tried.status_code == 200, tried.text
    number = tried.json()["claim"]
    claim = client.get(f"/api/v1/claims/{number}").json()
    assert (claim["stance"], claim["rationale"]) == (claimed, "+4 of 76.")
    assert (claim["basis"], claim["source"]) == ("target", "own")
    # A second look changes that claim, and makes no other.
    again = client.patch(held, json={"state": "failed", "result": "It was chance."}).json()
    assert again["claim"] == number
    assert client.get(f"/api/v1/claims/{number}").json()["rationale"] == "It was chance."
    assert client.get(f"/api/v1/claims/{number}").json()["stance"] == "fails"
    cell = client.get("/api/v1/comparisons/vqa-sql/cells/gated/dk-t1").json()
    assert len(cell["claims"]) == 1
    # Its cell is where its claim stands.
    moved = client.patch(held, json={"issue": "unseen"})
    assert moved.status_code == 422


def test_a_claim_that_was_deleted_or_reworded_stays_so(client: TestClient, held: str) -> None:
    number = client.patch(held, json={"state": "failed", "result": "0 of 76."}).json()["claim"]
    client.patch(f"/api/v1/claims/{number}", json={"rationale": "In my own words."})
    client.patch(held, json={"result": "1 of 76."})
    assert client.get(f"/api/v1/claims/{number}").json()["rationale"] == "In my own words."
    assert client.delete(f"/api/v1/claims/{number}").status_code == 204
    kept = client.patch(held, json={"expected": "More."}).json()
    assert (kept["state"], kept["result"], kept["claim"]) == ("failed", "1 of 76.", None)


def test_a_ruling_on_the_cell_settles_it_while_it_is_in_force(
    client: TestClient, held: str
) -> None:
    cell = "/api/v1/comparisons/vqa-sql/cells/gated/dk-t1"
    client.put(cell, json={"stance": "fails", "rationale": "I tried."})
    out = client.get(held).json()
    assert (out["state"], out["settled"]) == ("idea", "failed")
    assert ids(client, state="failed") == [1]
    client.put(cell, json={"stance": None})
    assert client.get(held).json()["settled"] == "idea"


def test_a_claim_that_it_failed_on_the_target_flags_the_precondition(
    client: TestClient, held: str
) -> None:
    first = client.get(held).json()
    add_claim(client, stance="fails", basis="source")
    assert client.get(held).json()["standing"] == "unknown"
    number = add_claim(client, stance="fails", basis="target")
    out = client.get(held).json()
    assert (out["standing"], out["against"]) == ("contradicted", [number])
    assert (out["precondition_state"], out["rank"] < first["rank"]) == ("unknown", True)
    # What it became itself does not speak against it.
    mine = client.patch(held, json={"state": "failed", "result": "No."}).json()
    assert mine["against"] == [number]


def test_a_note_that_contradicts_is_named_and_may_go(client: TestClient, held: str) -> None:
    marked = client.patch(
        held, json={"precondition_state": "contradicted", "contradicting_note": 1}
    ).json()
    assert (marked["standing"], marked["contradicting_note"]) == ("contradicted", 1)
    assert client.delete("/api/v1/notes/1").status_code == 204
    assert client.patch(held, json={"expected": "Less."}).status_code == 200
    freed = client.patch(held, json={"precondition_state": "holds"}).json()
    assert (freed["standing"], freed["contradicting_note"]) == ("holds", None)


def test_what_was_shown_in_the_source_lifts_it(client: TestClient, held: str) -> None:
    other = client.post(ALL, json={**GIVEN, "technique": "cross"}).json()["id"]
    assert ids(client) == [1, other]
    path = "/api/v1/comparisons/vqa-sql/cells/cross/unseen/claims"
    number = add_claim(client, path, stance="addresses", basis="source")
    assert ids(client) == [other, 1]
    assert client.get(f"{ALL}/{other}").json()["evidence"] == [number]


def test_a_technique_with_hypotheses_is_not_removed(client: TestClient, held: str) -> None:
    with_one = client.post(ALL, json={**GIVEN, "technique": "alignment"})
    assert with_one.status_code == 201
    refused = client.post("/techniques/alignment/delete", data={"version": "1"})
    assert "hypotheses (1)" in refused.text
    assert client.get(with_one.headers["Location"]).status_code == 200


def test_its_words_are_found_with_its_cell(client: TestClient, held: str) -> None:
    def found() -> list[str]:
        items = client.get("/api/v1/search", params={"q": "门关着"}).json()["items"]
        return [each["key"] for each in items if each["type"] == "cell"]

    assert found() == ["gated/dk-t1"]
    backlinks = client.get("/papers/kim2021vilt").text
    assert f'href="{CELL}"' in backlinks
    client.delete(held)
    assert found() == []


def test_statements_do_not_grow_with_them(client: TestClient, held: str, db: Database) -> None:
    pages = ("/hypotheses", f"{ALL}?per_page=200", "/comparisons/vqa-sql", CELL, "/issues/dk-t1")
    counts = []
    for _ in range(2):
        for page in pages:
            client.get(page)
        with counted(db) as statements:
            for page in pages:
                assert client.get(page).status_code == 200
        counts.append(len(statements))
        with db.write() as session:
            one = session.exec(select(Hypothesis)).first()
            techniques = session.exec(select(Technique)).all()
            assert one
            session.add_all(
                Hypothesis(
                    **one.model_dump(exclude={"id", "technique_id"}, warnings=False),
                    technique_id=each.id,
                )
                for each in [*techniques, *techniques]
            )
    assert counts[1] <= counts[0]
