"""PDFs as papers: a folder of them, those that references name, and taking them out again."""

import io
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from app.database import Database
from app.files.extraction import FileOpening, PageText
from app.imports import service
from app.imports.planning.read_pdfs import describe_pdf
from app.imports.rules import ImportReport
from app.library.rules import PaperInput
from app.library.service import create_paper
from app.models import Paper, PaperFile
from app.settings import Settings
from tests.files.pdfs import make_pdf

STAMPED = make_pdf("Gated Fusion for Questions\narXiv:2208.10442v2 [cs.CV] 31 Aug 2022\nWe gate.")
BY_DOI = make_pdf("Doors and their locks\nhttps://doi.org/10.1145/3462757.3466066\nWe lock.")
TITLED = make_pdf("Lamps that light\nrooms", title="Lamps that light rooms")
SCAN = make_pdf("")


def _paper(session: Session, title: str, **given: object) -> Paper:
    return create_paper(session, PaperInput.model_validate({"title": title, **given}))


def _held(db: Database) -> dict[str, list[str]]:
    with db.read() as session:
        found: dict[str, list[str]] = {}
        rows = select(Paper.title, PaperFile.name).join(PaperFile).order_by(PaperFile.name)
        for title, name in session.exec(rows):
            found.setdefault(title, []).append(name)
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"a/2208.pdf": STAMPED, "doors.pdf": BY_DOI, "lamp.pdf": TITLED, "scan0001.pdf": SCAN}
    for name, data in files.items():
        (tmp_path / "papers" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "papers" / name).write_bytes(data)
    return tmp_path / "papers"


def _import(db: Database, settings: Settings, path: Path, *, dry_run: bool = False) -> ImportReport:
    (report,) = service.import_path(db, path, library=settings.library, dry_run=dry_run)
    return report


def test_a_folder_of_pdfs_finds_its_papers(db: Database, settings: Settings, folder: Path) -> None:
    with db.write() as session:
        _paper(session, "Gated fusion", arxiv_id="2208.10442")
        _paper(session, "Doors and locks", doi="10.1145/3462757.3466066")
    planned = _import(db, settings, folder, dry_run=True)
    assert _held(db) == {}
    assert {(line.action, line.title) for line in planned.lines} >= {
        ("held", "Gated Fusion for Questions"),
        ("new", "Lamps that light rooms"),
        ("left out", "scan0001"),
    }
    done = _import(db, settings, folder)
    assert _held(db) == {
        "Gated fusion": ["2208.pdf"],
        "Doors and locks": ["doors.pdf"],
        "Lamps that light rooms": ["lamp.pdf"],
    }
    again = _import(db, settings, folder)
    assert not again.changed
    assert done.batch_id
    with db.write() as session:
        undone = service.undo_import(session, done.batch_id)
    assert undone.removed["file"] == 3
    assert _held(db) == {}
    with db.write() as session:
        service.bring_back(session, done.batch_id)
    assert len(_held(db)) == 3


def test_references_bring_the_pdfs_that_they_name(
    db: Database, settings: Settings, tmp_path: Path
) -> None:
    export = tmp_path / "export"
    for place in ("files/12/Full Text.pdf", "jabref.pdf"):
        (export / place).parent.mkdir(parents=True, exist_ok=True)
        (export / place).write_bytes(make_pdf(place))
    (export / "library.bib").write_text(
        "@article{gate, title={Gates}, author={Li, Ada}, year={2020},\n"
        " file={Full Text:files/12/Full Text.pdf:application/pdf}}\n"
        "@article{door, title={Doors of houses}, author={Vogel, Bo}, year={2021},\n"
        " file={:jabref.pdf:PDF}}\n"
        "@article{gone, title={Windows everywhere}, author={Vogel, Cy}, year={2021},\n"
        " file={:gone.pdf:PDF}}\n"
    )
    _import(db, settings, export / "library.bib")  # the file alone, of this computer
    expected = {"Gates": ["Full Text.pdf"], "Doors of houses": ["jabref.pdf"]}
    assert _held(db) == expected
    assert not _import(db, settings, export).changed
    assert _held(db) == expected


def test_a_zip_with_pdfs_is_previewed_and_taken_in_the_browser(
    client: TestClient, db: Database
) -> None:
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("a/2208.pdf", STAMPED)
        archive.writestr("lamp.pdf", TITLED)
    shown = client.post("/import", files={"file": ("papers.zip", packed.getvalue())})
    assert shown.status_code == 200
    assert "Lamps that light rooms" in shown.text
    assert "2208.10442" in shown.text
    client.post(str(shown.url), data={"row": ["1", "2"]})
    assert client.post(str(shown.url)).status_code == 200
    assert sorted(_held(db)) == ["Gated Fusion for Questions", "Lamps that light rooms"]


def test_one_pdf_dropped_on_a_list_becomes_a_paper(client: TestClient, db: Database) -> None:
    shown = client.post("/import", files={"file": ("2208.10442v2.pdf", STAMPED)})
    assert shown.status_code == 200
    client.post(str(shown.url))
    with db.read() as session:
        (paper,) = session.exec(select(Paper)).all()
    assert (paper.arxiv_id, paper.title) == ("2208.10442", "Gated Fusion for Questions")


def _opening(text: str, title: str = "", **metadata: str) -> FileOpening:
    return FileOpening(1, title, metadata, (PageText(1, text),))


@pytest.mark.parametrize(
    ("name", "opening", "arxiv_id", "doi", "title"),
    [
        ("x.pdf", _opening("arXiv:1409.0473v7 [cs.CL] 19 May 2016"), "1409.0473", None, None),
        # What a page cites is not what it is.
        ("x.pdf", _opening("see arXiv:1409.0473 and", "Doors of Houses"), None, None, "Doors"),
        ("2208.10442v2.pdf", None, "2208.10442", None, None),
        ("Wang 2022 - 2208.10442v2.pdf", None, "2208.10442", None, None),
        ("x.pdf", _opening("DOI: DOIunavailable", "Eyecite of laws"), None, None, "Eyecite"),
        ("x.pdf", _opening("doi.org/10.18653/v1/N18-3011"), None, "10.18653/v1/N18-3011", None),
        ("x.pdf", _opening("10.1/a 10.1145/1 and 10.1145/2", "A Title Here"), None, None, "A T"),
        ("x.pdf", _opening("words", "", Title="Binder1.pdf"), None, None, None),
        ("x.pdf", _opening("门控融合的研究", "门控融合的研究"), None, None, "门控"),
        ("x.pdf", _opening("https://doi.org/10.48550/arXiv.2208.10442"), "2208.10442", None, None),
    ],
)
def test_what_a_pdf_says_it_is(
    name: str, opening: FileOpening | None, arxiv_id: str | None, doi: str | None, title: str | None
) -> None:
    found = describe_pdf(name, opening)
    if (arxiv_id, doi, title) == (None, None, None):
        assert found is None
        return
    assert found
    assert (found.arxiv_id, found.doi) == (arxiv_id, doi)
    assert title is None or found.title.startswith(title)


def test_a_pdf_that_cannot_be_opened_is_told_and_left_to_the_reader(
    db: Database, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "cut.pdf").write_bytes(STAMPED[:200])
    (tmp_path / "p" / "lamp.pdf").write_bytes(TITLED)
    report = _import(db, settings, tmp_path / "p")
    assert _actions(report.lines, "problem") != []
    assert _held(db) == {"Lamps that light rooms": ["lamp.pdf"]}


def _actions(lines: Sequence[object], action: str) -> list[object]:
    return [line for line in lines if getattr(line, "action", "") == action]
