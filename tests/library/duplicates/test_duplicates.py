"""Papers that are in the library twice: found, shown, merged, told apart, parted again."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from app.database import Database
from app.library import service
from tests.conftest import counted
from tests.databases import arranged

VILT = "ViLT: Vision-and-Language Transformer Without Convolution or Region Supervision"


def add(client: TestClient, **given: object) -> str:
    said = client.post("/api/v1/papers", json={"force": True, **given})
    assert said.status_code == 201, said.text
    return str(said.json()["citekey"])


@arranged
def twice(client: TestClient) -> TestClient:
    add(
        client,
        title=VILT,
        authors=["Wonjae Kim", "Bokyung Son"],
        year=2021,
        citekey="kim2021vilt",
        tags=["vlp"],
    )
    add(
        client,
        title=VILT.lower(),
        authors=["Kim, W.", "Son, B."],
        year=2021,
        citekey="Kim_2021",
        venue="ICML",
        doi="10.1234/x",
        tags=["fast"],
        abstract="Vision-and-language pre-training.",
    )
    client.post("/api/v1/notes", json={"title": "n", "body": "[[Kim_2021]]", "paper": "Kim_2021"})
    said = client.post("/api/v1/papers/Kim_2021/verdicts", json={"verdict": "try", "reason": "Ok."})
    assert said.status_code == 201
    return client


def test_nothing_is_twice(client: TestClient) -> None:
    assert "No paper is here twice" in client.get("/duplicates").text
    assert client.get("/api/v1/duplicates").json()["total"] == 0
    assert 'href="/duplicates"' in client.get("/papers").text


def test_a_pair_is_shown_merged_and_parted_on_the_page(twice: TestClient) -> None:
    page = twice.get("/duplicates").text
    assert "One paper" in page
    assert "the same title and authors" in page
    assert 'name="title" value="second"' in page, "they differ in case"
    assert 'name="venue"' not in page.split("side-by-side")[0]
    form = {
        "first": "kim2021vilt",
        "second": "Kim_2021",
        "keep": "Kim_2021",
        "title": "first",
        "authors": "first",
    }
    said = twice.post("/duplicates/merge", data=form)
    assert "is one paper now, Kim_2021" in said.text
    assert "No paper is here twice" in said.text
    paper = twice.get("/api/v1/papers/kim2021vilt").json()
    assert paper["citekey"] == "Kim_2021"
    assert (paper["title"], paper["venue"]) == (VILT, "ICML")
    assert paper["authors"] == ["Wonjae Kim", "Bokyung Son"]
    assert paper["tags"] == ["fast", "vlp"]
    assert "Also found as" in twice.get("/papers/Kim_2021").text
    undo = re.findall(r"/duplicates/merges/(\d+)/undo", said.text)
    said = twice.post(f"/duplicates/merges/{undo[0]}/undo")
    assert "Two papers again: Kim_2021 and kim2021vilt." in said.text
    back = twice.get("/api/v1/papers/kim2021vilt").json()
    assert (back["title"], back["tags"], back["venue"]) == (VILT, ["vlp"], "")
    assert twice.get("/api/v1/papers/Kim_2021").json()["title"] == VILT.lower()
    assert "Kim_2021" in twice.get("/duplicates").text


def test_a_pair_is_merged_and_parted_over_the_api(twice: TestClient) -> None:
    (pair,) = twice.get("/api/v1/duplicates").json()["items"]
    assert pair["sure"] is True
    assert {"title", "authors", "venue", "doi", "abstract", "verdict"} == set(pair["differs"])
    said = twice.post("/api/v1/papers/kim2021vilt/merge", json={"other": "kim_2021"})
    assert said.status_code == 201, said.text
    paper = said.json()["paper"]
    assert (paper["doi"], paper["verdict"], paper["title"]) == ("10.1234/x", "try", VILT)
    (note,) = twice.get("/api/v1/notes").json()["items"]
    assert note["paper"] == "kim2021vilt"
    assert "/papers/kim2021vilt" in twice.get(f"/notes/{note['id']}").text, "its link goes on"
    found = twice.get("/api/v1/search", params={"q": "Kim_2021"}).json()
    assert [each["key"] for each in found["items"] if each["type"] == "paper"] == ["kim2021vilt"]
    (listed,) = twice.get("/api/v1/merges").json()["items"]
    assert (listed["citekey"], listed["other"]) == ("kim2021vilt", "Kim_2021")
    parted = twice.delete(f"/api/v1/merges/{listed['merge']}").json()
    assert parted == {"citekey": "kim2021vilt", "other": "Kim_2021", "stays": []}
    assert twice.get("/api/v1/papers/kim2021vilt").json()["verdict"] is None
    assert twice.get("/api/v1/papers/Kim_2021").json()["verdict"] == "try"
    found = twice.get("/api/v1/search", params={"q": "ICML"}).json()
    assert [each["key"] for each in found["items"]] == ["Kim_2021"]
    assert twice.delete(f"/api/v1/merges/{listed['merge']}").status_code == 404


def test_what_was_edited_since_stays_and_is_named(twice: TestClient) -> None:
    number = twice.post("/api/v1/papers/kim2021vilt/merge", json={"other": "Kim_2021"}).json()[
        "merge"
    ]
    twice.patch("/api/v1/papers/kim2021vilt", json={"venue": "ICML 2021"})
    twice.patch("/api/v1/papers/kim2021vilt", json={"citekey": "Kim_2021"})
    twice.patch("/api/v1/papers/kim2021vilt", json={"arxiv_id": "2102.03334"})
    parted = twice.delete(f"/api/v1/merges/{number}").json()
    assert parted["stays"] == ["venue", "citekey"]
    assert parted["citekey"] == "Kim_2021"
    assert parted["other"] == "Kim_2021a"
    assert twice.get("/api/v1/papers/Kim_2021").json()["venue"] == "ICML 2021"
    assert twice.get("/api/v1/papers/Kim_2021a").json()["venue"] == "ICML"


def test_merges_are_taken_back_the_latest_first(twice: TestClient) -> None:
    add(twice, title="Another", citekey="other")
    first = twice.post("/api/v1/papers/kim2021vilt/merge", json={"other": "Kim_2021"}).json()
    second = twice.post("/api/v1/papers/other/merge", json={"other": "kim2021vilt"}).json()
    said = twice.delete(f"/api/v1/merges/{first['merge']}")
    assert said.status_code == 409
    assert VILT in said.json()["detail"]
    assert twice.delete(f"/api/v1/merges/{second['merge']}").status_code == 200
    assert twice.delete(f"/api/v1/merges/{first['merge']}").status_code == 200
    assert twice.get("/api/v1/papers").json()["total"] == 3


def test_two_papers_that_look_like_one_are_told_apart_for_good(twice: TestClient) -> None:
    form = {"first": "kim2021vilt", "second": "Kim_2021"}
    assert "these are two papers" in twice.post("/duplicates/distinct", data=form).text
    assert "No paper is here twice" in twice.get("/duplicates").text
    said = twice.post("/api/v1/papers/Kim_2021/distinct", json={"other": "kim2021vilt"})
    assert said.status_code == 204, "said twice"
    page = twice.get("/duplicates?first=kim2021vilt&second=kim_2021").text
    assert 'name="keep" value="Kim_2021"' in page, "asked for, they are shown all the same"


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"other": "KIM2021VILT"}, 409, "one paper already"),
        ({"other": "nobody"}, 404, "nobody"),
        ({"other": "Kim_2021", "take": ["colour"]}, 422, "title"),
        ({}, 422, "other"),
    ],
)
def test_what_cannot_be_merged(
    twice: TestClient, body: dict[str, object], status: int, says: str
) -> None:
    said = twice.post("/api/v1/papers/kim2021vilt/merge", json=body)
    assert said.status_code == status
    assert says in said.text
    assert twice.get("/api/v1/papers").json()["total"] == 2


def test_a_paper_in_the_trash_is_neither_shown_nor_merged(twice: TestClient) -> None:
    twice.delete("/api/v1/papers/Kim_2021")
    assert twice.get("/api/v1/duplicates").json()["total"] == 0
    said = twice.post("/duplicates/merge", data={"first": "kim2021vilt", "second": "Kim_2021"})
    assert said.status_code == 409
    assert "in the trash" in said.text


def test_a_merge_takes_as_many_statements_however_much_hangs_on_a_paper(
    twice: TestClient, db: Database
) -> None:
    def cost() -> tuple[int, int]:
        with counted(db) as statements:
            number = twice.post(
                "/api/v1/papers/kim2021vilt/merge", json={"other": "Kim_2021"}
            ).json()["merge"]
        there = len(statements)
        with counted(db) as statements:
            twice.delete(f"/api/v1/merges/{number}")
        return there, len(statements)

    with db.write() as session:
        service.add_alias(session, service.get_paper(session, "Kim_2021"), "alias")
    few = cost()
    for number in range(12):
        twice.post("/api/v1/notes", json={"title": f"n{number}", "body": "x", "paper": "Kim_2021"})
    with db.write() as session:
        paper = service.get_paper(session, "Kim_2021")
        for number in range(12):
            service.add_alias(session, paper, f"alias-{number}")
            service.give_verdict(session, paper, verdict="try", reason=f"{number}")
    assert cost() == few


def test_the_page_takes_as_many_statements_for_many_pairs(twice: TestClient, db: Database) -> None:
    with counted(db) as few:
        twice.get("/duplicates")
    for number in range(6):
        for _ in range(2):
            add(twice, title=f"The {'very ' * number}same long title", authors=["A B"], year=2020)
    with counted(db) as many:
        twice.get("/duplicates")
    assert len(many) == len(few)


@pytest.mark.parametrize("changed", ["told apart", "a note", "a title"])
def test_pairs_are_looked_for_again_when_papers_have_changed(
    twice: TestClient, db: Database, changed: str
) -> None:
    add(twice, title=VILT, authors=["Wonjae Kim", "Bokyung Son"], year=2021, citekey="third")
    assert twice.get("/api/v1/duplicates").json()["total"] == 3
    if changed == "told apart":
        twice.post("/duplicates/distinct", data={"first": "kim2021vilt", "second": "Kim_2021"})
    elif changed == "a note":
        twice.post("/api/v1/notes", json={"title": "another", "body": "Text."})
    else:
        twice.patch("/api/v1/papers/third", json={"title": "Another"})
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(str(args[2])))
    total = twice.get("/api/v1/duplicates").json()["total"]
    assert total == {"told apart": 2, "a note": 3, "a title": 1}[changed]
    assert any("substr" in each for each in seen) == (changed == "a title")
