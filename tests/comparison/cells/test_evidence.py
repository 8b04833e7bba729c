"""Evidence that can be defended: it is in its source, and says so when it is no more."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from app.database import Database
from app.models import Evidence, Paper, PaperTechnique, Technique
from app.notes import service as notes
from tests.comparison.conftest import CELL, TABLE, claim

QUOTE = "多模态融合再好，也补不出列的取值。"
NEAR = "多模态的融合再好，补不出来列的取值。"
CLAIM = {
    "stance": "fails",
    "confidence": "low",
    "source": "own",
    "rationale": "因为。",
    "dated_on": "2023-03-12",
    "evidence_source": "note:1",
    "evidence_quote": QUOTE,
    "evidence_locator": "",
    "evidence_polarity": "supports",
}


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return unescape(found[1])


def version(page: str) -> str:
    """The version in the form of claim 1."""
    form = page[page.index(f'action="{CELL}/claims/1"') :]
    return hidden(form, "version")


def action(page: str, ending: str) -> str:
    found = re.search(rf'action="([^"]*{ending})"', page)
    assert found, ending
    return found[1]


def write_note(db: Database, body: str) -> None:
    with db.write() as session:
        notes.update_note(session, 1, body=body)


def change_paper(db: Database, **fields: object) -> None:
    with db.write() as session:
        paper = session.exec(select(Paper)).one()
        for name, value in fields.items():
            setattr(paper, name, value)


def test_a_quotation_that_is_not_in_its_note_is_refused_and_the_nearest_offered(
    client: TestClient, table: str
) -> None:
    answer = client.post(f"{CELL}/claims", data={**CLAIM, "evidence_quote": NEAR})
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert f"The note does not say this. The nearest passage: {QUOTE}" in page
    assert NEAR in page
    assert 'name="use" value="0"' in page
    mended = client.post(
        f"{CELL}/claims",
        data={**CLAIM, "evidence_quote": NEAR, "nearest_0": hidden(answer.text, "nearest_0")}
        | {"use": "0"},
    )
    assert mended.status_code == 200
    assert NEAR not in unescape(mended.text)
    assert f">\n{QUOTE}</textarea>" in unescape(mended.text)
    assert "Claim added." in client.post(f"{CELL}/claims", data=CLAIM).text


def test_an_abstract_that_is_named_must_say_it(
    client: TestClient, db: Database, table: str
) -> None:
    change_paper(db, abstract="A gate weighs what is there. It adds nothing.")
    data = {**CLAIM, "evidence_source": "kim2021vilt", "evidence_quote": "a gate weighs everything"}
    answer = client.post(f"{CELL}/claims", data={**data, "evidence_locator": "abstract"})
    assert "The abstract does not say this. The nearest passage: A gate weighs" in answer.text
    elsewhere = client.post(f"{CELL}/claims", data={**data, "evidence_locator": "§ 3"})
    assert "Claim added." in elsewhere.text


def test_a_note_that_changed_is_named_and_the_quotation_mended(
    client: TestClient, db: Database, table: str
) -> None:
    client.post(f"{CELL}/claims", data=CLAIM)
    assert "stands in the note" in client.get(CELL).text
    write_note(db, f"前言。{NEAR}后话。")
    page = client.get(CELL).text
    assert "The note says it otherwise now." in page
    (cell,) = client.get("/api/v1/comparisons/vqa-sql").json()["cells"]
    piece = cell["claims"][0]["evidence"][0]
    assert (piece["standing"], piece["now"], piece["concerns"]) == ("reworded", NEAR, ["missing"])
    # Editing the rest of the claim loses neither the quotation nor the doubt.
    edit = client.get(f"{CELL}?edit=1").text
    data = {**CLAIM, "rationale": "还是因为。", "version": version(edit)}
    kept = client.post(f"{CELL}/claims/1", data=data).text
    assert "The note says it otherwise now." in kept
    mended = client.post(
        action(kept, r"/evidence/\d+"),
        data={
            "do": "accept",
            "now": hidden(kept, "now"),
            "version": hidden(kept.split("concern")[1], "version"),
        },
    ).text
    assert "Evidence checked." in mended
    assert "stands in the note" in mended
    assert "otherwise" not in mended


def test_a_newer_version_of_a_paper_is_named_until_it_is_checked(
    client: TestClient, db: Database, table: str
) -> None:
    change_paper(db, arxiv_id="2102.03334", arxiv_version=1)
    client.post(f"{CELL}/claims", data={**CLAIM, "evidence_source": "kim2021vilt"})
    assert "Not looked at in" not in client.get(CELL).text
    change_paper(db, arxiv_version=2)
    page = client.get(CELL).text
    assert "Not looked at in v2, which arXiv has now." in page
    checked = client.post(action(page, r"/evidence/\d+"), data={"version": "1"})
    assert "Evidence checked." in checked.text
    assert "Not looked at in" not in checked.text
    assert client.post(action(page, r"/evidence/\d+"), data={"version": "1"}).status_code == 412


def test_an_abstract_that_changed_is_named(client: TestClient, db: Database, table: str) -> None:
    change_paper(db, abstract="A gate weighs what is there.")
    data = {**CLAIM, "evidence_source": "kim2021vilt", "evidence_quote": "A gate weighs"}
    client.post(f"{CELL}/claims", data=data)
    change_paper(db, abstract="Withdrawn.")
    page = client.get(CELL).text
    assert "No text that is held of the paper says this." in page
    kept = client.post(action(page, r"/evidence/\d+"), data={"do": "keep"}).text
    assert "Kept as quoted, though it stands no more." in kept
    assert "No text that is held" not in kept
    change_paper(db, abstract="A gate weighed.")  # says something else again: it is asked again
    assert "The abstract says it otherwise now." in client.get(CELL).text


def test_evidence_from_the_trash_says_so(client: TestClient, db: Database, table: str) -> None:
    client.post(f"{CELL}/claims", data={**CLAIM, "evidence_source": "kim2021vilt"})
    client.post("/papers/kim2021vilt/trash")
    page = client.get(CELL).text
    assert "Its source is in the trash." in page
    assert QUOTE in page
    refused = client.post(f"{CELL}/claims", data={**CLAIM, "evidence_source": "kim2021vilt"})
    assert refused.status_code == 422
    assert "kim2021vilt is in the trash. Restore it before you quote it." in refused.text
    edit = client.get(f"{CELL}?edit=1").text
    data = {**CLAIM, "evidence_source": "kim2021vilt", "version": version(edit)}
    assert "Saved." in client.post(f"{CELL}/claims/1", data=data | {"rationale": "x"}).text


@pytest.mark.parametrize(
    ("stance", "said"),
    [
        ("no-evidence", "Say what was searched, and how."),
        ("inapplicable", "Say why it does not apply here."),
        ("fails", "Say why, or give a piece of evidence."),
    ],
)
def test_a_blank_that_was_looked_at_says_how(
    client: TestClient, table: str, stance: str, said: str
) -> None:
    data = {"stance": stance, "confidence": "low", "source": "own", "rationale": ""}
    answer = client.post(f"{CELL}/claims", data=data)
    assert answer.status_code == 422
    assert said in answer.text


def test_the_second_of_two_editors_sees_both_versions_and_merges(
    client: TestClient, table: str
) -> None:
    client.post(f"{CELL}/claims", data=CLAIM)
    url = f"{CELL}/claims/1"
    client.post(url, data={**CLAIM, "version": "1", "stance": "partial", "rationale": "别人写的。"})
    mine = {**CLAIM, "version": "1", "confidence": "high", "rationale": "我写的。"}
    told = client.post(url, data=mine)
    assert told.status_code == 412
    assert "What is saved now, where it differs" in told.text
    assert "别人写的。" in told.text
    assert "我写的。</textarea>" in told.text
    assert re.findall(r'name="take" value="(\w+)"', told.text) == [
        "stance",
        "confidence",
        "rationale",
    ]
    mine["version"] = version(told.text)
    taken = client.post(url, data={**mine, "take": "stance"})
    assert taken.status_code == 200
    assert re.search(r'value="partial" checked', taken.text)
    assert "我写的。</textarea>" in taken.text
    saved = client.post(url, data={**mine, "stance": "partial"})
    assert "Saved." in saved.text
    assert "我写的。" in saved.text


def test_a_claim_deleted_meanwhile_can_be_added_again(client: TestClient, table: str) -> None:
    client.post(f"{CELL}/claims", data=CLAIM)
    client.post(f"{CELL}/claims/1", data={**CLAIM, "version": "1", "delete": "1"})
    told = client.post(f"{CELL}/claims/1", data={**CLAIM, "version": "1", "rationale": "我写的。"})
    assert told.status_code == 409
    assert "Somebody deleted this claim meanwhile." in told.text
    assert "我写的。</textarea>" in told.text
    assert f'action="{CELL}/claims"' in told.text


def test_a_change_is_told_and_taken_back_in_one_click(client: TestClient, table: str) -> None:
    client.post(f"{CELL}/claims", data=CLAIM)
    data = {**CLAIM, "version": "1", "stance": "partial", "why": "读了第二遍。"}
    page = client.post(f"{CELL}/claims/1", data=data).text
    assert "Undo the last change" in page
    history = page[page.index('id="history"') :]
    assert "读了第二遍。" in history
    assert re.search(r"<del>.*Does not address it.*</del> → <ins>.*Partly", history, re.DOTALL)
    newest = hidden(page, "change")
    undone = client.post(f"{CELL}/undo", data={"change": newest}).text
    assert "Undone." in undone
    assert f"undoes change {newest}" in undone
    refused = client.post(f"{CELL}/undo", data={"change": newest})
    assert refused.status_code == 409
    assert "It was changed again since." in refused.text
    assert client.post(f"{CELL}/undo", data={"change": "nonsense"}).status_code == 404


def test_a_cell_as_it_was_cannot_be_changed(client: TestClient, table: str) -> None:
    client.post(f"{CELL}/claims", data=CLAIM)
    client.post(f"{CELL}/claims/1", data={**CLAIM, "version": "1", "delete": "1"})
    then = client.get(f"{CELL}?as_of=1").text
    assert "As it was after change 1." in then
    assert QUOTE in then
    assert "Add a claim" not in then
    assert 'action="' + CELL not in then
    before = client.get(f"{CELL}?as_of=2000-01-01").text
    assert "Nobody had looked here then." in before
    assert client.get(f"{CELL}?as_of=whenever").status_code == 422


def test_a_marked_passage_finds_its_cell(client: TestClient, db: Database, table: str) -> None:
    with db.write() as session:
        gated = session.exec(select(Technique).where(Technique.slug == "gated")).one()
        session.add(PaperTechnique(paper_id=1, technique_id=gated.id))
    assert 'data-quotable="note:1"' in client.get("/notes/1").text
    form = client.get("/evidence/new", params={"source": "kim2021vilt", "quote": QUOTE}).text
    assert re.search(r'<optgroup label="Carried by this paper">\s*<option value="gated"', form)
    asked = {"source": "note:1", "quote": QUOTE, "go": "1"}
    missing = client.get("/evidence/new", params=asked)
    assert missing.status_code == 422
    assert "Choose a technique." in missing.text
    assert QUOTE in missing.text
    cell = client.get("/evidence/new", params=asked | {"technique": "gated", "issue": "dk-t4"})
    assert cell.url.path == CELL
    assert 'value="note:1"' in cell.text
    assert f">\n{QUOTE}</textarea>" in cell.text


def test_a_passage_is_added_to_a_claim_that_is_there(
    client: TestClient, db: Database, table: str
) -> None:
    number = claim(db, "gated", "dk-t4", stance="fails")
    cell = client.get(CELL, params={"source": "note:1", "quote": QUOTE}).text
    link = re.search(rf'href="([^"]*edit={number}[^"]*)">Quote it for this claim', cell)
    assert link
    form = client.get(unescape(link[1])).text
    assert f'action="{CELL}/claims/{number}"' in form
    assert f">\n{QUOTE}</textarea>" in form


def test_without_a_comparison_evidence_has_no_place(client: TestClient) -> None:
    assert "make a comparison first" in client.get("/evidence/new").text


def test_nothing_is_stored_of_a_refused_claim(client: TestClient, db: Database, table: str) -> None:
    client.post(f"{CELL}/claims", data={**CLAIM, "evidence_quote": NEAR})
    assert "0 of 9 cells examined" in client.get(TABLE).text
    with db.read() as session:
        assert not session.exec(select(Evidence)).all()
