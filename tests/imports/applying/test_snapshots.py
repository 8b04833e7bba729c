"""Snapshots of arXiv through the command: streamed, resumable, never twice."""

import json
from pathlib import Path

import pytest
from sqlmodel import select

from app.changes import follow_changes
from app.database import Database
from app.imports.applying import snapshots
from app.kit import prefetch
from app.library.rules import PaperInput
from app.library.service import create_paper, trash_paper
from app.models import Paper
from app.search import service as search
from tests.conftest import counted
from tests.processes import FORKED
from tests.search.index.test_indexing import assert_in_agreement
from tests.sources.arxiv.test_snapshot import PLAIN, PUBLISHED, file
from tests.test_cli import Run, could_not, held, run

__all__ = ["held", "run"]


def record(number: int, **more: object) -> dict[str, object]:
    given = {"arxiv_id": f"1801.{number:05}", "title": f"Zebra {number}", "authors": ["A. Author"]}
    return {**PLAIN, **given, **more}


def test_a_snapshot_becomes_papers_that_are_found(run: Run, held: Database, tmp_path: Path) -> None:
    path = file(tmp_path, PUBLISHED, PLAIN)
    assert run("import", str(path)) == (0, "2 added, 0 already held\n", "")
    assert run("import", str(path)) == (0, "0 added, 2 already held\n", "")
    with held.read() as session:
        one = session.exec(select(Paper).where(Paper.arxiv_id == "0704.0009")).one()
        assert (one.citekey, one.metadata_source) == (
            "kegl2007alpha",
            "arXiv:0704.0009v2",
        )
        assert {hit.key for hit in search.search_all(session, "Schrödinger").items} == {one.citekey}
        assert {hit.key for hit in search.search_all(session, "author:müller").items} == {
            one.citekey
        }
    assert_in_agreement(held)


def test_a_paper_that_is_here_under_its_doi_gets_its_arxiv_id(
    run: Run, held: Database, tmp_path: Path
) -> None:
    with held.write() as session:
        given = {"title": "Zebra 1", "venue": "Nature", "doi": "10.1000/z1", "year": 2017}
        create_paper(session, PaperInput.model_validate(given))
        trash_paper(create_paper(session, PaperInput(title="Zebra 2", doi="10.1000/z2")))
    numbered = (record(number, doi=f"10.1000/z{number}") for number in (1, 2, 3))
    path = file(tmp_path, *numbered)
    assert run("import", str(path), "--dry-run").out == "1 would be added, 2 already held\n"
    assert run("import", str(path)).out == "1 added, 2 already held\n"
    assert run("import", str(path)).out == "0 added, 3 already held\n"
    with held.read() as session:
        found = session.exec(select(Paper.title, Paper.arxiv_id, Paper.venue, Paper.year)).all()
    assert ("Zebra 1", "1801.00001", "Nature", 2017) in found
    assert ("Zebra 2", None, "", None) in found
    assert_in_agreement(held)


def test_an_import_that_ended_early_goes_on(
    run: Run, held: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "BATCH", 3)
    path = file(tmp_path, *map(record, range(1, 11)))
    progress = snapshots.import_snapshot(held_with_index(held), path)
    assert [next(progress).added, next(progress).added] == [3, 6]
    del progress
    assert run("import", str(path)).out == "4 added, 6 already held\n"
    assert_in_agreement(held)


def test_a_large_file_is_read_by_another_process_alike(
    run: Run, held: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_LARGE", 0)
    monkeypatch.setattr(snapshots, "several_cores", lambda: True)
    monkeypatch.setattr(prefetch, "get_context", lambda _kind: FORKED)
    monkeypatch.setattr(snapshots, "BATCH", 3)
    records = [record(n, title="Zebra 斑马", created="2018-01-01") for n in range(1, 9)]
    path = file(tmp_path, *records, "nonsense", record(9, title="x" * 2_000))
    ended = run("import", str(path))
    assert (ended.code, ended.out) == (0, "8 added, 0 already held\n")
    assert ended.err == "2 lines are no records that can be saved: 9, 10\n"
    assert run("import", str(path)).out == "0 added, 8 already held\n"
    with held.read() as session:
        assert len(search.search_all(session, "斑马").items) == 8
    assert_in_agreement(held)


def held_with_index(database: Database) -> Database:
    follow_changes(database, [search.FOLLOWER])
    return database


def test_citation_keys_stay_unique(run: Run, held: Database, tmp_path: Path) -> None:
    same = [record(n, title="Zebra", created="2018-01-01") for n in range(1, 31)]
    run("import", str(file(tmp_path, *same[:2])))
    run("import", str(file(tmp_path, *same, same[0])))
    with held.read() as session:
        keys = set(session.exec(select(Paper.citekey)))
    assert len(keys) == 30
    assert {"author2018zebra", "author2018zebraa", "author2018zebraab"} <= keys


def test_what_cannot_be_saved_is_named_and_the_rest_is_taken(
    run: Run, held: Database, tmp_path: Path
) -> None:
    path = file(tmp_path, record(1), "nonsense", record(2, title="x" * 2_000), record(3))
    ended = run("import", str(path))
    assert (ended.code, ended.out) == (0, "2 added, 0 already held\n")
    assert ended.err == "2 lines are no records that can be saved: 2, 3\n"


def test_a_dry_run_writes_nothing(run: Run, held: Database, tmp_path: Path) -> None:
    ended = run("import", str(file(tmp_path, PLAIN)), "--dry-run")
    assert ended.out == "1 would be added, 0 already held\n"
    with held.read() as session:
        assert not session.exec(select(Paper)).all()


def test_a_file_that_is_cut_off_keeps_what_was_read(run: Run, tmp_path: Path) -> None:
    import lzma

    whole = lzma.compress("".join(json.dumps(record(n)) + "\n" for n in range(1, 9)).encode())
    path = tmp_path / "cut.xz"
    path.write_bytes(whole[: len(whole) - 20])
    ended = run("import", str(path), "--format", "arxiv")
    assert ended.code == 1
    assert "ends too early" in ended.err


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    assert "No such file" in run("import", str(tmp_path / "no.json"), "--format", "arxiv").err
    assert run("import", str(tmp_path), "--format", "cobol").code == 2
    assert run("import", str(file(tmp_path, PLAIN)), "--overwrite").code == 2
    assert "There is no file to import" in could_not(run("import", str(tmp_path / "no.json")))


def test_a_batch_takes_as_many_statements_for_many_as_for_few(
    held: Database, tmp_path: Path
) -> None:
    def statements(first: int, last: int) -> int:
        path = file(tmp_path, *map(record, range(first, last)))
        with counted(held) as seen:
            assert list(snapshots.import_snapshot(held, path))[-1].added == last - first
        return len(seen)

    held_with_index(held)
    statements(1, 3)  # its author is new
    assert statements(10, 12) == statements(20, 200)


def test_no_more_statements_are_kept_the_more_is_read(
    held: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In each batch another number of citation keys is taken already, and each statement that names
    them is a megabyte where SQLAlchemy keeps it."""
    monkeypatch.setattr(snapshots, "BATCH", 40)
    letters = str.maketrans("0123456789", "abcdefghij")
    words = [str(n % 40 if n % 40 <= n // 40 else n).translate(letters) for n in range(1200)]
    path = file(tmp_path, *(record(n + 1, title=f"Z{word}") for n, word in enumerate(words)))
    kept = [
        len(held.engine._compiled_cache or ())
        for _ in snapshots.import_snapshot(held_with_index(held), path)
    ]
    assert len(kept) == 30
    assert kept[29] == kept[9]
