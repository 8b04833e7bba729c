"""A cell's page: claims and rulings are made, changed, taken back; what htmx gets of it."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from app.comparison import service
from app.comparison.cells import cell_view
from app.database import Database
from app.models import Note, Paper, PaperTechnique
from tests.comparison.conftest import CELL, TABLE, claim
from tests.conftest import counted

API = "comparisons/vqa-sql/cells/gated/dk-t4"
HTMX = {"HX-Request": "true", "HX-Target": "drawer"}
CLAIM = {
    "stance": "partial",
    "confidence": "low",
    "source": "own",
    "rationale": "A gate *weighs* what is there.",
    "dated_on": "2023-03-12",
    "evidence_source": ["kim2021vilt", "", ""],
    "evidence_quote": ["多模态融合再好，也补不出列的取值。", "", ""],
    "evidence_locator": ["§3", "", ""],
    "evidence_polarity": ["contradicts", "supports", "supports"],
}


def number_of(page: str) -> str:
    found = re.search(r'id="claim-(\d+)"', page)
    assert found
    return found[1]


def test_an_address_of_the_page_that_is_none_is_left_aside(client: TestClient, table: str) -> None:
    there = {"HX-Request": "true", "HX-Target": "drawer", "HX-Current-URL": "http://[gates"}
    assert client.post(f"{CELL}/claims", data=CLAIM, headers=there).status_code == 200


def test_a_blank_cell_invites_a_claim(client: TestClient, table: str) -> None:
    page = client.get(CELL).text
    assert "Nobody has looked here yet." in page
    assert re.search(r'<details class="fold add" open>', page)
    assert page.count('name="evidence_source"') == 3
    assert 'href="/techniques/gated"' in page
    assert 'href="/issues/dk-t4"' in page


def test_a_claim_is_added_with_its_evidence(client: TestClient, table: str) -> None:
    answer = client.post(f"{CELL}/claims", data=CLAIM)
    assert answer.url.path == CELL
    page = unescape(answer.text)
    assert "Claim added." in page
    assert "own view, low confidence" in page
    assert "12 March 2023" in page
    assert "<em>weighs</em>" in page
    assert "多模态融合再好，也补不出列的取值。" in page
    assert 'href="/papers/kim2021vilt"' in page
    assert "§3" in page
    assert "contradicts" in page
    assert 'class="part low"' in client.get(TABLE).text


@pytest.mark.parametrize("typed", ["融合与隐含条件", "note:1", "NOTE:1"])
def test_evidence_from_a_note(client: TestClient, table: str, typed: str) -> None:
    page = client.post(f"{CELL}/claims", data={**CLAIM, "evidence_source": [typed, "", ""]}).text
    assert 'href="/notes/1"' in page
    edit = client.get(f"{CELL}?edit={number_of(page)}").text
    assert 'value="note:1"' in edit
    assert "融合与隐含条件" in edit


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stance": ""}, "Choose a stance."),
        ({"confidence": "very"}, "Choose how sure this is."),
        ({"source": "hearsay"}, "Choose whose view this is."),
        ({"dated_on": "yesterday"}, "Write a date as 2023-03-06."),
        ({"dated_on": "0001-01-01"}, "Give a year between 1900 and 2200."),
        (
            {"evidence_source": ["nobody2020", "", ""]},
            "No paper has the citation key nobody2020",
        ),
        ({"evidence_source": ["note:99", "", ""]}, "There is no note 99."),
        ({"evidence_source": ["", "", ""]}, "Name one paper or one note"),
        ({"evidence_quote": ["x" * 6000, "", ""]}, "at most 5000"),
        ({"evidence_polarity": ["maybe", "", ""]}, "supports or contradicts"),
        ({"rationale": "bell \x07"}, "U+0007"),
        ({"rationale": "", "evidence_source": "", "evidence_quote": ""}, "Say why"),
    ],
)
def test_what_cannot_be_saved_is_said_and_kept(
    client: TestClient, db: Database, table: str, changes: dict[str, object], said: str
) -> None:
    answer = client.post(f"{CELL}/claims", data={**CLAIM, **changes})
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert said in page
    assert str(changes.get("rationale", CLAIM["rationale"])) in page
    assert str(changes.get("dated_on", "2023-03-12")) in page
    assert re.search(r'<details class="fold add" open>', page)
    with db.read() as session:
        assert not cell_view.get_cell(session, "vqa-sql", "gated", "dk-t4").claims


def test_a_paper_in_the_trash_is_no_source(client: TestClient, table: str) -> None:
    client.post("/papers/kim2021vilt/trash")
    answer = client.post(f"{CELL}/claims", data=CLAIM)
    assert "kim2021vilt is in the trash." in unescape(answer.text)


def test_a_claim_is_edited_and_deleted(client: TestClient, db: Database, table: str) -> None:
    number = claim(db, "gated", "dk-t4", stance="fails", evidence=[{"paper": "kim2021vilt"}])
    form = client.get(f"{CELL}?edit={number}").text
    assert 'value="kim2021vilt"' in form
    answer = client.post(f"{CELL}/claims/{number}", data={**CLAIM, "version": "1"})
    assert "Partly addresses it" in answer.text
    assert answer.text.count('class="evidence ') == 1
    deleted = client.post(f"{CELL}/claims/{number}", data={"delete": "1", "version": "2"})
    assert "Claim deleted." in deleted.text
    assert "Nobody has looked here yet." in deleted.text


def test_two_tabs_editing_one_claim(client: TestClient, db: Database, table: str) -> None:
    number = claim(db, "gated", "dk-t4", stance="fails")
    client.post(f"{CELL}/claims/{number}", data={**CLAIM, "version": "1"})
    second = client.post(
        f"{CELL}/claims/{number}", data={**CLAIM, "rationale": "My own words.", "version": "1"}
    )
    assert second.status_code == 412
    assert "Somebody saved a newer version" in second.text
    assert "My own words." in second.text
    assert 'name="version" value="2"' in second.text
    wrong = client.post(f"{CELL}/claims/{number}", data={**CLAIM, "stance": "", "version": "1"})
    assert wrong.status_code == 422
    assert 'name="version" value="1"' in wrong.text, "what it was filled from, not the newest"


def test_a_claim_is_reached_through_its_own_cell_only(
    client: TestClient, db: Database, table: str
) -> None:
    number = claim(db, "cross", "dk", stance="fails")
    answer = client.post(f"{CELL}/claims/{number}", data={**CLAIM, "version": "1"})
    assert answer.status_code == 404


def test_a_ruling_in_one_step_with_history(client: TestClient, db: Database, table: str) -> None:
    claim(db, "gated", "dk-t4", stance="fails")
    claim(db, "gated", "dk-t4", stance="addresses")
    assert "the claims take different stances" in client.get(CELL).text
    ruled = client.post(
        f"{CELL}/ruling", data={"stance": "fails", "rationale": "补不出。", "version": "0"}
    )
    assert "Ruled." in ruled.text
    assert "ruled on" in ruled.text
    assert "补不出。" in ruled.text
    assert 'class="fails high ruled"' in client.get(TABLE).text
    client.post(f"{CELL}/ruling", data={"stance": "partial", "rationale": "Read more."})
    withdrawn = client.post(f"{CELL}/ruling", data={"withdraw": "1"})
    assert "The ruling is withdrawn." in withdrawn.text
    assert 'class="split' in client.get(TABLE).text


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        ({"stance": "", "rationale": "Kept words"}, 422, "Choose a stance."),
        ({"stance": "fails", "rationale": ""}, 422, "Say why"),
        ({"stance": "fails", "rationale": "Kept words", "version": "77"}, 412, "newer version"),
        ({"stance": "", "rationale": "x", "version": "77"}, 422, 'name="version" value="77"'),
    ],
)
def test_a_ruling_that_cannot_be(
    client: TestClient, table: str, data: dict[str, str], status: int, said: str
) -> None:
    answer = client.post(f"{CELL}/ruling", data=data)
    assert answer.status_code == status
    assert said in answer.text
    assert data["rationale"] in answer.text
    assert re.search(r'<details class="fold rule" open>', answer.text)


def test_ruling_the_same_again_makes_no_history(
    client: TestClient, db: Database, table: str
) -> None:
    for _ in range(2):
        client.post(f"{CELL}/ruling", data={"stance": "fails", "rationale": "x"})
    with db.read() as session:
        assert cell_view.get_cell(session, "vqa-sql", "gated", "dk-t4").ruling_version == 1


@pytest.mark.parametrize("where", ["gated/nonsense", "nonsense/dk", "unrelated/dk-t4"])
def test_a_cell_that_is_not_there(client: TestClient, table: str, where: str) -> None:
    for method, path in (("get", ""), ("post", "/claims"), ("post", "/ruling")):
        data = {} if method == "get" else {"data": CLAIM}
        assert client.request(method, f"{TABLE}/{where}{path}", **data).status_code == 404  # type: ignore[arg-type]


def test_previous_and_next_go_along_the_filled_cells(
    client: TestClient, db: Database, table: str
) -> None:
    for technique, issue in (("fusion", "dk"), ("gated", "dk-t4"), ("alignment", "unseen")):
        claim(db, technique, issue, stance="fails")
    page = client.get(CELL).text
    assert re.search(rf'href="{TABLE}/fusion/dk"[^>]*rel="prev"', page)
    assert re.search(rf'href="{TABLE}/alignment/unseen"[^>]*rel="next"', page)
    between = client.get(f"{TABLE}/cross/dk").text
    assert re.search(rf'href="{CELL}"[^>]*rel="prev"', between), "from a blank, too"


def test_papers_that_carry_the_technique(client: TestClient, db: Database, table: str) -> None:
    with db.write() as session:
        gated = service.list_axis_choices(session).techniques[1][0]
        session.add(PaperTechnique(paper_id=1, technique_id=gated.id))
    page = client.get(CELL).text
    assert "Papers with Gated fusion" in page
    assert "ViLT: Vision-and-Language" in page


def test_htmx_gets_the_drawer_alone(client: TestClient, db: Database, table: str) -> None:
    claim(db, "gated", "dk-t4", stance="fails")
    part = client.get(CELL, headers=HTMX).text
    assert "<html" not in part
    assert "<h2 tabindex" in part
    assert "data-close" in part
    assert "hx-swap-oob" not in part, "looking changes nothing in the table"
    restored = client.get(CELL, headers={**HTMX, "HX-History-Restore-Request": "true"}).text
    assert "<html" in restored


def test_htmx_gets_the_changed_cell_and_its_coverage_out_of_band(
    client: TestClient, table: str
) -> None:
    part = unescape(client.post(f"{CELL}/claims", data=CLAIM, headers=HTMX).text)
    assert "<html" not in part
    assert "Claim added." in part
    swapped = re.findall(r'hx-swap-oob="([^"]+)"', part)
    assert swapped == [
        f"outerHTML:#x td a[href='{CELL}']",
        "innerHTML:#e-gated",
        "innerHTML:#f-dk-t4",
        "innerHTML:#f-whole",
        "innerHTML:#x-size",
    ]
    assert "1 of 9 cells examined" in part
    number = number_of(part)
    gone = client.post(
        f"{CELL}/claims/{number}", data={"delete": "1", "version": "1"}, headers=HTMX
    ).text
    assert re.search(r"hx-swap-oob=[^>]*>\+</a>", gone), "the cell is blank again"


def test_htmx_gets_errors_in_the_drawer(client: TestClient, table: str) -> None:
    answer = client.post(f"{CELL}/claims", data={**CLAIM, "stance": ""}, headers=HTMX)
    assert answer.status_code == 422
    assert "<html" not in answer.text
    assert "Choose a stance." in answer.text
    assert "hx-swap-oob" not in answer.text


def test_statements_do_not_grow_with_the_cell(client: TestClient, db: Database, table: str) -> None:
    claim(db, "gated", "dk-t4", stance="fails", evidence=[{"paper": "kim2021vilt"}])
    with counted(db) as few:
        client.get(CELL)
    with db.write() as session:
        for number in range(20):
            session.add(Paper(citekey=f"p{number}", title=f"P{number}"))
            session.add(Note(title=f"N{number}", title_folded=f"n{number}"))
    for number in range(20):
        claim(
            db,
            "gated",
            "dk-t4",
            stance="fails",
            evidence=[{"paper": f"p{number}"}, {"source": f"N{number}"}],
        )
    with counted(db) as many:
        page = client.get(CELL).text
    assert "21 claims, 41 pieces of evidence" in page
    assert len(many) == len(few)


def test_a_script_in_a_rationale_does_not_survive(client: TestClient, table: str) -> None:
    page = client.post(
        f"{CELL}/claims", data={**CLAIM, "rationale": "<script>alert(1)</script> <b>x</b>"}
    ).text
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("path", "given"),
    [
        (
            f"{CELL}/claims",
            {"data": {"stance": "fails", "confidence": "low", "source": "own", "rationale": "so"}},
        ),
        (f"{CELL}/ruling", {"data": {"stance": "fails", "rationale": "so"}}),
        (f"/api/v1/{API}/claims", {"json": {"stance": "fails", "rationale": "so"}}),
        (f"/api/v1/{API}", {"json": {"stance": "fails", "rationale": "so"}}),
    ],
)
def test_that_a_cell_exists_is_seen_by_two_statements(
    client: TestClient, db: Database, table: str, path: str, given: dict[str, dict[str, str]]
) -> None:
    method = "PUT" if path.endswith("dk-t4") else "POST"
    with counted(db) as statements:
        answer = client.request(method, path, follow_redirects=False, **given)  # type: ignore[arg-type]
    assert answer.status_code < 400
    written = next(at for at, sql in enumerate(statements) if sql.startswith("INSERT"))
    looked = [sql for sql in statements[:written] if "FROM" in sql]
    assert len([sql for sql in looked if "comparison" in sql]) == 1
    assert len(looked) <= 2  # and, for a ruling, the one before
    for part in ("vqa-sql", "gated", "dk-t4"):
        nowhere = path.replace(part, "none")
        assert client.request(method, nowhere, **given).status_code == 404  # type: ignore[arg-type]
