"""Taking an import out again, the starter library's too."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.errors import Conflict, NotFound
from app.imports.rules import Undone
from app.imports.service import load_starter, undo_import
from tests.conftest import counted
from tests.databases import arranged
from tests.imports.looking import READING, bring_in, note_of, notes, papers, sizes


def take_out(db: Database, batch_id: int | None) -> Undone:
    assert batch_id
    with db.write() as session:
        return undo_import(session, batch_id)


def test_nothing_is_left_of_an_untouched_import(db: Database) -> None:
    before = sizes(db)
    done = take_out(db, bring_in(db).batch_id)
    assert sizes(db) == before
    assert done.kept.total() == 0
    assert done.removed["paper"] == done.removed["note"] - 2 + 1  # one has no text, two stand alone


def test_an_import_can_come_again_after_it_was_taken_out(db: Database) -> None:
    first = bring_in(db)
    after = sizes(db)
    take_out(db, first.batch_id)
    assert bring_in(db).changed
    assert sizes(db) == after


def test_what_was_edited_or_built_on_stays(client: TestClient, db: Database) -> None:
    report = bring_in(db)
    note = note_of(client, "RNN")
    client.patch(f"/api/v1/notes/{note['id']}", json={"body": "mine"})
    held = papers(client)
    lamp, gates = (
        held["LampNet"]["citekey"],
        held["Gated Bridges between Tables and Text"]["citekey"],
    )
    client.post(f"/api/v1/papers/{lamp}/verdicts", json={"verdict": "adopt", "reason": "mine"})
    client.post("/api/v1/notes", json={"title": "on gates", "body": "mine", "paper": gates})
    client.post("/api/v1/notes", json={"title": "links", "body": "see [[HILAMP]]"})
    done = take_out(db, report.batch_id)
    assert set(papers(client)) == {
        "RNN",  # its note was edited
        "LampNet",
        "Gated Bridges between Tables and Text",
        "HILAMP-lantern language pretraining with layered light",
    }
    assert {note["title"] for note in notes(client)} == {"RNN", "on gates", "links"}
    assert (done.kept["paper"], done.kept["note"]) == (4, 1)


def test_a_change_goes_back_to_what_was_before(client: TestClient, db: Database) -> None:
    bring_in(db)
    edited = READING.replace("一步一步地读。", "改过。")
    second = bring_in(db, edited)
    done = take_out(db, second.batch_id)
    assert done.removed["change"] == 1
    assert note_of(client, "RNN")["body"] == "> 一步一步地读。"
    assert not bring_in(db).changed
    assert bring_in(db, edited).count("changed") == 1


def test_taking_back_a_change_of_verdict_leaves_paper_and_note(
    client: TestClient, db: Database
) -> None:
    bring_in(db)
    again = READING.replace("$\\color{red}{No}$", "$\\color{green}{Yes}$")
    again = again.replace("(时间多再看)\n> November 2020", "(可以试试)\n> November 2020")
    second = bring_in(db, again)
    assert second.count("changed") == 2
    assert papers(client)["Dilute Contents of Crossing Models"]["verdict"] == "try"
    before = sizes(db)
    take_out(db, second.batch_id)
    held = papers(client)
    assert held["Sparse Lanterns: Reading Tables in the Dark"]["verdict"] == "no"
    assert held["Dilute Contents of Crossing Models"]["verdict"] == "later"
    assert note_of(client, "Sparse Lanterns: Reading Tables in the Dark")
    assert before["paper_verdict"] - sizes(db)["paper_verdict"] == 2
    assert not bring_in(db).changed


def test_a_verdict_given_to_a_held_paper_is_taken_back(client: TestClient, db: Database) -> None:
    key = client.post("/api/v1/papers", json={"title": "HILAMP"}).json()["citekey"]
    report = bring_in(db, "#### HILAMP\n或许参考性不大\n")
    assert client.get(f"/api/v1/papers/{key}").json()["verdict"] == "limited"
    take_out(db, report.batch_id)
    paper = client.get(f"/api/v1/papers/{key}").json()
    assert (paper["verdict"], paper["verdicts"]) == (None, [])


def test_only_once_and_only_what_there_is(db: Database) -> None:
    report = bring_in(db)
    take_out(db, report.batch_id)
    with pytest.raises(Conflict):
        take_out(db, report.batch_id)
    with pytest.raises(NotFound):
        take_out(db, 999)


# --- The starter library ------------------------------------------------------------------------


def load(db: Database, *, again: bool = False) -> int | None:
    with db.write() as session:
        batch = load_starter(session, again=again)
        return batch.id if batch else None


@arranged
def starter(db: Database) -> int:
    """The import by which the starter library came."""
    batch = load(db)
    assert batch
    return batch


def test_the_starter_library_comes_whole_and_goes_whole(client: TestClient, db: Database) -> None:
    empty = sizes(db)
    batch = load(db)
    full = sizes(db)
    assert full["paper"] > 40
    assert full["technique"] > 40
    assert full["claim"] > 40
    assert full["evidence"] >= full["claim"]
    assert client.get("/papers/kim2021vilt").status_code == 200
    assert client.get("/comparisons/vqa-text-to-sql").status_code == 200
    assert client.get("/api/v1/search", params={"q": "门控"}).json()["total"] > 0
    done = take_out(db, batch)
    assert sizes(db) == empty
    assert done.kept.total() == 0
    assert client.get("/api/v1/search", params={"q": "门控"}).json()["total"] == 0


def test_it_is_loaded_in_bulk(db: Database) -> None:
    """Far fewer statements than rows, to bring it in and to take it out."""
    before = sum(sizes(db).values())
    with counted(db) as statements:
        batch = load(db)
    rows = sum(sizes(db).values()) - before
    assert len(statements) < rows / 6
    with counted(db) as statements:
        take_out(db, batch)
    assert len(statements) < rows / 9


def test_it_goes_into_an_empty_library_only_and_once(db: Database) -> None:
    take_out(db, bring_in(db, "#### A lamp of mine\nx\n").batch_id)
    batch = load(db)
    assert batch
    assert load(db) is None
    take_out(db, batch)
    assert load(db) is None  # removed is removed
    assert load(db, again=True)


def test_what_the_reader_built_on_the_starter_library_stays(
    client: TestClient, db: Database, starter: int
) -> None:
    cell = "/api/v1/comparisons/vqa-text-to-sql/cells/gated-fusion/dk-t1/claims"
    client.post(cell, json={"stance": "fails", "rationale": "mine"}).raise_for_status()
    given = {"title": "mine", "body": "x", "paper": "kim2021vilt"}
    client.post("/api/v1/notes", json=given).raise_for_status()
    take_out(db, starter)
    assert set(papers(client)) == {
        "ViLT: Vision-and-Language Transformer Without Convolution or Region Supervision"
    }
    page = client.get("/comparisons/vqa-text-to-sql/gated-fusion/dk-t1")
    assert "mine" in page.text
    assert client.get("/techniques/gated-fusion").status_code == 200
    assert client.get("/issues/domain-knowledge").status_code == 200


def test_a_benchmark_that_the_reader_used_stays(
    client: TestClient, db: Database, starter: int
) -> None:
    mapping = "/api/v1/benchmarks/dr-spider/mappings/idiom/Others"
    given = {"strength": "strong", "source": "own", "why_en": "mine"}
    client.put(mapping, json=given).raise_for_status()
    predictions = "".join(f"{index} {index % 2}\n" for index in range(535))
    result = bring_in(db, predictions, "mine.txt")
    done = take_out(db, starter)
    assert (done.kept["benchmark"], done.kept["benchmark_mapping"]) == (2, 1)
    assert [row["slug"] for row in client.get("/api/v1/issues").json()["items"]] == ["idiom"]
    assert papers(client)  # the benchmarks' own
    kept = client.get("/api/v1/benchmarks/spider-dk").json()
    assert (len(kept["categories"]), kept["mappings"]) == (5, [])
    assert [each["system"] for each in kept["results"]] == ["mine"]
    kept = client.get("/api/v1/benchmarks/dr-spider").json()
    assert [each["why_en"] for each in kept["mappings"]] == ["mine"]
    take_out(db, result.batch_id)
    assert client.post("/benchmarks/spider-dk/delete").status_code == 200
    assert client.get("/benchmarks/spider-dk").status_code == 404


def test_removing_it_leaves_the_readers_own_import(
    client: TestClient, db: Database, starter: int, shared_dir: Path
) -> None:
    text = (shared_dir / "seed/notes.md").read_text("utf-8")
    bring_in(db, text, "notes.md")
    take_out(db, starter)
    assert len(notes(client)) == 14
    assert not bring_in(db, text, "notes.md").changed
