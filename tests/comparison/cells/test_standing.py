"""Evidence says where its quotation stands in what is held, and follows every new text."""

import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from app.comparison.cells import quotations
from app.comparison.cells.quotations import pages_named, with_page
from app.comparison.history import record
from app.database import Database
from app.models import (
    Evidence,
    FilePage,
    Issue,
    Paper,
    PaperFile,
    PaperTechnique,
    StoredFile,
    Technique,
)
from app.models import Note as PaperNote
from app.models.files import TextState
from tests.comparison.conftest import CELL, claim
from tests.conftest import counted

QUOTE = "The gate weighs what is seen and drops the rest."
V1 = [
    "A Study of Gates",
    "We pro\x02pose a gate.\nThe gate weighs what is seen\nand drops the rest.",
]
MOVED = ["A Study of Gates", "We propose a gate.", V1[1]]
REWORDED = ["A Study of Gates", "The gate now weighs all that is seen and keeps the rest. Thanks."]
NOW = "The gate now weighs all that is seen and keeps the rest."
EVIDENCE = "/api/v1/evidence"


def attach(
    session: Session,
    sha: str,
    pages: list[str] | None,
    version: int | None = None,
    *,
    paper: int = 1,
    state: TextState = TextState.DONE,
) -> None:
    """A file of a paper with the text of its pages; None: its text waits."""
    state = state if pages is not None else TextState.WAITING
    size = {"size": 1, "media_type": "application/pdf"}
    session.add(StoredFile(sha256=sha, text_state=state, **size))  # type: ignore[arg-type]
    session.flush()
    session.add(PaperFile(paper_id=paper, sha256=sha, name=f"{sha}.pdf", arxiv_version=version))
    session.add_all(
        FilePage(sha256=sha, page=page, text=text) for page, text in enumerate(pages or [], 1)
    )


def attached(db: Database, sha: str, pages: list[str] | None, version: int | None = None) -> None:
    with db.write() as session:
        attach(session, sha, pages, version)


def quoted(db: Database, locator: str = "p. 2", quote: str = QUOTE) -> int:
    evidence = [{"paper": "kim2021vilt", "quote": quote, "locator": locator}]
    return claim(db, "gated", "dk-t4", stance="fails", evidence=evidence)


def piece(client: TestClient, number: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/claims/{number}").json()["evidence"][0]
    return found


def standing(client: TestClient) -> str:
    return str(piece(client)["standing"])


def listed(client: TestClient, kind: str, **others: str) -> list[dict[str, Any]]:
    answer = client.get(EVIDENCE, params={"standing": kind, **others})
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def decide(client: TestClient, page: str, do: str, at: str = r"/evidence/\d+") -> str:
    """The page after a button of the first piece that `page` asks about."""
    form = re.search(rf'<form method="post" action="([^"]*{at})".*?</form>', page, re.DOTALL)
    assert form
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0])
    data = {name: unescape(value) for name, value in fields}
    name, value = do.split("=")
    return client.post(form[1], data={**data, name: value}).text


def test_it_stands_on_a_page_of_a_version_and_links_to_it(
    client: TestClient, db: Database, table: str
) -> None:
    quoted(db)
    assert standing(client) == "unchecked"
    attached(db, "a1", V1, 1)
    assert (piece(client)["standing"], piece(client)["page"], piece(client)["file"]) == (
        "stands",
        2,
        "a1",
    )
    link = '<a href="/papers/kim2021vilt/read?file=a1&amp;page=2">stands on p. 2 of v1</a>'
    assert link in client.get(CELL).text


