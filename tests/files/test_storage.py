"""Files of papers, stored once by content."""

import io
from hashlib import sha256
from pathlib import Path

import pytest

from app.database import Database
from app.errors import Invalid
from app.files import service, storage
from app.library.duplicates.merging import merge_papers, unmerge
from app.library.service import get_papers
from app.models import Paper, TextState

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def _paper(db: Database, citekey: str, arxiv_id: str | None = None) -> Paper:
    with db.write() as session:
        paper = Paper(citekey=citekey, title=citekey, arxiv_id=arxiv_id)
        session.add(paper)
        session.flush()
    return paper


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "files").rglob("*") if path.is_file())


def test_two_papers_hold_one_file_that_is_stored_once(db: Database, tmp_path: Path) -> None:
    papers = _paper(db, "one2020", "2208.10442"), _paper(db, "two2020")
    for paper in papers:
        with storage.receive_file(tmp_path, io.BytesIO(PDF)) as received, db.write() as session:
            added = service.add_file(session, tmp_path, paper, received, name="2208.10442v2.pdf")
            assert added.is_new
            assert added.file.stored.text_state == TextState.WAITING
    digest = sha256(PDF).hexdigest()
    assert _files(tmp_path) == [tmp_path / "files" / digest[:2] / digest]
    assert storage.is_whole(tmp_path, digest)
    with db.read() as session:
        held = service.files_of_papers(session, [each.id for each in papers])
        assert {key: [f.sha256 for f in files] for key, files in held.items()} == {
            each.id: [digest] for each in papers
        }
        # The name is the first one's arXiv id, and says nothing of the other's.
        assert [held[each.id][0].held.arxiv_version for each in papers] == [2, None]


def test_a_file_put_in_again_is_the_one_that_is_there_and_mends_it(
    db: Database, tmp_path: Path
) -> None:
    paper = _paper(db, "one2020")
    for is_new in (True, False):
        with storage.receive_file(tmp_path, io.BytesIO(PDF)) as received, db.write() as session:
            added = service.add_file(session, tmp_path, paper, received, name="a.pdf")
        assert added.is_new is is_new
        storage.file_path(tmp_path, received.sha256).write_bytes(b"damaged")
    assert not storage.is_whole(tmp_path, received.sha256)
    with storage.receive_file(tmp_path, io.BytesIO(PDF)) as received, db.write() as session:
        service.add_file(session, tmp_path, paper, received, name="b.pdf")
    assert storage.is_whole(tmp_path, received.sha256)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"PK\x03\x04\x14 a.pdf%PDF-1.4", "ZIP"),
        (b"\n<!DOCTYPE html><html>", "web page"),
        (b"<html><title>%PDF-1.4</title>", "web page"),
        (b"\x00" * 1024 + b"%PDF-1.4", "no PDF"),
        (b"text", "no PDF"),
    ],
)
def test_what_is_no_pdf_is_refused_by_its_bytes(tmp_path: Path, data: bytes, why: str) -> None:
    with (
        pytest.raises(Invalid, match=why),
        storage.receive_file(tmp_path, io.BytesIO(data)),
    ):
        pass
    assert _files(tmp_path) == []


def test_what_is_too_large_is_refused_as_soon_as_that_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "SIZE_LIMIT", 2 * 1024 * 1024)
    taken = []

    def pieces() -> object:
        for number in range(100):
            taken.append(number)
            yield PDF.ljust(1024 * 1024, b" ")

    with pytest.raises(Invalid, match="2 MB"), storage.receive_file(tmp_path, pieces()):  # type: ignore[arg-type]
        pass
    assert len(taken) == 3
    assert _files(tmp_path) == []


def test_what_a_transaction_did_not_take_is_gone(db: Database, tmp_path: Path) -> None:
    with storage.receive_file(tmp_path, io.BytesIO(PDF)) as received:
        assert received.part.read_bytes() == PDF
        with db.write() as session:  # it is being received, and no stray
            assert storage.find_stray_files(session, tmp_path) == []
    assert _files(tmp_path) == []


def test_papers_that_become_one_share_their_files_and_part_with_their_own(
    db: Database, tmp_path: Path
) -> None:
    keep, other = _paper(db, "one2020"), _paper(db, "two2020")
    second = PDF + b"% more"
    for paper, data, name in (
        (keep, PDF, "a.pdf"),
        (other, PDF, "b.pdf"),
        (other, second, "c.pdf"),
    ):
        with storage.receive_file(tmp_path, io.BytesIO(data)) as received, db.write() as session:
            service.add_file(session, tmp_path, paper, received, name=name)
    with db.write() as session:
        papers = get_papers(session, [keep.id, other.id])
        merge = merge_papers(session, papers[keep.id], papers[other.id])
        assert [f.held.name for f in service.files_of(session, keep.id)] == ["c.pdf", "a.pdf"]
        number = merge.id
    with db.write() as session:
        unmerge(session, number)
        assert [f.held.name for f in service.files_of(session, keep.id)] == ["a.pdf"]
        parted = service.files_of(session, other.id)
        assert sorted(f.held.name for f in parted) == ["b.pdf", "c.pdf"]
