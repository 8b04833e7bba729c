"""Marks by HTTP: made, changed, taken away and back, carried; and the place where one stopped."""

import io
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.exports.service import read_records
from app.files import service as files
from app.files import storage
from app.library import service as library
from app.settings import Settings
from app.vault.dump_load import dump_tables
from app.vault.files.readonly_views import list_views
from tests.conftest import counted
from tests.databases import arranged

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
WORDS = {"page": 3, "exact": "a gate computed from both sides", "prefix": "We use ", "suffix": "."}


@arranged
def held(client: TestClient, db: Database, settings: Settings) -> str:
    """A paper with a file; its SHA-256."""
    client.post("/api/v1/papers", json={"title": "Gates", "citekey": "gates"})
    with db.write() as session, storage.receive_file(settings.library, io.BytesIO(PDF)) as got:
        paper = library.get_paper(session, "gates")
        files.add_file(session, settings.library, paper, got, name="gates.pdf")
        return got.sha256


def mark(client: TestClient, **given: object) -> dict[str, object]:
    answer = client.post("/api/v1/papers/gates/marks", json={**WORDS, **given})
    assert answer.status_code == 201, answer.text
    made: dict[str, object] = answer.json()
    assert answer.headers["Location"] == f"/api/v1/marks/{made['id']}"
    return made


def test_a_mark_is_made_changed_taken_away_and_back(client: TestClient, held: str) -> None:
    made = mark(client, file=held, colour="method", comment="So **that** is how.")
    url = f"/api/v1/marks/{made['id']}"
    read = client.get(url)
    assert read.json() == made
    assert made["exact"] == WORDS["exact"]
    assert made["colour"] == "method"

    changed = client.patch(
        url, json={"colour": "doubt"}, headers={"If-Match": read.headers["ETag"]}
    )
    assert changed.json()["colour"] == "doubt"
    assert changed.json()["comment"] == "So **that** is how."
    stale = client.patch(url, json={"comment": ""}, headers={"If-Match": read.headers["ETag"]})
    assert stale.status_code == 412

    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
    back = client.post(f"{url}/restore")
    assert back.status_code == 201
    assert back.json() == changed.json()
    assert client.post(f"{url}/restore").status_code == 404  # it is there
    listed = client.get("/api/v1/papers/gates/marks").json()
    assert [each["id"] for each in listed["items"]] == [made["id"]]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"exact": "  "}, "exact"),
        ({"exact": "x" * 20_001}, "exact"),
        ({"colour": "mauve"}, "colour"),
        ({"page": 0}, "page"),
        ({"file": "f" * 64}, ""),
        ({"file": "../../etc/passwd"}, "file"),
    ],
)
def test_what_cannot_be_marked_is_refused_by_field(
    client: TestClient, held: str, given: dict[str, object], field: str
) -> None:
    answer = client.post("/api/v1/papers/gates/marks", json={**WORDS, **given})
    assert answer.status_code == (422 if field else 404)
    assert not field or field in answer.json()["errors"]
    assert client.get("/api/v1/papers/gates/marks").json()["total"] == 0


def test_marks_stand_on_the_paper_s_page_are_found_and_exported(
    client: TestClient, db: Database, held: str
) -> None:
    made = mark(client, file=held, comment="Unlike *xylophones*.")
    page = client.get("/papers/gates")
    assert str(WORDS["exact"]) in page.text
    assert f'href="/papers/gates/read?page=3&amp;file={held}#mark-{made["id"]}"' in page.text
    assert "<em>xylophones</em>" in page.text
    for words in ("xylophones", "computed sides"):
        assert client.get("/api/v1/papers", params={"q": words}).json()["total"] == 1
    exported = client.get("/export", params={"format": "bibtex", "notes": "1"}).text
    assert "a gate computed from both sides (p. 3, claim)" in exported
    with counted(db) as few:
        client.get("/papers/gates/marks")
    for number in range(10):
        mark(client, exact=f"words {number}", comment="A comment.")
    client.get("/papers/gates/marks")  # what is kept of the library's state is read anew
    with counted(db) as many:
        client.get("/papers/gates/marks")
    assert len(many) == len(few)


