"""Files of references, folders and zips: every reader's records come in by the one door."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, col, select

from app.database import Database
from app.imports.rules import ImportReport, Undone, compare_paper, taken_back
from app.imports.service import ReadingOptions, import_file, import_path, undo_import
from app.models import ImportBatch
from app.settings import Settings
from tests.conftest import counted
from tests.imports.looking import actions, notes, papers, sizes
from tests.imports.test_import_pages import hand_in, shown

LAMP = """@article{lamp2020,
  title = {Lamps That Read Tables},
  author = {Vogel, Ada and Li, Wei},
  year = {2020},
  journal = {Journal of Lamps},
  doi = {10.1234/lamp.1},
  volume = {3},
  keywords = {light, tables},
  annote = {A note of mine.}
}
"""
RIVER = """@inproceedings{Rivers:2021,
  title = {Rivers of Attention},
  author = {Castell, Bo},
  year = {2021},
  eprint = {2101.00007},
  archiveprefix = {arXiv}
}
"""
BROKEN = "@article{cut, title = {Cut {off, author = {Nobody}\n"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)


def bring(db: Database, text: str, name: str = "refs.bib", **options: Any) -> ImportReport:
    with db.write() as session:
        return import_file(session, text.encode(), name, **options)


def take_out(db: Database, report: ImportReport) -> Undone:
    assert report.batch_id
    with db.write() as session:
        return undo_import(session, report.batch_id)


def paper(client: TestClient, citekey: str) -> Any:
    answer = client.get(f"/api/v1/papers/{citekey}")
    assert answer.status_code == 200
    return answer.json()


def zipped(files: dict[str, bytes]) -> bytes:
    data = BytesIO()
    with ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


# --- New, and out again -------------------------------------------------------------------------


def test_references_become_papers_and_go_again(client: TestClient, db: Database) -> None:
    before = sizes(db)
    report = bring(db, LAMP + RIVER)
    lamp, river = paper(client, "lamp2020"), paper(client, "Rivers:2021")
    assert lamp["authors"] == ["Ada Vogel", "Wei Li"]
    assert (lamp["venue"], lamp["doi"], lamp["year"]) == (
        "Journal of Lamps",
        "10.1234/lamp.1",
        2020,
    )
    assert lamp["details"]["volume"] == "3"
    assert lamp["tags"] == ["light", "tables"]
    assert river["arxiv_id"] == "2101.00007"
    assert [(note["body"].strip(), note["paper"]) for note in notes(client)] == [
        ("A note of mine.", "lamp2020")
    ]
    assert client.get("/api/v1/papers?q=lamps").json()["total"] == 1
    take_out(db, report)
    assert sizes(db) == before


def test_the_same_file_again_changes_nothing(db: Database) -> None:
    bring(db, LAMP + RIVER)
    before = sizes(db)
    assert not bring(db, LAMP + RIVER).changed
    assert not bring(db, RIVER + LAMP, "other.bib").changed
    assert sizes(db) == before


def test_twins_in_a_file_are_one_paper(client: TestClient, db: Database) -> None:
    more = "@misc{again, title={Lamps That Read}, doi={10.1234/LAMP.1}, publisher={Lamp House}}\n"
    report = bring(db, LAMP + more)
    assert actions(report)["twin"] == ["Lamps That Read"]
    assert list(papers(client)) == ["Lamps That Read Tables"]
    assert paper(client, "lamp2020")["details"]["publisher"] == "Lamp House"
    assert paper(client, "again")["citekey"] == "lamp2020"  # both keys find it


def test_one_key_for_two_papers_makes_two(client: TestClient, db: Database) -> None:
    bring(db, LAMP + RIVER.replace("Rivers:2021", "lamp2020"))
    assert set(papers(client)) == {"Lamps That Read Tables", "Rivers of Attention"}


def test_a_value_that_no_paper_can_have_costs_only_itself(client: TestClient, db: Database) -> None:
    report = bring(db, LAMP.replace("{2020}", "{2020}, url = {gopher lamp}"))
    assert report.count("new") == 1
    assert paper(client, "lamp2020")["url"] == ""


# --- What is here already -----------------------------------------------------------------------


def test_a_sure_match_is_filled_and_never_written_over(client: TestClient, db: Database) -> None:
    mine = {
        "title": "Lamps that read tables",
        "doi": "10.1234/lamp.1",
        "venue": "Mine",
        "tags": ["own"],
    }
    key = client.post("/api/v1/papers", json=mine).json()["citekey"]
    before = paper(client, key)
    report = bring(db, LAMP)
    held = paper(client, key)
    assert actions(report)["held"] == ["Lamps That Read Tables"]
    assert (held["title"], held["venue"]) == ("Lamps that read tables", "Mine")
    assert held["authors"] == ["Ada Vogel", "Wei Li"]
    assert held["details"] == {**held["details"], "volume": "3"}
    assert held["tags"] == ["light", "own", "tables"]
    assert paper(client, "lamp2020")["citekey"] == key
    done = take_out(db, report)
    after = paper(client, key)
    assert done.removed["change"] == 1
    for name in ("title", "authors", "venue", "year", "details", "tags"):
        assert after[name] == before[name]
    assert client.get("/api/v1/papers/lamp2020").status_code == 404


def test_what_was_filled_and_edited_since_stays(client: TestClient, db: Database) -> None:
    mine = {"title": "Lamps that read tables", "doi": "10.1234/lamp.1"}
    key = client.post("/api/v1/papers", json=mine).json()["citekey"]
    report = bring(db, LAMP)
    client.patch(f"/api/v1/papers/{key}", json={"year": 2019})
    take_out(db, report)
    assert paper(client, key)["year"] == 2019
    assert paper(client, key)["authors"] == []


def test_undoing_a_later_import_leaves_the_earlier_one_to_be_undone(db: Database) -> None:
    before = sizes(db)
    first = bring(db, LAMP)
    later = bring(db, LAMP.replace("{3}", "{3}, pages = {1--9}"), "x.bib")
    assert later.count("held") == 1
    take_out(db, later)
    assert take_out(db, first).kept.total() == 0
    assert sizes(db) == before


UNSURE = "@misc{maybe, title={Lamps That Read Tables}, year={1999}, author={Other, One}}\n"


def test_an_unsure_match_is_left_out_unless_the_reader_says(
    client: TestClient, db: Database
) -> None:
    client.post("/api/v1/papers", json={"title": "Lamps That Read Tables"})
    report = bring(db, UNSURE)
    assert actions(report) == {"unsure": ["Lamps That Read Tables"]}
    assert not report.changed
    page = hand_in(client, UNSURE.encode(), "refs.bib")
    assert "Is it one of these?" in page.text
    found = re.search(r'name="same-1" value="(\d+)"', page.text)
    assert found
    form = shown(page.text)
    client.post(str(page.url), data=form | {"same-1": found[1]})
    assert len(client.get("/api/v1/papers").json()["items"]) == 1
    assert paper(client, "maybe")["authors"] == ["One Other"]


def test_the_reader_says_that_it_is_another_paper(client: TestClient, db: Database) -> None:
    client.post("/api/v1/papers", json={"title": "Lamps That Read Tables"})
    page = hand_in(client, UNSURE.encode(), "refs.bib")
    client.post(str(page.url), data=shown(page.text) | {"same-1": "new"})
    assert client.get("/api/v1/papers").json()["total"] == 2


def test_what_is_in_the_trash_stays_there(client: TestClient, db: Database) -> None:
    bring(db, LAMP)
    client.delete("/api/v1/papers/lamp2020")
    assert actions(bring(db, LAMP))["removed"] == ["Lamps That Read Tables"]
    assert actions(bring(db, LAMP.replace("{3}", "{4}"), "b.bib"))["removed"]
    assert papers(client) == {}


@pytest.mark.parametrize("by", [[("abstract", "New.")], []])
def test_what_an_import_brought_out_of_the_trash_goes_back_with_it(
    client: TestClient, db: Database, by: list[tuple[str, str]]
) -> None:
    """And comes again; what the reader has worked on since stays."""
    bring(db, LAMP)
    client.delete("/api/v1/papers/lamp2020")
    edition = LAMP.replace("light, tables", "light, rows")
    page = hand_in(client, edition.encode(), "b.bib")
    client.post(str(page.url), data=shown(page.text) | {"take-1": "on"})
    assert list(papers(client)) == ["Lamps That Read Tables"]
    for name, value in by:
        client.patch("/api/v1/papers/lamp2020", json={name: value})
    with db.read() as session:
        number = session.exec(select(ImportBatch.id).order_by(col(ImportBatch.id).desc())).first()
    assert number
    assert client.post(f"/import/batches/{number}/undo").status_code == 200
    assert list(papers(client)) == (["Lamps That Read Tables"] if by else [])
    assert ("Lamps That Read Tables" in client.get("/trash").text) is not bool(by)
    assert client.post(f"/import/batches/{number}/restore").status_code == 200
    assert list(papers(client)) == ["Lamps That Read Tables"]


# --- The file goes on ---------------------------------------------------------------------------


def test_what_changed_in_the_file_changes_here(client: TestClient, db: Database) -> None:
    bring(db, LAMP)
    edited = LAMP.replace("Journal of Lamps", "Lamps Quarterly").replace("of mine", "of mine, more")
    report = bring(db, edited.replace("light, tables", "light, rows"))
    assert report.count("changed") == 1
    lamp = paper(client, "lamp2020")
    assert (lamp["venue"], lamp["tags"]) == ("Lamps Quarterly", ["light", "rows"])
    assert [note["body"].strip() for note in notes(client)] == ["A note of mine, more."]
    take_out(db, report)
    lamp = paper(client, "lamp2020")
    assert (lamp["venue"], lamp["tags"]) == ("Journal of Lamps", ["light", "tables"])
    assert [note["body"].strip() for note in notes(client)] == ["A note of mine."]


def test_what_changed_on_both_sides_stays_unless_the_reader_says(
    client: TestClient, db: Database
) -> None:
    bring(db, LAMP)
    client.patch("/api/v1/papers/lamp2020", json={"venue": "Mine", "abstract": "own words"})
    note = notes(client)[0]["id"]
    client.patch(f"/api/v1/notes/{note}", json={"body": "edited here"})
    edited = LAMP.replace("Journal of Lamps", "Lamps Quarterly").replace("of mine", "of theirs")
    assert bring(db, edited).count("conflict") == 1
    assert paper(client, "lamp2020")["venue"] == "Mine"
    assert notes(client)[0]["body"] == "edited here"
    bring(db, edited, overwrite=True)
    lamp = paper(client, "lamp2020")
    assert (lamp["venue"], lamp["abstract"]) == ("Lamps Quarterly", "own words")
    assert notes(client)[0]["body"].strip() == "A note of theirs."


# --- What could not be read ---------------------------------------------------------------------


def test_what_could_not_be_read_is_kept_as_a_note(client: TestClient, db: Database) -> None:
    before = sizes(db)
    report = bring(db, LAMP + BROKEN)
    assert len(actions(report)["problem"]) == 1
    (kept,) = [note for note in notes(client) if note["title"] == "refs.bib: entries to mend"]
    assert BROKEN.strip() in kept["body"]
    assert "Line 11" in kept["body"]
    assert not bring(db, LAMP + BROKEN).changed
    take_out(db, report)
    assert sizes(db) == before


def test_a_mended_entry_is_read_again(client: TestClient, db: Database) -> None:
    page = hand_in(client, (LAMP + BROKEN).encode(), "refs.bib")
    assert "Could not be read" in page.text
    fixed = "@article{cut, title = {Cut off}, author = {Nobody}}"
    again = client.post(
        str(page.url), data=shown(page.text) | {"mend-0": fixed, "do": "read", "take-1": []}
    )
    assert "Could not be read" not in again.text
    assert "Cut off" in again.text
    client.post(str(again.url), data=shown(again.text))
    assert set(papers(client)) == {"Cut off"}  # the lamp was left out, and stayed so
    assert notes(client) == []


# --- Many -----------------------------------------------------------------------------------------


def many(count: int) -> str:
    return "".join(
        f"@misc{{k{n}, title={{Lamp {n}}}, author={{Vogel, Ada and Nr{n}, Li}}, year={{2020}},"
        f" keywords={{t{n % 7}}}, note={{x}}}}\n"
        for n in range(count)
    )


def test_a_long_preview_has_pages_and_remembers(client: TestClient, db: Database) -> None:
    page = hand_in(client, many(250).encode(), "many.bib")
    assert page.text.count('class="entry ') == 100
    form = shown(page.text)
    form["title-3"] = "Lamp of another name"
    del form["take-1"]
    second = client.post(str(page.url), data=form | {"go": "2"})
    assert "page=2" in str(second.url)
    first = client.post(str(second.url), data=shown(second.text) | {"go": "1"})
    assert "Lamp of another name" in first.text
    done = client.post(str(first.url), data=shown(first.text))
    assert "249 new" in done.text
    assert client.get("/api/v1/papers").json()["total"] == 249
    assert client.get("/api/v1/papers/k0").status_code == 404
    assert paper(client, "k2")["title"] == "Lamp of another name"


def test_all_or_none_are_ticked(client: TestClient, db: Database) -> None:
    page = hand_in(client, many(120).encode(), "many.bib")
    none = client.post(str(page.url), data=shown(page.text) | {"do": "none"})
    assert "0 are ticked" in none.text
    client.post(str(none.url), data=shown(none.text))
    assert papers(client) == {}


def test_a_plan_is_kept_until_the_library_changes(client: TestClient, db: Database) -> None:
    page = hand_in(client, many(250).encode(), "many.bib")
    with counted(db) as statements:
        second = client.post(str(page.url), data=shown(page.text) | {"go": "2"})
    assert "page=2" in str(second.url)
    assert len(statements) <= 5
    assert "250 new" in second.text
    bring(db, many(1).replace("k0", "mine"), "mine.bib")
    assert "249 new" in client.get(str(page.url)).text


def test_what_is_written_just_before_a_file_is_taken_counts(
    client: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = hand_in(client, LAMP.encode(), "refs.bib")
    writing = db.write

    @contextmanager
    def after_another() -> Iterator[Session]:
        monkeypatch.setattr(db, "write", writing)
        bring(db, LAMP, "others.bib")
        with writing() as session:
            yield session

    monkeypatch.setattr(db, "write", after_another)
    client.post(str(page.url), data=shown(page.text))
    assert list(papers(client)) == ["Lamps That Read Tables"]


def test_what_is_wrong_is_shown_first(client: TestClient, db: Database) -> None:
    page = hand_in(client, many(130).encode(), "many.bib")
    second = client.post(str(page.url), data=shown(page.text) | {"go": "2"})
    answer = client.post(str(second.url), data=shown(second.text) | {"title-120": " "})
    assert answer.status_code == 422
    assert 'id="title-error-120"' in answer.text
    assert papers(client) == {}


def test_statements_do_not_grow_with_the_entries(db: Database) -> None:
    seen = []
    for count in (20, 200):
        with counted(db) as statements:
            report = bring(db, many(count).replace("k", f"k{count}x"), f"{count}.bib")
        imported = len(statements)
        with counted(db) as statements:
            take_out(db, report)
        seen.append((imported, len(statements)))
    assert seen[1][0] <= seen[0][0] + 5
    assert seen[1][1] <= seen[0][1] + 5


# --- Folders and zips -----------------------------------------------------------------------------

VAULT = {
    "papers/lamp.md": b"---\ntitle: Lamps in a vault\nauthors: [Ada Vogel]\nyear: 2020\n"
    b"---\n\nSee ![the gate](../pics/gate.png) and [it](lamp.pdf).\n",
    "papers/lamp.pdf": b"%PDF-1.4",
    "pics/gate.png": PNG,
    "refs.bib": LAMP.encode(),
}


def test_a_zip_brings_notes_references_and_pictures(
    client: TestClient, db: Database, settings: Settings
) -> None:
    page = hand_in(client, zipped(VAULT), "vault.zip")
    assert "PDF <bdi>papers/lamp.pdf</bdi>" in page.text
    client.post(str(page.url), data=shown(page.text))
    assert {"Lamps in a vault", "Lamps That Read Tables"} <= set(papers(client))
    (note,) = [note for note in notes(client) if "the gate" in note["body"]]
    found = re.search(r"!\[the gate\]\(attachment:([0-9a-f]{64})\)", note["body"])
    assert found
    assert client.get(f"/attachments/{found[1]}").content == PNG
    assert "(lamp.pdf)" in note["body"]


def test_a_folder_from_the_browser_is_one_import(client: TestClient, db: Database) -> None:
    files = [("folder", (f"vault/{name}", data)) for name, data in VAULT.items()]
    page = client.post("/import", files=files)
    assert "name=vault" in str(page.url)
    assert "Lamps in a vault" in page.text
    done = client.post(str(page.url), data=shown(page.text))
    client.post(str(done.url) + "/undo")
    assert papers(client) == {}


def test_a_folder_by_the_command_is_one_import(
    client: TestClient, db: Database, settings: Settings, tmp_path: Path
) -> None:
    for name, data in VAULT.items():
        (tmp_path / "vault" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "vault" / name).write_bytes(data)
    (report,) = import_path(db, tmp_path / "vault", library=settings.library)
    assert report.name == "vault"
    assert "Lamps in a vault" in papers(client)
    (again,) = import_path(db, tmp_path / "vault", library=settings.library)
    assert not again.changed


def test_the_format_may_be_said(client: TestClient, db: Database) -> None:
    report = bring(db, "TY  - JOUR\nTI  - Lamps\nER  - \n", "x.txt", reading=ReadingOptions("ris"))
    assert report.count("new") == 1


@pytest.mark.parametrize(
    ("text", "format"),
    [
        (LAMP, "BibTeX"),
        ("TY  - JOUR\nTI  - Lamps\nER  - \n", "RIS"),
        ('[{"id": "x", "type": "book", "title": "Lamps"}]', "CSL-JSON"),
        ("2101.00007\n2101.00008v2\n", "arXiv ids"),
        ("---\ntitle: Lamps\n---\nx\n", "Markdown"),
        ("#### Lamps of mine\nx\n", "Notes"),
    ],
)
def test_what_is_pasted_is_known_by_itself(client: TestClient, text: str, format: str) -> None:
    page = client.post("/import", data={"text": text})
    assert page.status_code == 200
    assert f'<p class="sum">{format}' in page.text


# --- What differs, purely -------------------------------------------------------------------------


def test_three_ways_field_by_field() -> None:
    held: dict[str, object] = {
        "venue": "A",
        "year": 2020,
        "url": "",
        "abstract": "",
        "tags": ["own", "x"],
    }
    held |= {"details": {"volume": "1", "page": "mine"}}
    given: dict[str, object] = {
        "venue": "A",
        "year": 2019,
        "tags": ["x"],
        "details": {"volume": "1", "page": "2"},
    }
    fresh: dict[str, object] = {
        "venue": "B",
        "year": 2021,
        "url": "u",
        "abstract": "no",
        "tags": ["y"],
    }
    fresh |= {"details": {"volume": "2", "page": "3"}}
    found = compare_paper(held, fresh, given=given, readers=["abstract"])
    assert found.updates == {
        "venue": "B",
        "url": "u",
        "tags": ["own", "y"],
        "details": {"volume": "2", "page": "mine"},
    }
    assert found.clashes == {"year": 2021, "details": {"volume": "2", "page": "3"}}
    assert found.keeps == {"abstract": "no"}


def test_back_to_what_was_before() -> None:
    before: dict[str, object] = {
        "venue": "",
        "tags": ["own"],
        "details": {"volume": "1"},
        "year": None,
    }
    given: dict[str, object] = {
        "venue": "A",
        "tags": ["own", "x"],
        "details": {"volume": "1", "page": "2"},
    }
    given |= {"year": 2020}
    held: dict[str, object] = {"venue": "A", "tags": ["own", "x", "later"], "year": 1999}
    held |= {"details": {"volume": "1", "page": "2", "ISBN": "9"}}
    assert taken_back(held, given, before) == {
        "venue": "",
        "tags": ["own", "later"],
        "details": {"volume": "1", "ISBN": "9"},
    }
