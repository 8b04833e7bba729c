"""Correspondences as JSON, and what else of the application knows of them."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.correspondences import service
from app.database import Database
from app.models import Issue, Technique
from tests.conftest import counted
from tests.correspondences.conftest import PAIR

ALL = "/api/v1/correspondences"


def slugs(client: TestClient, **params: str) -> list[str]:
    return [each["slug"] for each in client.get(ALL, params=params).json()["items"]]


def test_it_comes_back_as_it_was_given(client: TestClient, pair: str) -> None:
    assert pair == f"{ALL}/question-guided-attention-schema-linking"
    answer = client.get(pair)
    held = answer.json()
    assert {name: held[name] for name in PAIR} == PAIR
    assert held["title"] == "Question-guided attention ↔ Schema linking"
    assert (held["carries_zh"], held["version"], answer.headers["ETag"]) == ("", 1, '"1"')
    listed = client.get(ALL).json()
    assert listed == {"items": [held], "total": 1, "page": 1, "per_page": 20}


def test_a_change_changes_what_it_names(client: TestClient, pair: str) -> None:
    changed = client.patch(
        pair,
        json={"breaks_en": "A link is a decision.", "issues": ["unseen", "matching"]},
        headers={"If-Match": '"1"'},
    )
    assert changed.status_code == 200
    held = client.get(pair).json()
    assert held["breaks_en"] == "A link is a decision."
    assert set(held["issues"]) == {"unseen", "matching"}
    assert held["carries_en"] == PAIR["carries_en"]
    assert held["version"] == 2


def test_of_two_writers_the_second_is_told(client: TestClient, pair: str) -> None:
    first = {"If-Match": '"1"'}
    assert client.patch(pair, json={"breaks_en": "mine"}, headers=first).status_code == 200
    late = client.patch(pair, json={"breaks_en": "theirs"}, headers=first)
    assert late.status_code == 412
    assert client.delete(pair, headers=first).status_code == 412
    assert client.get(pair).json()["breaks_en"] == "mine"
    assert client.delete(pair, headers={"If-Match": '"2"'}).status_code == 204
    assert client.get(pair).status_code == 404
    assert client.get(ALL).json()["total"] == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"source_en": "", "source_zh": " "}, "source_en"),
        ({"target_en": "x" * 201}, "target_en"),
        ({"carries_zh": "\x00"}, "carries_zh"),
        ({"slug": "Not a slug"}, "slug"),
        ({"slug": "new"}, "slug"),
        ({"source_field": "nowhere"}, "source_field"),
        ({"techniques": ["no-such"]}, "techniques"),
        ({"issues": ["no-such"]}, "issues"),
        ({"papers": ["nobody1999"]}, "papers"),
        ({"papers": ["old2000"]}, "papers"),
        ({"papers": [f"k{n}" for n in range(51)]}, "papers"),
    ],
)
def test_what_cannot_be_saved_is_named(
    client: TestClient, library: Database, wrong: dict[str, Any], field: str
) -> None:
    answer = client.post(ALL, json=PAIR | wrong)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert client.get(ALL).json()["total"] == 0


def test_slugs_are_made_and_never_taken_twice(client: TestClient, pair: str) -> None:
    again = client.post(ALL, json=PAIR)
    assert again.json()["slug"] == "question-guided-attention-schema-linking-2"
    taken = client.patch(pair, json={"slug": "question-guided-attention-schema-linking-2"})
    assert list(taken.json()["errors"]) == ["slug"]
    chinese = client.post(ALL, json={"source_zh": "图像区域", "target_zh": "列"}).json()
    assert chinese["slug"] == "图像区域-列"


def test_a_search_for_one_side_finds_the_other(client: TestClient, pair: str) -> None:
    for q in ("schema linking", "注意力", "Q-KV", "字面匹配", "where to look", "kim2021vilt"):
        found = client.get("/api/v1/search", params={"q": q, "type": "correspondence"}).json()
        (item,) = found["items"]
        assert item["title"] == "Question-guided attention ↔ Schema linking", q
        assert item["url"] == "/correspondences/question-guided-attention-schema-linking"
        assert found["facets"]["correspondence"] == 1
    page = client.get("/search", params={"q": "模式链接"}, headers={"Accept-Language": "zh"}).text
    assert "问题引导的注意力 ↔ <mark>模式链接</mark>" in page


def test_the_index_follows_it_and_what_it_is_tied_to(client: TestClient, pair: str) -> None:
    def found(q: str) -> int:
        answer = client.get("/api/v1/search", params={"q": q, "type": "correspondence"})
        return int(answer.json()["total"])

    client.patch(pair, json={"target_en": "Value grounding", "target_zh": "取值"})
    assert (found("grounding"), found("模式链接")) == (1, 0)
    client.patch("/api/v1/techniques/cross", json={"synonyms_en": ["glimpses"]})
    assert (found("glimpses"), found("Q-KV")) == (1, 0)
    client.patch(pair, json={"techniques": []})
    assert found("glimpses") == 0
    client.delete(pair)
    assert found("grounding") == 0


def test_filters_of_a_search_reach_it_by_its_ties(client: TestClient, pair: str) -> None:
    for q, number in (
        ("technique:attention", 1),
        ("technique:attention issue:matching", 1),
        ("issue:unseen", 0),
        ("technique:attention issue:unseen", 0),
        ("year:2021", 1),
        ("year:2020", 0),
    ):
        answer = client.get("/api/v1/search", params={"q": q}).json()
        assert answer["facets"]["correspondence"] == number, q


@pytest.mark.parametrize("q", ["ATTENTION", "模式", "q-kv matching", "追问", "linking vqa"])
def test_the_list_is_searched_by_every_word(client: TestClient, pair: str, q: str) -> None:
    assert bool(slugs(client, q=q)) is ("vqa" not in q)


def test_the_list_by_field_and_in_order(client: TestClient, pair: str) -> None:
    for name, source, target in (
        ("Zoom", "vqa", "sql"),
        ("álpha", "vqa", "sql"),
        ("Nowhere", None, None),
        ("Beta", "sql", None),
    ):
        given = {"source_en": name, "target_en": "x"}
        fields = {"source_field": source, "target_field": target}
        assert client.post(ALL, json=given | fields).status_code == 201
    first = pair.rsplit("/", 1)[1]
    assert slugs(client) == ["alpha-x", first, "zoom-x", "beta-x", "nowhere-x"]
    assert slugs(client, field="vqa") == ["alpha-x", first, "zoom-x"]
    assert slugs(client, field="sql") == ["alpha-x", first, "zoom-x", "beta-x"]
    assert slugs(client, page="2", per_page="3") == ["beta-x", "nowhere-x"]


def test_the_list_takes_as_many_statements_for_many(
    client: TestClient, library: Database, pair: str
) -> None:
    with counted(library) as one:
        client.get(ALL)
    for _ in range(12):
        client.post(ALL, json=PAIR)
    with counted(library) as many:
        assert client.get(ALL).json()["total"] == 13
    assert len(one) == len(many)


def test_a_cell_knows_those_of_its_technique_its_issue_and_what_is_above(
    client: TestClient, library: Database, pair: str
) -> None:
    broad = {"source_en": "Broad", "target_en": "x", "techniques": ["attention"]}
    other = {"source_en": "Other", "target_en": "x", "issues": ["unseen"]}
    both = {"source_en": "Both", "target_en": "x", "techniques": ["cross"], "issues": ["matching"]}
    for given in (broad, other, both):
        client.post(ALL, json=given)
    with library.read() as session:
        cross, attention = (session.get(Technique, number) for number in (2, 1))
        matching, unseen = (session.get(Issue, number) for number in (1, 2))
        assert cross
        assert attention
        assert matching
        assert unseen

        def names(technique: Technique | None, issue: Issue | None) -> list[str]:
            found = service.for_cell(
                session, technique.id if technique else None, issue.id if issue else None
            )
            return [each.source.name_en for each in found]

        first = PAIR["source_en"]
        assert names(cross, matching) == [first, "Both", "Broad"]
        assert names(cross, unseen) == [first, "Broad", "Other", "Both"]
        assert names(attention, None) == ["Broad"]
        assert names(None, matching) == [first, "Both"]
        for _ in range(2):
            with counted(library) as statements:
                names(cross, matching)
        assert len(statements) == 1  # the names that their texts link to are known by now


def test_it_links_and_is_linked_to(client: TestClient, pair: str) -> None:
    slug = pair.rsplit("/", 1)[1]
    note = {"title": "Of parts", "body": f"See [[correspondence:{slug}]]."}
    client.post("/api/v1/notes", json=note)
    assert "Of parts" in client.get(f"/correspondences/{slug}").text
    shown = client.get("/notes/1").text
    assert f'href="/correspondences/{slug}"' in shown
    assert "Question-guided attention ↔ Schema linking" in shown
    paper = client.get("/papers/kim2021vilt").text
    assert paper.count(f"/correspondences/{slug}") == 2  # named in it, and linked from its text
    client.patch(pair, json={"carries_en": "no link", "papers": []})
    assert f"/correspondences/{slug}" not in client.get("/papers/kim2021vilt").text


def test_what_it_is_tied_to_stays_while_it_is(client: TestClient, pair: str) -> None:
    for address in ("/api/v1/techniques/cross", "/api/v1/issues/matching"):
        refused = client.delete(address)
        assert refused.status_code == 409
        assert "correspondences (1)" in refused.json()["detail"]
    form = client.get("/techniques/cross/edit").text
    assert "1 correspondence" in form
    client.delete("/api/v1/papers/kim2021vilt")
    refused = client.post("/papers/kim2021vilt/delete")
    assert refused.status_code == 409
    client.patch(
        pair, json={"breaks_en": "still"}
    ).raise_for_status()  # its own trashed paper stays
    assert "in the trash" in client.get(f"/correspondences/{pair.rsplit('/', 1)[1]}").text
    client.delete(pair)
    for address in ("/api/v1/techniques/cross", "/api/v1/issues/matching"):
        assert client.delete(address).status_code == 204
