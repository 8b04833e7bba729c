"""Papers' files in a folder that is kept in step, and in one that is written out and read back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import Session, select

from app.database import Database
from app.errors import Conflict
from app.files import service, storage
from app.library.rules import PaperInput
from app.library.service import create_paper
from app.models import Paper, PaperFile, RemovedFile, StoredFile, TextState
from app.settings import Settings
from app.vault import service as vault
from app.vault.sync.report import SyncReport
from tests.files.pdfs import make_pdf

Sync = Callable[..., SyncReport]
PDF = make_pdf("Gates")


def _add(session: Session, library: Path, key: str, name: str, data: bytes = PDF) -> Paper:
    paper = session.exec(select(Paper).where(Paper.citekey == key)).first()
    paper = paper or create_paper(session, PaperInput(title=f"On {key}", citekey=key))
    with storage.receive_file(library, [data]) as received:
        service.add_file(session, library, paper, received, name=name)
    return paper


def _names(db: Database) -> list[str]:
    with db.read() as session:
        return sorted(session.exec(select(PaperFile.name)))


@pytest.fixture
def gate(held: Database, settings: Settings) -> str:
    with held.write() as session:
        _add(session, settings.library, "gate2020", "门控 v1?.pdf")
    return "files/gate2020/门控 v1.pdf"


def test_a_file_stands_beside_its_paper_and_is_named_by_it(
    folder: Path, sync: Sync, gate: str
) -> None:
    sync()
    assert (folder / gate).read_bytes() == PDF
    assert f"[[{gate}]]" in (folder / "papers/gate2020.md").read_text()
    assert sync().lines == []


def test_a_pdf_put_into_the_folder_comes_in_and_one_taken_away_goes_to_the_trash(
    held: Database, folder: Path, sync: Sync, gate: str
) -> None:
    sync()
    (folder / "files/gate2020/new.pdf").write_bytes(make_pdf("Another"))
    (folder / "files/nobody").mkdir()
    (folder / "files/nobody/x.pdf").write_bytes(PDF)
    told = {(line.what, line.path) for line in sync().lines}
    assert told >= {("in", "files/gate2020/new.pdf"), ("left", "files/nobody/x.pdf")}
    assert _names(held) == ["new.pdf", "门控 v1?.pdf"]
    sync()
    assert sync().lines == []
    (folder / gate).unlink()
    assert ("trashed", gate) in {(line.what, line.path) for line in sync().lines}
    assert _names(held) == ["new.pdf"]
    with held.read() as session:
        assert session.exec(select(RemovedFile.name)).all() == ["门控 v1?.pdf"]
    assert not (folder / gate).exists()


def test_one_renamed_in_the_folder_is_renamed(
    held: Database, folder: Path, sync: Sync, gate: str
) -> None:
    sync()
    (folder / gate).rename(folder / "files/gate2020/final.pdf")
    sync()
    assert _names(held) == ["final.pdf"]
    with held.read() as session:
        assert session.exec(select(RemovedFile)).all() == []


def test_one_taken_from_its_paper_goes_from_the_folder(
    held: Database, folder: Path, sync: Sync, gate: str
) -> None:
    sync()
    with held.write() as session:
        paper = session.exec(select(Paper).where(Paper.citekey == "gate2020")).one()
        service.detach_file(session, paper, service.files_of(session, paper.id)[0].sha256)
    sync()
    assert not (folder / gate).exists()
    assert sync().lines == []


def test_most_of_them_missing_is_no_wish_to_delete(
    held: Database, settings: Settings, folder: Path, sync: Sync
) -> None:
    with held.write() as session:
        for number in range(7):
            pdf = make_pdf(str(number))
            _add(session, settings.library, "gate2020", f"{number}.pdf", pdf)
    sync()
    for number in range(7):
        (folder / f"files/gate2020/{number}.pdf").unlink()
    with pytest.raises(Conflict, match="7 of 7"):
        sync()
    assert len(_names(held)) == 7
    sync(force=True)
    assert _names(held) == []


def test_a_folder_that_was_written_out_brings_the_files_back(
    held: Database, settings: Settings, tmp_path: Path, gate: str
) -> None:
    from contextlib import closing

    from app.startup import open_library

    vault.export_folder(held, settings, tmp_path / "out")
    (tmp_path / "out/files/gate2020/more.pdf").write_bytes(make_pdf("More"))
    new = settings.model_copy(
        update={"library": tmp_path / "new", "database_url": "", "starter": False}
    )
    with closing(open_library(new)) as database:
        given, problems = vault.read_path(tmp_path / "out")
        with database.write() as session:
            report = vault.import_files(session, new.library, given, problems)
        assert report.counts["files"] == 2
        assert report.problems == []
        assert _names(database) == ["more.pdf", "门控 v1?.pdf"]
        with database.read() as session:
            rows = session.exec(select(StoredFile)).all()
        assert {row.text_state for row in rows} == {TextState.WAITING}
        assert all(storage.is_whole(new.library, row.sha256) for row in rows)
