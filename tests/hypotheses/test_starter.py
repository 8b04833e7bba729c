"""The starter library's hypotheses: they say all there is to say, and go with it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from app.imports.applying.undo import bring_back, undo_import
from app.imports.starter import load_starter

STARTER = Path(__file__).parents[2] / "data/starter"
ROWS: list[dict[str, Any]] = yaml.safe_load((STARTER / "hypotheses.yaml").read_text("utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['technique']}-{row['issue']}")
def test_each_says_in_both_languages_how_to_find_out(row: dict[str, Any]) -> None:
    for name in ("mechanism", "precondition", "expected", "refuted_by", "test"):
        for language in ("en", "zh"):
            assert row[f"{name}_{language}"].strip()
    assert row["papers"]
    named = {"contradicting_note", "contradicting_claim"} & row.keys()
    assert bool(named) == (row["precondition_state"] == "contradicted")


def test_they_come_with_the_library_and_go_with_it(client: TestClient, db: Any) -> None:
    def total() -> int:
        answer = client.get("/api/v1/hypotheses", params={"per_page": 200}).json()
        assert all(each["mechanism_zh"] for each in answer["items"])
        number: int = answer["total"]
        return number

    with db.write() as session:
        batch = load_starter(session)
        assert batch
        number = batch.id
    assert total() == len(ROWS)
    first = client.get("/api/v1/hypotheses/1").json()
    assert client.patch("/api/v1/hypotheses/1", json={"expected": "Mine."}).status_code == 200
    with db.write() as session:
        undo_import(session, number)
    assert total() == 1  # what the reader has worked on stays, with what it needs
    assert client.get(f"/techniques/{first['technique']}").status_code == 200
    with db.write() as session:
        bring_back(session, number)
    assert total() == len(ROWS)
