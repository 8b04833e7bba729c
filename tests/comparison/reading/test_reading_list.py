"""The page that says what to read next, and its JSON."""

from typing import Any

from fastapi.testclient import TestClient
from sqlmodel import Session, select

from app.comparison.cells import claim_service as verbs
from app.comparison.rules import ComparisonInput
from app.comparison.service import create_comparison
from app.database import Database
from app.library import service as library
from app.library.rules import PaperInput
from app.models import Claim, Issue, Paper, PaperTechnique, Stance, Technique
from tests.comparison.conftest import claim, pair
from tests.conftest import counted
from tests.databases import arranged

NEXT = "/comparisons/vqa-sql/next"
JSON = f"/api/v1{NEXT}"


def add(session: Session, title: str, *techniques: str, verdict: str = "", year: int = 2020) -> str:
    paper = library.create_paper(
        session, PaperInput(title=title, techniques=list(techniques), year=year)
    )
    if verdict:
        library.give_verdict(session, paper, verdict=verdict, reason="because")
    return paper.citekey


@arranged
def shelf(db: Database, table: str) -> dict[str, str]:
    """Citation keys by title. ViLT, of the library before, carries nothing."""
    with db.write() as session:
        return {
            title: add(session, title, *techniques, verdict=verdict)
            for title, verdict, *techniques in (
                ("Gates", "", "gated"),
                ("Gates and crosses", "", "gated", "cross"),
                ("Put off", "later", "gated"),
                ("Read already", "adopt", "gated", "cross", "alignment"),
                ("Elsewhere", "reference"),
            )
        }


def ask(client: TestClient, **params: str) -> Any:
    answer = client.get(JSON, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_papers_come_by_how_many_open_cells_they_could_settle(
    client: TestClient, shelf: dict[str, str]
) -> None:
    found = ask(client)
    # gated and fusion above it are two rows, cross the third; four columns
    assert [(each["title"], each["open"]["total"]) for each in found["papers"]] == [
        ("Gates and crosses", 12),
        ("Put off", 8),
        ("Gates", 8),
    ]
    assert found["papers"][0]["techniques"] == ["gated", "cross"]
    assert [each["verdict"] for each in found["papers"]] == [None, "later", None]
    assert found["open"] == {"blank": 16, "unclear": 0, "contested": 0, "total": 16}
    assert (found["waiting"], found["without_technique"]) == (4, 1)
    assert [each["issue"] for each in found["issues"]] == ["unseen", "dk", "dk-t1", "dk-t4"]
    assert found["issues"][0]["unexamined"] == [
        {"technique": "fusion", "papers": 3},
        {"technique": "gated", "papers": 3},
        {"technique": "cross", "papers": 1},
        {"technique": "alignment", "papers": 0},
    ]


def test_open_are_blanks_the_unclear_and_the_contested_until_there_is_a_ruling(
    client: TestClient, db: Database, shelf: dict[str, str]
) -> None:
    claim(db, "gated", "dk-t4", stance=Stance.ADDRESSES)
    claim(db, "cross", "dk-t4", stance=Stance.UNCLEAR)
    claim(db, "fusion", "dk-t4", stance=Stance.ADDRESSES)
    claim(db, "fusion", "dk-t4", stance=Stance.FAILS)
    (issue,) = ask(client, issue="dk-t4")["issues"]
    assert issue["open"] == {"blank": 1, "unclear": 1, "contested": 1, "total": 3}
    assert [each["technique"] for each in issue["unexamined"]] == ["alignment"]
    # gated itself is settled, but what it is a kind of is not
    assert [(each["title"], each["open"]["total"]) for each in issue["papers"]] == [
        ("Gates and crosses", 2),
        ("Put off", 1),
        ("Gates", 1),
    ]
    with db.write() as session:
        verbs.rule_cell(session, pair(session, "fusion", "dk-t4"), stance="fails", rationale="so")
    (issue,) = ask(client, issue="dk-t4")["issues"]
    assert issue["open"]["contested"] == 0
    assert [each["title"] for each in issue["papers"]] == ["Gates and crosses"]
    assert issue["papers"][0]["techniques"] == ["cross"]


def test_reading_or_throwing_away_takes_a_paper_off(
    client: TestClient, db: Database, shelf: dict[str, str]
) -> None:
    given = {"verdict": "adopt", "reason": "read"}
    client.post(f"/api/v1/papers/{shelf['Put off']}/verdicts", json=given).raise_for_status()
    client.delete(f"/api/v1/papers/{shelf['Gates']}").raise_for_status()
    assert [each["title"] for each in ask(client)["papers"]] == ["Gates and crosses"]


def test_the_page_says_why(client: TestClient, shelf: dict[str, str]) -> None:
    page = client.get(NEXT)
    assert page.status_code == 200
    assert "carries Gated fusion and Cross-attention:" in page.text
    assert "12 cells nobody has examined" in page.text
    assert f'href="/papers/{shelf["Gates"]}"' in page.text
    assert 'href="/comparisons/vqa-sql/cross/dk-t1"' in page.text
    assert "Read already" not in page.text
    assert "1 of these papers carries no technique" in page.text
    chinese = client.get(NEXT, headers={"Accept-Language": "zh"}).text
    assert "涉及技术：门控融合、交叉注意力" in chinese


def test_one_issue_alone(client: TestClient, shelf: dict[str, str]) -> None:
    headers = {"HX-Request": "true", "HX-Target": "results"}
    part = client.get(NEXT, params={"issue": "dk-t1"}, headers=headers).text
    assert 'id="dk-t1"' in part
    assert 'id="dk-t4"' not in part
    assert "<html" not in part
    assert "Gates and crosses" in part


def test_what_is_not_there(client: TestClient, table: str) -> None:
    assert client.get(NEXT, params={"issue": "nothing"}).status_code == 404
    assert client.get("/comparisons/none/next").status_code == 404
    missing = client.get(JSON, params={"issue": "nothing"})
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"


def test_nothing_to_read_says_what_to_do(client: TestClient, db: Database, table: str) -> None:
    page = client.get(NEXT).text
    assert "No unjudged paper carries a technique with open cells" in page
    assert 'href="/papers/new"' in page
    given = {"verdict": "adopt", "reason": "read"}
    client.post("/api/v1/papers/kim2021vilt/verdicts", json=given).raise_for_status()
    page = client.get(NEXT).text
    assert "Everything in the library is judged" in page
    assert 'href="/papers/new"' in page
    with db.write() as session:
        for technique in session.exec(select(Technique)).all():
            for issue in session.exec(select(Issue)).all():
                row, column = technique.id, issue.id
                partial = Claim(technique_id=row, issue_id=column, stance=Stance.PARTIAL)
                session.add(partial)
    assert "No cell is open here" in client.get(NEXT).text


def test_statements_do_not_grow(client: TestClient, db: Database, shelf: dict[str, str]) -> None:
    with counted(db) as few:
        client.get(NEXT)
    with db.write() as session:
        techniques = [Technique(slug=f"t{n}", name_en=f"T{n}", parent_id=1) for n in range(30)]
        issues = [Issue(slug=f"i{n}", name_en=f"I{n}") for n in range(12)]
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
        papers = [Paper(citekey=f"p{n}", title=f"P{n}", title_sort=f"p{n}") for n in range(80)]
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