def test_a_form_changes_a_mark_and_a_stale_one_comes_back_filled(
    client: TestClient, held: str
) -> None:
    url = f"/marks/{mark(client)['id']}"
    saved = client.post(url, data={"comment": "First.", "colour": "doubt", "version": "1"})
    assert saved.status_code == 200
    assert "First." in saved.text
    stale = client.post(url, data={"comment": "Second.", "colour": "doubt", "version": "1"})
    assert stale.status_code == 412
    assert "Second." in stale.text
    assert "First." in stale.text
    gone = client.post(f"{url}/delete")
    assert f'action="{url}/restore"' in gone.text
    assert "First." in client.post(f"{url}/restore").text


def test_the_page_where_one_stopped_is_opened_again_and_the_first_turn_begins_it(
    client: TestClient, held: str
) -> None:
    place = "/api/v1/papers/gates/place"
    assert client.get(place).json()["page"] == 1
    first = client.put(place, json={"file": held, "page": 1}).json()
    assert (first["began"], first["reading"]) == (False, "unread")
    turned = client.put(place, json={"file": held, "page": 4}).json()
    assert (turned["began"], turned["reading"]) == (True, "reading")
    assert 'data-page="4"' in client.get("/papers/gates/read").text
    assert 'data-page="2"' in client.get("/papers/gates/read?page=2").text

    # Taken back, it stays so.
    client.post("/papers/gates/reading", data={"reading": "unread"})
    again = client.put(place, json={"file": held, "page": 5}).json()
    assert (again["began"], again["reading"]) == (False, "unread")
    assert client.put(place, json={"file": "0" * 64, "page": 2}).status_code == 404


def test_reading_is_a_state_apart_from_the_verdict(client: TestClient) -> None:
    for key in ("one", "two", "three"):
        client.post("/api/v1/papers", json={"title": key, "citekey": key})
    assert client.get("/api/v1/papers/one").json()["reading"] == "unread"
    etag = client.get("/api/v1/papers/one").headers["ETag"]
    read = client.patch("/api/v1/papers/one", json={"reading": "read"}, headers={"If-Match": etag})
    assert read.json()["reading"] == "read"
    assert read.json()["verdict"] is None
    assert client.patch("/api/v1/papers/one", json={"reading": "half"}).status_code == 422
    # Who writes about a paper has begun it.
    client.post("/api/v1/notes", json={"paper": "two", "body": "Hm."})

    def keys(**asked: str) -> list[str]:
        items = client.get("/api/v1/papers", params=asked).json()["items"]
        return sorted(each["citekey"] for each in items)

    assert keys(reading="read") == ["one"]
    assert keys(reading="reading") == ["two"]
    assert keys(q="reading:unread") == ["three"]
    assert keys(q="阅读:已读") == ["one"]
    assert keys(q="-reading:read") == ["three", "two"]
    assert keys(verdict="unread") == ["one", "three", "two"]
    page = client.get("/papers", params={"reading": "read"}).text
    assert 'id="by-reading-read"' in page
    assert client.post("/papers/one/reading", data={"reading": "half"}).status_code == 422


def test_a_paper_without_a_file_says_so_and_offers_to_add_one(client: TestClient) -> None:
    client.post("/api/v1/papers", json={"title": "Gates", "citekey": "gates"})
    page = client.get("/papers/gates/read").text
    assert "No file of this paper yet" in page
    assert 'action="/papers/gates/files"' in page
    assert "pdf.min.mjs" not in page
    assert client.get("/papers/nobody/read").status_code == 404


