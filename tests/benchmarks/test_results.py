"""Results come in by the command, the page and the API, and can be taken out again."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.errors import Invalid, NotFound
from app.imports.rules import ImportReport
from app.imports.service import ReadingOptions, import_file, import_path, undo_import
from app.models import Benchmark
from tests.benchmarks.conftest import EXAMPLES, PREDICTED
from tests.imports.looking import sizes

pytestmark = pytest.mark.usefixtures("mini")


def take(
    db: Database,
    text: str = PREDICTED,
    name: str = "RAT-SQL.txt",
    reading: ReadingOptions | None = None,
) -> ImportReport:
    with db.write() as session:
        return import_file(session, text.encode(), name, reading=reading)


def results(client: TestClient) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get("/api/v1/benchmarks/mini").json()["results"]
    return found


def test_a_file_of_predictions_is_recognised_and_broken_down(
    client: TestClient, db: Database
) -> None:
    report = take(db)
    assert report.batch_id
    assert str(report.summary()) == "RAT-SQL.txt: RAT-SQL on Mini, 3 of 6 right (50%)."
    (result,) = results(client)
    assert (result["system"], result["file_name"]) == ("RAT-SQL", "RAT-SQL.txt")
    assert result["whole"] == {"right": 3, "size": 6}
    assert result["uncategorised"] == {"right": 1, "size": 2}
    assert result["categories"] == {"A": {"right": 2, "size": 3}, "B": {"right": 1, "size": 2}}


def test_the_same_again_changes_nothing(client: TestClient, db: Database) -> None:
    take(db)
    before = sizes(db)
    again = take(db, PREDICTED.replace(" ", ","))
    assert (again.changed, again.batch_id, sizes(db)) == (False, None, before)
    assert take(db, reading=ReadingOptions(system="Another")).changed
    assert take(db, PREDICTED.replace("3 0", "3 1")).changed  # a second run of the first
    assert [each["system"] for each in results(client)] == ["RAT-SQL", "Another", "RAT-SQL"]


def test_it_can_be_taken_out_again(client: TestClient, db: Database) -> None:
    before = sizes(db)
    report = take(db)
    batch = client.get(f"/import/batches/{report.batch_id}").text
    assert "RAT-SQL" in batch
    assert "/benchmarks/mini" in batch
    with db.write() as session:
        done = undo_import(session, report.batch_id or 0)
    assert done.removed["benchmark_result"] == 1
    assert sizes(db) == before
    assert take(db).changed


def test_one_that_was_deleted_does_not_hinder_the_undo(client: TestClient, db: Database) -> None:
    report = take(db)
    (result,) = results(client)
    assert client.delete(f"/api/v1/benchmarks/mini/results/{result['id']}").status_code == 204
    with db.write() as session:
        assert undo_import(session, report.batch_id or 0).removed.total() == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PREDICTED + "5 1\n", "twice (with lines): 5 (6–7)"),
        (PREDICTED + "6 1\n", "Foreign indices (with lines): 6 (7)"),
        (PREDICTED.replace("4 0\n", ""), "Missing indices: 4"),
        (PREDICTED.replace("4 0", "4 perhaps"), "cannot be read: 5"),
    ],
)
def test_a_file_with_mistakes_stores_nothing_and_says_where(
    client: TestClient, db: Database, text: str, said: str
) -> None:
    before = sizes(db)
    with pytest.raises(Invalid) as refused:
        take(db, text)
    assert said in str(refused.value.errors["file"])
    page = client.post("/import", files={"file": ("run.tsv", text)})
    assert page.status_code == 422
    assert said in page.text
    answer = client.post("/api/v1/import", files={"file": ("run.tsv", text)})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert said in answer.json()["errors"]["file"]
    assert sizes(db) == before


def test_nothing_but_rubbish_is_refused_where_predictions_were_promised(db: Database) -> None:
    for reading in (
        ReadingOptions("predictions"),
        ReadingOptions(benchmark="mini"),
        ReadingOptions(system="X"),
    ):
        with pytest.raises(Invalid, match="cannot be read: 1"):
            take(db, "A note: nothing else.\n", reading=reading)


def test_which_benchmark_is_meant(db: Database) -> None:
    with pytest.raises(NotFound):
        take(db, reading=ReadingOptions(benchmark="nowhere"))
    with pytest.raises(Invalid, match="takes no results"):
        take(db, reading=ReadingOptions(benchmark="sizes"))
    with db.write() as session:
        session.add(Benchmark(slug="twin", name="Twin", examples=EXAMPLES[:5]))
    assert take(db).changed  # the only one with six examples
    with pytest.raises(Invalid, match="mini, twin"):
        take(db, "0 1\n1 1\n")
    assert take(
        db, PREDICTED.replace("5 0\n", ""), reading=ReadingOptions(benchmark="twin")
    ).changed


def test_the_command_tells_the_file_that_is_wrong(db: Database, tmp_path: Path) -> None:
    file = tmp_path / "run.csv"
    file.write_text(PREDICTED + "9 1\n", "utf-8")
    with pytest.raises(Invalid) as refused:
        import_path(db, file)
    assert list(refused.value.errors) == ["run.csv"]
    file.write_text(PREDICTED, "utf-8")
    (foreseen,) = import_path(db, file, dry_run=True)
    assert foreseen.text() == ["new\tresult\trun", "run.csv: run on Mini, 3 of 6 right (50%)."]
    (done,) = import_path(db, file, reading=ReadingOptions("predictions", "mini", "My parser"))
    assert done.text()[0] == "new\tresult\tMy parser"
    (again,) = import_path(db, file, reading=ReadingOptions(system="My parser"))
    assert again.text() == ["run.csv: nothing to change."]


def test_the_page_shows_it_before_it_stores_it(client: TestClient, db: Database) -> None:
    before = sizes(db)
    form = {"format": "predictions", "benchmark": "mini", "system": ""}
    sent = {"file": ("My run.txt", PREDICTED)}
    preview = client.post("/import", data=form, files=sent)
    assert preview.status_code == 200
    assert "A result on Mini" in preview.text
    assert 'value="My run"' in preview.text
    assert sizes(db) == before
    action = (re.search(r'action="(/import/[^"]+)"', preview.text) or [""])[1]
    action = action.replace("&amp;", "&")
    wrong = client.post(action, data={"system": "x" * 201})
    assert wrong.status_code == 422
    assert "x" * 201 in wrong.text
    assert sizes(db) == before
    stored = client.post(action, data={"system": "RAT-SQL"})
    assert stored.url.path == "/benchmarks/mini"
    assert "RAT-SQL on Mini, 3 of 6 right (50%)." in stored.text
    assert "is here already" not in client.get(action).text
    named = client.post("/import", data={**form, "system": "RAT-SQL"}, files=sent)
    assert "result is here already" in named.text


def test_a_preview_of_what_cannot_be_any_more(client: TestClient) -> None:
    sent = client.post("/import", data={"benchmark": "mini"}, files={"file": ("a.txt", PREDICTED)})
    gone = client.get(f"{sent.url.path}?benchmark=gone")
    assert gone.status_code == 404
    assert "There is no benchmark gone." in gone.text


def test_the_api_takes_it_too(client: TestClient) -> None:
    file = {"file": ("a.jsonl", '{"index": 0, "correct": true}')}
    wrong = client.post("/api/v1/import", files=file, data={"format": "docx"})
    assert wrong.status_code == 422
    assert "notes, " in wrong.json()["errors"]["format"]
    file = {"file": ("a.txt", PREDICTED)}
    asked = {"format": "predictions", "benchmark": "mini", "system": "API"}
    foreseen = client.post("/api/v1/import", files=file, data={**asked, "dry_run": "true"}).json()
    assert (foreseen["changed"], foreseen["batch"], results(client)) == (True, None, [])
    done = client.post("/api/v1/import", files=file, data=asked).json()
    assert done["items"] == [
        {
            "action": "new",
            "title": "API",
            "kind": "result",
            "url": "/benchmarks/mini",
            "verdict": "",
            "changes": [],
            "keeps": [],
        }
    ]
    assert [each["system"] for each in results(client)] == ["API"]
