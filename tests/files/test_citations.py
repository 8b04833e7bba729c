"""Whom a paper cites, and who cites it, by the references that files print."""

from fastapi.testclient import TestClient
from sqlmodel import select

from app.database import Database
from app.files import text
from app.models import Paper
from app.settings import Settings
from tests.conftest import counted
from tests.files.pdf_bytes import make_pdf, page_of
from tests.files.test_text import hold

_LIST = (
    "References",
    "[1] Ann Lee. Attention is all you need to read. In ACL, 2017.",
    "[2] Bo Kim. A parser of questions. arXiv:1706.03762, 2018.",
    "[3] Cy Wu. Structures of tables in questions. 2019. doi:10.1234/abc.5",
    "[4] Di Xu. Nobody has this work yet. In EMNLP, 2020.",
)


def add(client: TestClient, **said: object) -> str:
    answer = client.post("/api/v1/papers", json=said)
    assert answer.status_code == 201
    return str(answer.json()["citekey"])


def cites(db: Database, settings: Settings, citekey: str, *lines: str) -> None:
    text.extract_text(db, settings, hold(db, settings, make_pdf(page_of(*lines)), citekey=citekey))


def test_a_paper_says_whom_it_cites_and_by_whom_it_is_cited(
    client: TestClient, db: Database, settings: Settings
) -> None:
    add(client, citekey="lee2017", title="Attention Is All You Need To Read", year=2017)
    add(client, citekey="kim2018", title="Called otherwise here", arxiv_id="1706.03762")
    add(client, citekey="wu2019", title="Quite another", doi="10.1234/ABC.5")
    add(client, citekey="far1990", title="Nobody has this work yet", year=1990)
    cites(db, settings, "citing2024", *_LIST)
    said = client.get("/api/v1/papers/citing2024/references").json()
    assert (said["total"], said["held"], said["cited_by"]) == (4, 3, [])
    held = [each["paper"] and each["paper"]["citekey"] for each in said["items"]]
    assert held == ["lee2017", "kim2018", "wu2019", None]
    assert said["items"][3]["title"] == "Nobody has this work yet"
    page = client.get("/papers/citing2024").text
    assert "Cites 3 papers that you have:" in page
    assert "1 that you do not have" in page
    for cited in ("lee2017", "kim2018", "wu2019"):
        (by,) = client.get(f"/api/v1/papers/{cited}/references").json()["cited_by"]
        assert by["citekey"] == "citing2024"
        assert "Cited by papers here" in client.get(f"/papers/{cited}").text
    assert client.get("/api/v1/papers/far1990/references").json()["cited_by"] == []


def test_what_is_not_held_is_added_by_its_form(
    client: TestClient, db: Database, settings: Settings
) -> None:
    cites(db, settings, "citing2024", *_LIST)
    page = client.get("/papers/citing2024").text
    assert '<input type="hidden" name="id" value="1706.03762">' in page
    title = "Nobody has this work yet"
    assert f'<input type="hidden" name="title" value="{title}">' in page
    client.post("/papers", data={"title": title, "year": "2020"})
    said = client.get("/api/v1/papers/citing2024/references").json()
    assert said["items"][3]["paper"]["title"] == title


def test_what_several_papers_cite_and_nobody_has_is_listed(
    client: TestClient, db: Database, settings: Settings
) -> None:
    add(client, citekey="lee2017", title="Attention is all you need to read", year=2017)
    assert "Nothing that two papers cite" in client.get("/references").text
    cites(db, settings, "one2024", *_LIST)
    cites(db, settings, "two2024", *_LIST[:2], "[2] Di Xu. Nobody has this work yet. 2020.")
    (work,) = client.get("/api/v1/references").json()["items"]
    assert work["title"] == "Nobody has this work yet"
    assert [each["citekey"] for each in work["cited_by"]] == ["one2024", "two2024"]
    assert "2 of your papers cite it" in client.get("/references").text
    assert client.get("/api/v1/references?adopted=true").json()["total"] == 0
    for citekey in ("one2024", "two2024"):
        body = {"verdict": "adopt", "reason": "It works."}
        assert client.post(f"/api/v1/papers/{citekey}/verdicts", json=body).is_success
    assert client.get("/api/v1/references?adopted=true").json()["total"] == 1
    assert "2 of your adopted papers cite a work" in client.get("/").text
    assert "2 of your adopted papers cite it" in client.get("/references?of=adopted").text
    trashed = client.get("/api/v1/papers/one2024")
    client.delete("/api/v1/papers/one2024", headers={"If-Match": trashed.headers["ETag"]})
    assert client.get("/api/v1/references").json()["total"] == 0


def test_a_paper_s_page_asks_as_often_for_many_references(
    client: TestClient, db: Database, settings: Settings
) -> None:
    cites(db, settings, "few2024", *_LIST[:3])
    many = [f"[{n}] Ann Lee. A work about the number {n}. In ACL, 2017." for n in range(1, 40)]
    cites(db, settings, "many2024", "References", *many)
    numbers = []
    client.get(
        f"/papers/{add(client, citekey='other2024', title='Another')}"
    )  # what all pages share is kept then
    for citekey in ("few2024", "many2024"):
        with counted(db) as seen:
            client.get(f"/papers/{citekey}")
        numbers.append(len(seen))
    assert numbers[0] == numbers[1]
    with db.read() as session:
        assert len(session.exec(select(Paper)).all()) == 3


def test_the_overview_says_what_waits(client: TestClient, db: Database, settings: Settings) -> None:
    hold(db, settings, make_pdf(page_of("Words.")))
    assert "1 file waits for its text" in client.get("/").text
    assert "1 个文件等待提取文字" in client.get("/", headers={"Accept-Language": "zh"}).text