def test_a_reworded_version_is_told_and_its_wording_taken(
    client: TestClient, db: Database, table: str
) -> None:
    quoted(db)
    attached(db, "a1", V1, 1)
    attached(db, "a2", REWORDED, 2)
    held = piece(client)
    assert (held["standing"], held["now"], held["page"]) == ("reworded", NOW, 2)
    assert "1 piece of evidence is to be looked at again" in client.get("/").text
    assert "<b>!</b>" in client.get(table).text
    page = client.get(CELL).text
    assert "p. 2 of v2 says it otherwise." in page
    assert "<ins>" in page
    assert "<del>" in page
    taken = decide(client, page, "do=accept")
    assert "stands on p. 2 of v2" in taken
    assert NOW in taken
    assert listed(client, "stale") == []
    history = client.get(f"/api/v1{CELL.replace('/gated', '/cells/gated')}/history").json()
    assert history[0]["differences"][-1]["now"].startswith(NOW)
    undone = client.post(f"{CELL}/undo", data={"change": str(history[0]["number"])}).text
    assert "p. 2 of v2 says it otherwise." in undone


def test_the_old_wording_is_kept_until_it_reads_otherwise_again(
    client: TestClient, db: Database, table: str
) -> None:
    quoted(db)
    attached(db, "a2", REWORDED, 2)
    kept = decide(client, client.get("/evidence").text, "do=keep")
    assert "Every quotation stands" in kept
    assert (standing(client), piece(client)["kept"], piece(client)["concerns"]) == (
        "reworded",
        True,
        [],
    )
    assert "Kept as quoted, though it reads otherwise now:" in client.get(CELL).text
    assert "Looked at again" in client.get(CELL).text
    assert [each["quote"] for each in listed(client, "stands")] == [QUOTE]
    attached(db, "a3", [*REWORDED[:1], "The gate weighs what is seen but keeps the rest."], 3)
    assert [each["standing"] for each in listed(client, "stale")] == ["reworded"]


def test_moved_to_another_page_it_stands_and_the_place_is_put_right(
    client: TestClient, db: Database, table: str
) -> None:
    quoted(db, locator="§ 3, p. 2")
    attached(db, "a2", MOVED, 2)
    assert (standing(client), piece(client)["page"]) == ("moved", 3)
    assert "Every quotation stands" in client.get("/evidence").text
    page = client.get("/evidence?standing=moved").text
    assert "Change the place to “§ 3, p. 3”" in page
    assert "Nothing of this kind here" in decide(client, page, "do=accept")
    assert (standing(client), piece(client)["locator"]) == ("stands", "§ 3, p. 3")


def test_gone_it_says_where_it_stood(client: TestClient, db: Database, table: str) -> None:
    quoted(db)
    attached(db, "a1", V1, 1)
    attached(db, "a2", ["A Study of Nothing", "Withdrawn by the authors."], 2)
    assert standing(client) == "gone"
    page = client.get("/evidence?standing=gone").text
    assert "Gone from the newest version; it stood here:" in page
    assert "read?file=a1&amp;page=2" in page
    assert "data-key" in page
    assert 'name="do" value="accept"' not in page


def test_a_version_that_nobody_has_looked_in_is_named(
    client: TestClient, db: Database, table: str
) -> None:
    with db.write() as session:
        session.get_one(Paper, 1).arxiv_version = 1
    quoted(db)
    attached(db, "a1", V1, 1)
    with db.write() as session:
        session.get_one(Paper, 1).arxiv_version = 3
    assert "Not looked at in v3, which arXiv has now." in client.get(CELL).text
    assert [each["concerns"] for each in listed(client, "newer")] == [["newer"]]
    attached(db, "a3", V1, 3)
    assert (standing(client), listed(client, "newer")) == ("stands", [])


def test_a_later_file_without_a_version_is_one_where_it_says_the_same_otherwise(
    client: TestClient, db: Database, table: str
) -> None:
    quoted(db)
    attached(db, "a1", V1)
    attached(db, "a2", ["Appendix: tables of all runs, with their seeds."])
    assert (standing(client), piece(client)["file"]) == ("stands", "a1")
    attached(db, "a3", REWORDED)
    assert (standing(client), piece(client)["file"]) == ("reworded", "a3")


