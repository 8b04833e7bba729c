"""The vocabularies as JSON."""

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.models import ResearchField
from tests.databases import arranged

TECHNIQUES = "/api/v1/techniques"
ISSUES = "/api/v1/issues"


@arranged
def fusion(client: TestClient) -> str:
    """A technique with one below it; its ETag."""
    answer = client.post(TECHNIQUES, json={"name_en": "Fusion", "name_zh": "融合"})
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{TECHNIQUES}/fusion"
    client.post(
        TECHNIQUES,
        json={"name_en": "Gated fusion", "parent": "fusion", "synonyms_zh": ["门控", "门控加权"]},
    )
    return answer.headers["etag"]


@pytest.mark.usefixtures("fusion")
def test_a_list_is_whole_and_has_the_contracts_shape(client: TestClient) -> None:
    listing = client.get(TECHNIQUES).json()
    assert {name: listing[name] for name in ("total", "page", "per_page")} == {
        "total": 2,
        "page": 1,
        "per_page": 2,
    }
    assert listing["items"][1] == {
        "slug": "gated-fusion",
        "name_en": "Gated fusion",
        "name_zh": "",
        "parent": "fusion",
        "synonyms_en": [],
        "synonyms_zh": ["门控", "门控加权"],
        "definition_en": "",
        "definition_zh": "",
        "version": 1,
    }
    found = client.get(TECHNIQUES, params={"q": "加权"}).json()
    assert [each["slug"] for each in found["items"]] == ["gated-fusion"]


def test_an_empty_list_is_a_list(client: TestClient) -> None:
    assert client.get(ISSUES).json() == {"items": [], "total": 0, "page": 1, "per_page": 0}


def test_a_change_names_what_changes_and_the_version_it_saw(
    client: TestClient, fusion: str
) -> None:
    change = {"definition_zh": "两侧如何交换信息。"}
    changed = client.patch(f"{TECHNIQUES}/fusion", json=change, headers={"If-Match": fusion})
    assert changed.json()["name_zh"] == "融合"
    assert changed.headers["etag"] != fusion
    stale = client.patch(f"{TECHNIQUES}/fusion", json=change, headers={"If-Match": fusion})
    assert stale.status_code == 412
    assert stale.headers["content-type"] == "application/problem+json"
    read = client.get(f"{TECHNIQUES}/fusion")
    assert read.json()["definition_zh"] == "两侧如何交换信息。"
    assert read.headers["etag"] == changed.headers["etag"]


@pytest.mark.usefixtures("fusion")
def test_a_term_goes_to_the_top_and_first_where_asked(client: TestClient) -> None:
    client.patch(f"{TECHNIQUES}/gated-fusion", json={"parent": None, "after": ""})
    items = client.get(TECHNIQUES).json()["items"]
    assert [(each["slug"], each["parent"]) for each in items] == [
        ("gated-fusion", None),
        ("fusion", None),
    ]
    client.patch(f"{TECHNIQUES}/gated-fusion", json={"after": "fusion"})
    assert client.get(TECHNIQUES).json()["items"][0]["slug"] == "fusion"


@pytest.mark.usefixtures("fusion")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"parent": "gated-fusion"}, "parent"),
        ({"parent": "fusion"}, "parent"),
        ({"parent": "nowhere"}, "parent"),
        ({"slug": "gated-fusion"}, "slug"),
        ({"slug": "../etc"}, "slug"),
        ({"name_en": "", "name_zh": ""}, "name_en"),
        ({"name_en": "\ud800"}, "name_en"),
        ({"parent": "\ud800"}, "parent"),
        ({"after": "\ud800"}, "after"),
        ({"synonyms_en": ["\u202e"]}, "synonyms_en"),
        ({"after": "gated-fusion"}, "after"),
        ({"colour": "red"}, "colour"),
        ({"field": "vqa"}, "field"),
        ({"synonyms_en": "not a list"}, "synonyms_en"),
    ],
)
def test_what_cannot_be_saved_is_a_problem_and_changes_nothing(
    client: TestClient, change: dict[str, object], field: str
) -> None:
    before = client.get(TECHNIQUES).json()
    # A lone surrogate has no UTF-8: it comes as the escape that JSON has for it.
    body = str(change).replace("None", "null").replace("'", '"')
    answer = client.patch(
        f"{TECHNIQUES}/fusion", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert client.get(TECHNIQUES).json() == before


def test_an_unknown_field_is_told_also_where_the_parents_counts(client: TestClient) -> None:
    client.post("/api/v1/issues", json={"name_en": "Domain knowledge"})
    given = {"name_en": "T1", "parent": "domain-knowledge", "field": "nowhere"}
    answer = client.post("/api/v1/issues", json=given)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["field"]


def test_what_is_in_use_is_not_deleted(client: TestClient, fusion: str) -> None:
    refused = client.delete(f"{TECHNIQUES}/fusion")
    assert refused.status_code == 409
    assert "terms below it (1)" in refused.json()["detail"]
    assert client.delete(f"{TECHNIQUES}/gated-fusion").status_code == 204
    stale = client.delete(f"{TECHNIQUES}/fusion", headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    assert client.delete(f"{TECHNIQUES}/fusion", headers={"If-Match": fusion}).status_code == 204
    assert client.get(f"{TECHNIQUES}/fusion").status_code == 404


def test_issues_have_a_field(client: TestClient, db: Database) -> None:
    with db.write() as session:
        session.add(ResearchField(slug="text-to-sql", name_en="Text-to-SQL"))
    made = client.post(ISSUES, json={"name_en": "Commonsense", "field": "text-to-sql"})
    assert made.json()["field"] == "text-to-sql"
    client.post(ISSUES, json={"name_en": "Ages", "parent": "commonsense"})
    assert client.get(f"{ISSUES}/ages").json()["field"] == "text-to-sql"
    changed = client.patch(f"{ISSUES}/commonsense", json={"field": None})
    assert changed.json()["field"] is None
    assert client.get(f"{ISSUES}/ages").json()["field"] is None
    assert client.delete(f"{ISSUES}/ages").status_code == 204
    assert client.delete(f"{ISSUES}/ages").status_code == 404


def test_fields_and_verdicts_are_listed_in_their_order(client: TestClient, db: Database) -> None:
    with db.write() as session:
        session.add(ResearchField(slug="b", name_en="B", position=1))
        session.add(ResearchField(slug="a", name_en="A", position=2))
    assert [each["slug"] for each in client.get("/api/v1/fields").json()["items"]] == ["b", "a"]
    verdicts = client.get("/api/v1/verdicts").json()
    assert [each["slug"] for each in verdicts["items"]] == [
        "adopt",
        "try",
        "reference",
        "limited",
        "no",
        "later",
    ]
    assert verdicts["items"][1] == {
        "slug": "try",
        "label_en": "Worth trying",
        "label_zh": "值得一试",
        "sign": "△",
        "colour": "part",
    }
