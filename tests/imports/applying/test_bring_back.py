"""What was taken out with an import comes back: all of it, also beside what was written since."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from app.database import Database
from app.imports.applying import removal, undo
from app.imports.service import bring_back, preview_undo, undo_import
from app.models import ImportBatch
from app.models.stored import STORED
from app.settings import Settings
from tests.conftest import counted
from tests.databases import Template
from tests.imports.looking import bring_in, note_of, notes, papers

# What is not content, or says when something happened.
_BESIDE = {"search_document", "search_term", "library_state", "import_removal", "import_batch"}
_TIMES = {"updated_at", "id"}


def rows_of(db: Database) -> dict[str, list[str]]:
    """Every row of every table, but for its times."""
    found: dict[str, list[str]] = {}
    with db.read() as session:
        for stored in STORED:
            if stored.name not in _BESIDE:
                held = [
                    row.model_dump(warnings=False) for row in session.exec(select(stored.model))
                ]
                without = [{k: str(v) for k, v in row.items() if k not in _TIMES} for row in held]
                found[stored.name] = sorted(map(repr, without))
    return found


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory, starter_library: Template) -> Settings:
    return starter_library.restored(tmp_path_factory.getbasetemp() / "library")


def imported(db: Database) -> int:
    """The number of the import by which the starter library came."""
    with db.read() as session:
        return session.exec(select(ImportBatch.id)).one()


def remove(db: Database, batch: int) -> Any:
    with db.write() as session:
        return undo_import(session, batch)


def restore(db: Database, batch: int) -> Any:
    with db.write() as session:
        return bring_back(session, batch)


def test_the_starter_library_comes_back_whole(client: TestClient, db: Database) -> None:
    batch = imported(db)
    before = rows_of(db)
    found = client.get("/api/v1/search", params={"q": "门控"}).json()["total"]
    remove(db, batch)
    assert client.get("/api/v1/search", params={"q": "门控"}).json()["total"] == 0
    done = restore(db, batch)
    assert done.left == {}
    after = rows_of(db)
    for table, rows in before.items():
        assert after[table] == rows, table
    assert client.get("/api/v1/search", params={"q": "门控"}).json()["total"] == found
    assert not remove(db, batch).kept.total(), "it goes whole again"
    assert restore(db, batch).left == {}
    assert rows_of(db) == before


def test_more_than_one_statement_can_name(
    client: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (removal, undo):
        monkeypatch.setattr(module, "NAMED", 2)
    batch = imported(db)
    before = rows_of(db)
    assert not remove(db, batch).kept.total()
    assert papers(client) == {}
    assert restore(db, batch).left == {}
    assert rows_of(db) == before


def test_what_was_written_since_stays_beside_it(client: TestClient, db: Database) -> None:
    batch = imported(db)
    before = {each["title"]: each["body"] for each in notes(client)}
    held = set(papers(client))
    claims = client.get("/api/v1/export", params={"format": "json"}).text
    remove(db, batch)
    mine = {"title": "Mine", "body": "See [[kim2021vilt]].", "tags": ["own"]}
    client.post("/api/v1/notes", json={k: mine[k] for k in ("title", "body")}).raise_for_status()
    given = {"title": "A paper of mine", "citekey": "kim2021vilt", "tags": ["own"]}
    client.post("/api/v1/papers", json=given).raise_for_status()
    technique = {"slug": "gated-fusion", "name_en": "Gates"}
    client.post("/api/v1/techniques", json=technique).raise_for_status()
    restore(db, batch)
    assert {each["title"]: each["body"] for each in notes(client)} == {
        **before,
        "Mine": mine["body"],
    }
    assert set(papers(client)) == held | {"A paper of mine"}
    assert client.get("/api/v1/papers/kim2021vilt").json()["title"] == "A paper of mine"
    assert client.get("/api/v1/techniques/gated-fusion").json()["name_en"] == "Gates"
    page = client.get("/comparisons/vqa-text-to-sql/gated-fusion/dk-t1")
    assert page.status_code == 200
    assert claims


def test_a_paper_with_the_same_number_takes_the_place(client: TestClient, db: Database) -> None:
    batch = imported(db)
    arxiv_id = client.get("/api/v1/papers/kim2021vilt").json()["arxiv_id"]
    evidence = client.get("/papers/kim2021vilt").text.count("/comparisons/vqa-text-to-sql/")
    count = len(papers(client))
    remove(db, batch)
    given = {"title": "ViLT, typed anew", "arxiv_id": arxiv_id, "citekey": "mine"}
    client.post("/api/v1/papers", json=given).raise_for_status()
    restore(db, batch)
    assert len(papers(client)) == count
    assert client.get("/papers/mine").text.count("/comparisons/vqa-text-to-sql/") == evidence


NOTES = "#### LampNet\n> 可以一试\n\nA gate, as in RNN.\n"


def test_an_import_that_changed_notes_comes_back(client: TestClient, db: Database) -> None:
    bring_in(db, NOTES + "#### Other\nx\n")
    later = bring_in(db, NOTES.replace("A gate", "A lamp") + "#### Other\nx\n")
    assert later.batch_id
    remove(db, later.batch_id)
    assert "A gate" in note_of(client, "LampNet")["body"]
    restore(db, later.batch_id)
    assert "A lamp" in note_of(client, "LampNet")["body"]
    remove(db, later.batch_id)
    note = note_of(client, "LampNet")
    client.patch(f"/api/v1/notes/{note['id']}", json={"body": "mine"}).raise_for_status()
    assert restore(db, later.batch_id).left == {"note": 1}
    assert note_of(client, "LampNet")["body"] == "mine"


def test_it_asks_with_the_numbers_and_says_how_to_go_back(client: TestClient, db: Database) -> None:
    batch = imported(db)
    client.post("/api/v1/notes", json={"title": "mine", "body": "x", "paper": "kim2021vilt"})
    home = client.get("/").text
    assert f'href="/import/batches/{batch}/undo"' in home
    assert f'href="/import/batches/{batch}/undo"' in client.get("/settings").text
    asked = client.get(f"/import/batches/{batch}/undo")
    with db.read() as session:
        done = preview_undo(session, batch)
    assert done.removed["paper"] > 40
    row = rf"Papers</th><td class=\"number\">{done.removed['paper']}</td>\s*<td class=\"number\">1<"
    assert re.search(row, asked.text)
    assert "Of your own hangs on it, and stays: Notes 1" in asked.text
    assert "kim2021vilt" in papers_keys(client), "asking takes nothing out"
    gone = client.post(f"/import/batches/{batch}/undo")
    assert str(gone.url).endswith(f"/import/batches/{batch}")
    assert f'action="/import/batches/{batch}/restore"' in gone.text
    assert f'action="/import/batches/{batch}/restore"' in client.get("/import").text
    back = client.post(f"/import/batches/{batch}/restore")
    assert "It is all back." in back.text
    assert len(papers(client)) > 40
    assert client.post(f"/import/batches/{batch}/restore").status_code == 409
    assert client.get("/import/batches/999/undo").status_code == 404


def papers_keys(client: TestClient) -> set[str]:
    return {each["citekey"] for each in papers(client).values()}


def test_asking_takes_a_constant_number_of_statements(db: Database) -> None:
    seen = []
    for count in (5, 50):
        entries = "".join(f"#### Lamp {count} {n}\nText {n}.\n" for n in range(count))
        report = bring_in(db, entries, f"{count}.md")
        assert report.batch_id
        with counted(db) as asking, db.read() as session:
            preview_undo(session, report.batch_id)
        remove(db, report.batch_id)
        with counted(db) as bringing:
            restore(db, report.batch_id)
        seen.append((len(asking), len(bringing)))
    assert seen[1][0] <= seen[0][0] + 2
    assert seen[1][1] <= seen[0][1] + 5