def test_marks_go_with_the_folder_and_come_back(
    client: TestClient, held: str, settings: Settings, tmp_path: Path
) -> None:
    mark(client, file=held, comment="Kept.")
    client.patch("/api/v1/papers/gates", json={"reading": "read"})
    from app.startup import open_library
    from app.vault import service as vault

    database = open_library(settings)
    written = dict(vault.library_files(database, settings.library))
    database.close()
    assert "a gate computed from both sides" in written["Marks.md"].decode()
    other = settings.model_copy(update={"library": tmp_path / "other", "database_url": ""})
    again = open_library(other)
    with again.write() as session:
        from app.vault import dump_load
        from app.vault.files.parsing import tables_of

        tables, problems = tables_of(written)
        assert not problems
        assert not dump_load.load_tables(session, tables)
        paper = library.get_paper(session, "gates")
        assert paper.reading == "read"
        from app.marks import service as marks

        (back,) = marks.list_marks(session, paper)
        assert (back.exact, back.comment, back.page) == (WORDS["exact"], "Kept.", 3)
    again.close()


def test_papers_that_become_one_keep_marks_place_and_how_far_they_are_read(
    client: TestClient, held: str
) -> None:
    made = mark(client, file=held)
    client.put("/api/v1/papers/gates/place", json={"file": held, "page": 7})
    client.post("/api/v1/papers", json={"title": "Gating", "citekey": "gating"})
    merged = client.post("/api/v1/papers/gating/merge", json={"other": "gates"})
    assert merged.status_code == 201, merged.text
    assert merged.json()["paper"]["reading"] == "reading"
    assert client.get("/api/v1/papers/gating/place").json()["page"] == 7
    (kept,) = client.get("/api/v1/papers/gating/marks").json()["items"]
    assert kept["id"] == made["id"]


def test_colours_are_called_what_the_reader_calls_them(
    client: TestClient, db: Database, held: str, settings: Settings
) -> None:
    mark(client, file=held, colour="doubt")
    names = {
        "mark-doubt-en": " Ask the authors ",
        "mark-doubt-zh": "待问作者",
        "mark-claim-zh": "论点",
    }
    saved = client.post("/settings/mark-colours", data=names)
    assert 'value="Ask the authors"' in saved.text
    assert client.get("/api/v1/mark-colours").json()["items"][3] == {
        "colour": "doubt",
        "name_en": "Ask the authors",
        "name_zh": "待问作者",
    }
    for url in ("/papers/gates", "/papers/gates/marks", "/papers/gates/read"):
        assert "Ask the authors" in client.get(url).text, url
        page = client.get(url, headers={"Accept-Language": "zh"}).text
        assert "待问作者" in page, url
        assert "论点" in page, url
        assert "方法" in page, url  # as shipped
    for query in ("mark:doubt", 'mark:"ask the authors"', "标注:待问作者"):
        assert client.get("/api/v1/papers", params={"q": query}).json()["total"] == 1, query
    assert client.get("/api/v1/papers", params={"q": "mark:claim"}).json()["total"] == 0
    assert client.get("/api/v1/papers", params={"mark": "doubt"}).json()["total"] == 1
    with db.read() as session:
        paper = library.get_paper(session, "gates")
        written = read_records(session, [paper.id], with_notes=True)[0].notes
        assert f"> {WORDS['exact']} (p. 3, Ask the authors)" in written
        folder = dict(list_views(dump_tables(session)))
    assert "> — Ask the authors" in folder["Marks.md"]

    client.post("/settings/mark-colours", data={**names, "mark-doubt-en": ""})
    assert (
        "待问作者" in client.get("/papers/gates").text
    )  # the other language's, before the shipped
    client.post("/settings/mark-colours", data={})
    assert "doubt</span>" in client.get("/papers/gates").text


def test_two_colours_cannot_be_called_the_same(client: TestClient) -> None:
    client.post("/settings/mark-colours", data={"mark-claim-en": "Mine"})
    refused = client.post("/settings/mark-colours", data={"mark-claim-en": "DOUBT"})
    assert refused.status_code == 422
    assert 'value="DOUBT"' in refused.text
    assert "Another colour is called so." in refused.text
    long = client.post("/settings/mark-colours", data={"mark-method-zh": "长" * 61})
    assert long.status_code == 422
    assert client.get("/api/v1/mark-colours").json()["items"][0]["name_en"] == "Mine"
