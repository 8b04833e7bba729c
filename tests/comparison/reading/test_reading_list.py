"""The page that says what to read next, its JSON, and the star of an issue."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from app.comparison.cells import claim_service as verbs
from app.comparison.reading.reading_list import cells_touched
from app.comparison.rules import ComparisonInput
from app.comparison.service import create_comparison
from app.database import Database
from app.library import service as library
from app.library.rules import PaperInput
from app.models import (
    Claim,
    FilePage,
    Issue,
    Kind,
    Note,
    Paper,
    PaperFile,
    PaperTechnique,
    Stance,
    StoredFile,
    Technique,
    TextState,
)
from tests.comparison.conftest import claim, pair
from tests.conftest import counted

NEXT = "/comparisons/vqa-sql/next"
JSON = f"/api/v1{NEXT}"
DOMAIN = "Parsers fail for want of expert knowledge of a trade. We then measure the runtime."
UNSEEN = "We measure what happens on unseen data of other databases. A gated fusion helps it."


def add(session: Session, title: str, abstract: str = "", *techniques: str, **given: Any) -> str:
    verdict = given.pop("verdict", "")
    paper = library.create_paper(
        session,
        PaperInput(title=title, abstract=abstract, techniques=list(techniques), year=2020, **given),
    )
    if verdict:
        library.give_verdict(session, paper, verdict=verdict, reason="because")
    return paper.citekey


@pytest.fixture
def shelf(db: Database, table: str) -> dict[str, str]:
    """Citation keys by title. ViLT, of the library before, carries nothing and says nothing."""
    with db.write() as session:
        return {
            title: add(session, title, abstract, *techniques, verdict=verdict)
            for title, verdict, abstract, *techniques in (
                ("Trade", "", DOMAIN, "gated"),
                ("Elsewhere", "", UNSEEN),
                ("Put off", "later", UNSEEN, "cross"),
                ("Tagged alone", "", "", "gated", "cross", "alignment"),
                ("Read already", "adopt", UNSEEN, "gated", "cross", "alignment"),
            )
        }


def ask(client: TestClient, **params: str) -> Any:
    answer = client.get(JSON, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def titles(found: Any) -> list[str]:
    return [each["title"] for each in found["papers"]]


def test_what_speaks_of_the_issue_comes_first_with_its_sentence(
    client: TestClient, shelf: dict[str, str]
) -> None:
    found = ask(client, issue="unseen")
    # What is read already is not there; what says nothing of it but carries a row comes last.
    assert titles(found) == ["Put off", "Elsewhere", "Trade", "Tagged alone"]
    best, second, _, tagged = found["papers"]
    assert best["sentence"] == "We measure what happens on unseen data of other databases."
    assert (best["place"], best["url"]) == ("abstract", f"/papers/{shelf['Put off']}")
    assert (best["issue"], best["technique"]) == ("unseen", "cross")
    assert best["because"] == (
        "may speak of Unseen data; carries Cross-attention; nobody has examined the cell;"
        " open cells besides: 1"
    )
    assert second["technique"] == "gated", "its text names it"
    assert "names Gated fusion" in second["because"]
    assert tagged["sentence"] == ""
    assert "nothing that is held of it speaks of Unseen data" in tagged["because"]
    values = [each["value"] for each in found["papers"]]
    assert values == sorted(values, reverse=True)
    assert (found["waiting"], found["without_technique"]) == (5, 2)


def test_the_whole_an_issue_above_others_a_technique_and_a_cell(
    client: TestClient, shelf: dict[str, str]
) -> None:
    whole = ask(client)
    assert whole["open"]["blank"] == 9, "three rows × three columns: headings are no open cells"
    assert {
        each["issue"]: [one["title"] for one in each["papers"]] for each in whole["issues"]
    } == {
        "unseen": ["Put off", "Elsewhere"],
        "dk": [],
        "dk-t1": ["Trade"],
        "dk-t4": ["Trade"],
    }
    above = ask(client, issue="dk")
    assert titles(above)[0] == "Trade"
    assert above["papers"][0]["issue"] in ("dk-t1", "dk-t4"), "the heading is no cell to look at"
    assert "may speak of Domain knowledge" in above["papers"][0]["because"]
    carried = {each["title"]: each["because"] for each in ask(client, technique="gated")["papers"]}
    assert "names Gated fusion" in carried["Elsewhere"]
    assert "carries Gated fusion" in carried["Trade"]
    cell = ask(client, technique="cross", issue="unseen")
    assert titles(cell)[0] == "Put off"
    assert "Trade" not in titles(cell), "it carries another technique"


def test_ruled_on_its_papers_fall_and_starred_they_rise(
    client: TestClient, db: Database, shelf: dict[str, str]
) -> None:
    claim(db, "cross", "unseen", stance=Stance.ADDRESSES)
    claim(db, "cross", "unseen", stance=Stance.FAILS)
    found = ask(client, issue="unseen")
    assert titles(found)[0] == "Put off"
    assert "the claims there contradict each other" in found["papers"][0]["because"]
    contested = found["papers"][0]["value"]
    ruling = {"stance": "fails", "rationale": "so"}
    at = "/api/v1/comparisons/vqa-sql/cells/cross/unseen"
    client.put(at, json=ruling).raise_for_status()
    found = ask(client, issue="unseen")
    assert titles(found)[0] == "Elsewhere"
    after = {each["title"]: each["value"] for each in found["papers"]}
    assert after["Put off"] < contested
    before = {each["title"]: each["value"] for each in ask(client)["papers"]}
    assert max(before, key=lambda title: before[title]) == "Elsewhere"
    # Below it stand both that Trade speaks of.
    client.patch("/api/v1/issues/dk", json={"starred": True}).raise_for_status()
    found = ask(client)["papers"]
    assert found[0]["title"] == "Trade"
    assert found[0]["value"] == pytest.approx(3 * before["Trade"], rel=0.01)
    assert "a starred issue" in found[0]["because"]
    assert "a starred issue" not in found[1]["because"]


def test_what_the_cell_quotes_and_what_is_read_or_gone_does_not_stand_for_it(
    client: TestClient, db: Database, shelf: dict[str, str]
) -> None:
    quote = {"quote": "A gated fusion helps it.", "locator": "abstract"}
    evidence = [{"paper": shelf["Elsewhere"], **quote}]
    claim(db, "gated", "unseen", stance=Stance.PARTIAL, evidence=evidence)
    cell = ask(client, technique="gated", issue="unseen")
    assert "Elsewhere" not in titles(cell)
    client.patch(f"/api/v1/papers/{shelf['Put off']}", json={"reading": "read"}).raise_for_status()
    given = {"verdict": "adopt", "reason": "read"}
    client.post(f"/api/v1/papers/{shelf['Trade']}/verdicts", json=given).raise_for_status()
    client.delete(f"/api/v1/papers/{shelf['Tagged alone']}").raise_for_status()
    with db.write() as session:
        add(session, "Unseen data", kind=Kind.CONCEPT)
    assert titles(ask(client)) == ["Elsewhere"], "it may tell about other cells"


def test_notes_count_without_their_links_and_pages_of_files_are_opened(
    client: TestClient, db: Database, shelf: dict[str, str]
) -> None:
    with db.write() as session:
        number = {
            title: session.exec(select(Paper.id).where(Paper.citekey == key)).one()
            for title, key in shelf.items()
        }
        filed = "Filed under [[issue:dk-t4]], about nothing that anybody would ask for."
        session.add(Note(paper_id=number["Elsewhere"], title="", title_folded="", body=filed))
        sha = "a" * 64
        session.add(
            StoredFile(
                sha256=sha, media_type="application/pdf", size=9, pages=2, text_state=TextState.DONE
            )
        )
        session.flush()
        session.add(PaperFile(paper_id=number["Tagged alone"], sha256=sha, name="a.pdf"))
        session.add(FilePage(sha256=sha, page=1, text="Nothing of it stands on the first page."))
        second = (
            "Before that.\nHere the question implies a value (T4 implied), and no column.\nAfter."
        )
        session.add(FilePage(sha256=sha, page=2, text=second))
    found = ask(client, issue="dk-t4")["papers"]
    assert [each["title"] for each in found if each["sentence"]] == ["Tagged alone", "Trade"]
    assert found[0]["sentence"] == "Here the question implies a value (T4 implied), and no column."
    assert found[0]["place"] == "p. 2"
    assert found[0]["url"] == f"/papers/{shelf['Tagged alone']}/read?file={sha}&page=2"


def test_a_chinese_issue_finds_english_papers_by_its_synonyms(
    client: TestClient, db: Database, table: str
) -> None:
    with db.write() as session:
        add(session, "Robust parsing", "The parser breaks on out-of-distribution questions.")
        add(session, "稳健解析", "遇到没见过的未知数据时，解析器会出错，这一点需要说明。")
    english = {"name_en": "", "name_zh": "未知数据", "synonyms_en": ["out-of-distribution"]}
    client.patch("/api/v1/issues/unseen", json=english).raise_for_status()
    found = ask(client, issue="unseen")["papers"]
    assert {each["sentence"] for each in found} == {
        "The parser breaks on out-of-distribution questions.",
        "遇到没见过的未知数据时，解析器会出错，这一点需要说明。",
    }


def test_the_page_says_why(client: TestClient, shelf: dict[str, str]) -> None:
    page = client.get(NEXT)
    assert page.status_code == 200
    assert "We measure what happens on unseen data of other databases." in page.text
    assert "may speak of Unseen data" in page.text
    assert f'href="/papers/{shelf["Trade"]}"' in page.text
    assert 'href="/comparisons/vqa-sql/gated/dk-t1"' in page.text
    assert "Read already" not in page.text
    chinese = client.get(NEXT, headers={"Accept-Language": "zh"}).text
    assert "可能谈到未知数据" in chinese
    assert "涉及交叉注意力" in chinese
    cell = client.get("/comparisons/vqa-sql/gated/unseen").text
    assert "/comparisons/vqa-sql/next?issue=unseen&amp;technique=gated" in cell


def test_one_issue_alone(client: TestClient, shelf: dict[str, str]) -> None:
    headers = {"HX-Request": "true", "HX-Target": "results"}
    part = client.get(NEXT, params={"issue": "dk-t1"}, headers=headers).text
    assert 'id="dk-t1"' in part
    assert 'id="dk-t4"' not in part
    assert "<html" not in part
    assert "Trade" in part


def test_what_is_not_there(client: TestClient, table: str) -> None:
    for params in ({"issue": "nothing"}, {"technique": "nothing"}):
        assert client.get(NEXT, params=params).status_code == 404
        missing = client.get(JSON, params=params)
        assert missing.status_code == 404
        assert missing.headers["content-type"] == "application/problem+json"
    assert client.get("/comparisons/none/next").status_code == 404


def test_nothing_to_read_says_what_to_do(client: TestClient, db: Database, table: str) -> None:
    page = client.get(NEXT).text
    assert "No paper that waits speaks of what is open here" in page
    assert 'href="/papers/new"' in page
    given = {"verdict": "adopt", "reason": "read"}
    client.post("/api/v1/papers/kim2021vilt/verdicts", json=given).raise_for_status()
    page = client.get(NEXT).text
    assert "Everything in the library is read or judged" in page
    assert 'href="/papers/new"' in page
    with db.write() as session:
        for technique in session.exec(select(Technique)).all():
            for issue in session.exec(select(Issue)).all():
                row, column = technique.id, issue.id
                partial = Claim(technique_id=row, issue_id=column, stance=Stance.PARTIAL)
                session.add(partial)
    assert "No cell is open here" in client.get(NEXT).text
    assert "All that you asked for" in client.get(NEXT, params={"issue": "dk-t1"}).text


def test_a_library_whose_history_speaks_against_it_is_told_so(
    client: TestClient, db: Database, table: str
) -> None:
    """Twelve papers that came to be quoted say nothing of the issue, one that was not says it."""
    with db.write() as session:
        keys = [add(session, f"Quiet {n}", "", "gated", "cross", "alignment") for n in range(12)]
        said = "Nothing but unseen data, unseen data and unseen data here."
        loud = [add(session, f"Loud {n}", said) for n in range(12)]
    for key in keys:
        claim(db, "gated", "unseen", stance=Stance.PARTIAL, evidence=[{"paper": key}])
    replay = ask(client)["replay"]
    assert replay["outcomes"] == 12
    assert replay["by_text"] < replay["by_techniques"]
    said = "does no better in this library than the number of techniques"
    assert said in client.get(NEXT).text
    alike = ["gated", "cross", "alignment"]
    for key in (*keys, *loud):
        spoken = {"abstract": UNSEEN if key in keys else "", "techniques": alike}
        client.patch(f"/api/v1/papers/{key}", json=spoken).raise_for_status()
    assert said not in client.get(NEXT).text


def test_cells_that_papers_of_elsewhere_touch(
    client: TestClient, db: Database, shelf: dict[str, str]
) -> None:
    with db.write() as session:
        alignment = session.exec(select(Technique.id).where(Technique.slug == "alignment")).one()
        verbs.rule_cell(session, pair(session, "gated", "unseen"), stance="fails", rationale="so")
    new = {
        "one": ("New", UNSEEN, [alignment]),
        "two": ("Nothing of it", "We cook soup for many hours, with salt and oil.", []),
    }
    with db.read() as session:
        found = cells_touched(session, new)
    assert found.keys() == {"one"}
    (cell,) = found["one"]
    assert (cell.comparison, cell.technique, cell.issue) == ("vqa-sql", "alignment", "unseen")
    assert cell.sentence == "We measure what happens on unseen data of other databases."


def test_statements_do_not_grow(client: TestClient, db: Database, shelf: dict[str, str]) -> None:
    client.get(NEXT)
    with db.write() as session:
        session.add(Technique(slug="more", name_en="More"))
    with counted(db) as few:
        client.get(NEXT)
    with db.write() as session:
        techniques = [Technique(slug=f"t{n}", name_en=f"T{n}", parent_id=1) for n in range(30)]
        issues = [Issue(slug=f"i{n}", name_en=f"Riddle number{n}") for n in range(12)]
        session.add_all([*techniques, *issues])
        session.flush()
        create_comparison(
            session,
            ComparisonInput(
                slug="wide",
                title_en="Wide",
                rows=[each.slug for each in techniques],
                columns=[each.slug for each in issues],
            ),
        )
        papers = [
            Paper(citekey=f"p{n}", title=f"A riddle number{n % 12} in P{n}", title_sort=f"p{n}")
            for n in range(80)
        ]
        session.add_all(papers)
        session.flush()
        session.add_all(
            PaperTechnique(paper_id=paper.id, technique_id=techniques[n % 30].id)
            for n, paper in enumerate(papers)
        )
    with counted(db) as many:
        page = client.get("/comparisons/wide/next")
    assert page.text.count("data-row") > 40
    assert len(many) == len(few)
    with counted(db) as again:
        client.get("/comparisons/wide/next")
    assert len(again) < 4, "nothing has changed"


def test_a_sentence_of_a_note_says_by_name_what_it_links_to(
    client: TestClient, shelf: dict[str, str]
) -> None:
    body = (
        "## About\n\nBeside [[cross]], **it asks** ([[dk]]) what happens to [[Nothing here]] on"
        " unseen data of other databases.\n"
    )
    note = {"title": "A note", "body": body, "paper": shelf["Tagged alone"]}
    assert client.post("/api/v1/notes", json=note).status_code == 201
    (said,) = (each for each in ask(client, issue="unseen")["papers"] if each["place"] == "note")
    assert said["sentence"] == (
        "Beside Cross-attention, it asks (Domain knowledge) what happens to Nothing here on unseen"
        " data of other databases."
    )


def test_a_star_is_given_and_taken_back(client: TestClient, table: str) -> None:
    page = client.get("/issues/dk")
    assert 'action="/issues/dk/star"' in page.text
    page = client.post("/issues/dk/star")
    assert "Starred: what speaks of it is read first." in page.text
    assert 'action="/issues/dk/star/undo"' in page.text
    assert client.get("/api/v1/issues/dk").json()["starred"] is True
    assert "★" in client.get("/issues").text
    page = client.post("/issues/dk/star/undo")
    assert client.get("/api/v1/issues/dk").json()["starred"] is False
    assert 'action="/issues/dk/star/redo"' in page.text, "it can be had again"
    client.post("/issues/dk/star/redo")
    form = {"name_en": "Domain knowledge", "slug": "dk", "parent": "", "starred": "1"}
    version = client.get("/api/v1/issues/dk").json()["version"]
    client.post("/issues/dk", data={**form, "version": str(version)})
    assert client.get("/api/v1/issues/dk").json()["starred"] is True
    del form["starred"]
    client.post("/issues/dk", data={**form, "version": str(version + 1)})
    assert client.get("/api/v1/issues/dk").json()["starred"] is False
    assert client.post("/issues/none/star").status_code == 404