def test_while_a_text_waits_nothing_is_said_to_be_gone(
    client: TestClient, db: Database, table: str
) -> None:
    quoted(db)
    attached(db, "a1", V1)
    with db.write() as session:
        for page in session.exec(select(FilePage)):
            session.delete(page)
        session.get_one(StoredFile, "a1").text_state = TextState.WAITING
    assert standing(client) == "stands"
    with db.write() as session:
        session.get_one(StoredFile, "a1").text_state = TextState.FAILED
    assert standing(client) == "unchecked"


def test_an_abstract_that_lacks_it_leaves_the_rest_of_the_paper(
    client: TestClient, db: Database, table: str
) -> None:
    with db.write() as session:
        session.get_one(Paper, 1).abstract = "We study gates."
    quoted(db, locator="p. 2")
    assert standing(client) == "unchecked"
    with db.write() as session:
        session.get_one(Paper, 1).abstract = f"We study gates. {QUOTE}"
    assert standing(client) == "stands"
    assert "stands in the abstract" in client.get(CELL).text


def test_a_file_taken_away_takes_its_word_with_it(
    client: TestClient, db: Database, table: str
) -> None:
    quoted(db)
    attached(db, "a2", REWORDED, 2)
    with db.write() as session:
        session.delete(session.get_one(PaperFile, (1, "a2")))
    assert (standing(client), piece(client)["now"]) == ("unchecked", "")


def test_many_pieces_take_as_many_statements_as_one(
    client: TestClient, db: Database, table: str
) -> None:
    quoted(db)
    attached(db, "a2", REWORDED, 2)
    with counted(db) as one:
        client.get("/evidence")
    for _ in range(5):
        quoted(db)
    with counted(db) as many:
        assert client.get("/evidence").text.count("data-row") == 6
    assert len(one) == len(many)
    with db.read() as session:
        assert list(quotations.find_outdated(session)) == []
        assert list(record.find_unrecorded(session)) == []


def test_the_list_is_narrowed_and_says_when_it_is_empty(
    client: TestClient, db: Database, table: str
) -> None:
    assert "Every quotation stands" in client.get("/evidence").text
    assert "All evidence is quoted" in client.get("/evidence?standing=unquoted").text
    quoted(db)
    attached(db, "a2", REWORDED, 2)
    assert len(listed(client, "reworded", paper="kim2021vilt", comparison="vqa-sql")) == 1
    assert listed(client, "reworded", paper="nobody") == []
    assert listed(client, "reworded", comparison="nothing") == []
    nonsense = client.get("/evidence?standing=nonsense")
    assert nonsense.status_code == 200
    assert nonsense.text.count("data-row") == 1  # what is to be looked at
    assert client.get("/evidence?page=0").status_code == 422
    assert client.get(EVIDENCE, params={"standing": "nonsense"}).status_code == 422
    chinese = client.get("/evidence", headers={"Accept-Language": "zh"}).text
    assert "换了说法" in chinese


def test_a_decision_on_what_has_changed_since_is_refused(
    client: TestClient, db: Database, table: str
) -> None:
    quoted(db)
    attached(db, "a2", REWORDED, 2)
    (found,) = listed(client, "stale")
    url = f"{EVIDENCE}/{found['id']}"
    stale = client.post(url, json={}, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    refused = client.post(f"/evidence/{found['id']}", data={"version": "7", "do": "keep"})
    assert refused.status_code == 412
    assert "Nothing was overwritten" in refused.text
    assert client.post(f"{EVIDENCE}/999", json={}).status_code == 404
    taken = client.post(
        url, json={"quote": NOW, "locator": "p. 2"}, headers={"If-Match": f'"{found["version"]}"'}
    )
    assert taken.json()["evidence"][0]["standing"] == "stands"


def test_passages_are_offered_for_what_is_not_quoted_and_one_key_quotes_one(
    client: TestClient, db: Database, table: str
) -> None:
    claim(db, "gated", "dk-t4", stance="fails", evidence=[{"paper": "kim2021vilt"}])
    (found,) = listed(client, "unquoted")
    url = f"/evidence/{found['id']}/passages?back=standing%3Dunquoted"
    assert "Nothing that is held of this source speaks of the claim." in client.get(url).text
    attached(
        db,
        "a1",
        [
            "A Study of Gates\nGated fusion fails where a value is implied by domain knowledge. "
            "We thank all the reviewers very much.",
            "The weather was fine on the day of the test.",
        ],
        1,
    )
    page = client.get(url).text
    assert "Gated fusion fails where a value is implied by domain knowledge." in page
    assert "The weather was fine" not in page
    assert 'data-key="1"' in page
    assert listed(client, "unquoted")  # nothing is chosen by itself
    quoted_page = decide(client, page, "use=1", at=f"/evidence/{found['id']}")
    assert "All evidence is quoted" in quoted_page
    assert piece(client)["quote"].startswith("Gated fusion fails")
    assert (piece(client)["locator"], standing(client)) == ("p. 1", "stands")


def test_passages_for_a_blank_cell_come_from_papers_that_carry_the_technique(
    client: TestClient, db: Database, table: str
) -> None:
    url = f"{CELL}/passages"
    assert f'hx-get="{url}"' in client.get(CELL).text
    assert "No paper carries this technique yet" in client.get(url).text
    with db.write() as session:
        gated = session.exec(select(Technique).where(Technique.slug == "gated")).one()
        issue = session.exec(select(Issue).where(Issue.slug == "dk-t4")).one()
        issue.synonyms_zh = ["隐含的条件"]
        session.add(PaperTechnique(paper_id=1, technique_id=gated.id))
    told = client.get(url).text
    assert "One paper carries the technique, but no text of it is held." in told
    attached(db, "a1", ["Gates do well on all splits of the task that we tried out."])
    assert "No passage of the one paper with a text names the issue." in client.get(url).text
    with db.write() as session:
        session.add(
            PaperNote(
                title="读后",
                title_folded="读后",
                paper_id=1,
                body="门控以 $\\lambda_1$ 补不出<i>隐含的条件</i>，$n$ 也不行。",
            )
        )
        attach(session, "a2", ["Of T4 implied values the gate has none at all."])
    page = unescape(client.get(url).text)
    assert "Of T4 implied values the gate has none at all." in page
    assert '门控以 <span class="math">\\lambda_1</span> 补不出隐含的条件，n 也不行。' in page
    use = re.search(rf'href="({CELL}\?source=kim2021vilt[^"]*)">Use as evidence', page)
    assert use
    form = client.get(use[1]).text
    assert ">\nOf T4 implied values the gate has none at all.</textarea>" in unescape(form)
    assert 'value="p. 1"' in form


@pytest.mark.parametrize(
    ("locator", "pages", "page_4"),
    [
        ("p. 3", range(3, 4), "p. 4"),
        ("pp. 3–5, § 2", range(3, 6), "pp. 4, § 2"),
        ("Sec. 2, page 12", range(12, 13), "Sec. 2, page 4"),
        ("第 3 页", range(3, 4), "第 4 页"),
        ("§ 3", None, "§ 3, p. 4"),
        ("abstract", None, "p. 4"),
        ("", None, "p. 4"),
        ("step 7", None, "step 7, p. 4"),
    ],
)
def test_pages_in_places(locator: str, pages: range | None, page_4: str) -> None:
    assert pages_named(locator) == pages
    assert with_page(locator, 4) == page_4


def test_a_printed_page_number_is_no_other_page(
    client: TestClient, db: Database, table: str
) -> None:
    quoted(db, locator="p. 84")
    attached(db, "a1", V1)
    assert standing(client) == "stands"


def test_evidence_rows_are_all_in_one_session(db: Database, table: str) -> None:
    """A text and its quotation may come in one transaction."""
    with db.write() as session:
        attach(session, "a1", V1, 1)
        paper = session.get_one(Paper, 1)
        paper.abstract = "We study gates."
    quoted(db)
    with db.read() as session:
        assert session.exec(select(Evidence)).one().page == 2
