"""A folder and the library in step: edits on either side, conflicts, deletions, a kill half-way."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlmodel import Session, select

from app.database import Database
from app.library import service as library
from app.models import SyncConflict
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.settings import Settings
from app.vault import dump_load
from app.vault.sync import watching
from app.vault.sync.sync_run import sync_folder
from tests.conftest import counted
from tests.vault.sync.conftest import BODY, edit, note_called, paper_with, said_by


def test_twice_is_once(held: Database, settings: Settings, folder: Path) -> None:
    first = sync_folder(held, settings, folder)
    assert first.count("out") == len([each for each in folder.rglob("*") if each.is_file()])
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert sync_folder(held, settings, folder).text() == ["In step: nothing to do."]
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_where_nothing_changed_nothing_is_read_or_written(
    held: Database, settings: Settings, folder: Path
) -> None:
    for _ in range(2):
        sync_folder(held, settings, folder)
    with counted(held) as statements:
        assert sync_folder(held, settings, folder).lines == []
    assert len(statements) <= 2
    alone = folder / "notes/Alone.md"
    before = alone.stat()
    edit(alone, "first", "FIRST")
    os.utime(alone, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert sync_folder(held, settings, folder).count("in") == 1, "as long, and of the same moment"
    sync_folder(held, settings, folder)
    with held.write() as session:
        notes.update_note(session, note_called(held, "Alone").id, body="changed here")
    assert sync_folder(held, settings, folder).count("in") == 0
    assert "changed here" in alone.read_text("utf-8")


def test_writers_wait_for_what_is_taken_alone(
    held: Database, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync_folder(held, settings, folder)
    edit(folder / "notes/Alone.md", "first line", "FIRST line")
    write, read = held.write, dump_load.dump_tables
    writing, looks = [False], []

    @contextmanager
    def write_watched() -> Iterator[Session]:
        with write() as session:
            writing[0] = True
            yield session
        writing[0] = False

    def read_watched(session: Session) -> dump_load.Tables:
        looks.append(writing[0])
        return read(session)

    monkeypatch.setattr(held, "write", write_watched)
    monkeypatch.setattr(dump_load, "dump_tables", read_watched)
    assert sync_folder(held, settings, folder).count("in") == 1
    assert looks
    assert not any(looks)


@pytest.mark.parametrize("times", [1, 5])
def test_what_is_written_while_it_decides_is_not_overwritten(
    held: Database, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    sync_folder(held, settings, folder)
    number = note_called(held, "Alone").id
    edit(folder / "notes/Alone.md", "first line", "the folder's line")
    write, left = held.write, times

    @contextmanager
    def after_another() -> Iterator[Session]:
        nonlocal left
        if left:
            left -= 1
            with write() as session:
                body = note_called(held, "Alone").body
                notes.update_note(session, number, body=body.replace("third", f"third {left}"))
        with write() as session:
            yield session

    monkeypatch.setattr(held, "write", after_another)
    sync_folder(held, settings, folder)
    monkeypatch.setattr(held, "write", write)
    sync_folder(held, settings, folder)
    text = (folder / "notes/Alone.md").read_text("utf-8")
    for said in ("the folder's line", f"third {left}"):
        assert said in note_called(held, "Alone").body
        assert said in text
    assert not list(folder.rglob("*conflict*"))
    assert sync_folder(held, settings, folder).lines == []


def test_edits_in_the_folder_travel(held: Database, settings: Settings, folder: Path) -> None:
    sync_folder(held, settings, folder)
    paper, alone = folder / "papers/kim2021vilt.md", folder / "notes/Alone.md"
    edit(paper, "venue: ICML", "venue: ICML 2021\nmine: kept\nyear: 2021")
    edit(paper, "- two-words", "- two-words\n- 新标签")
    edit(paper, "second line", "second line, edited")
    edit(alone, "first line", "first line, edited")
    assert said_by(sync_folder(held, settings, folder)) == [
        ("in", "notes/Alone.md"),
        ("in", "papers/kim2021vilt.md"),
    ]
    held_paper = paper_with(held)
    assert (held_paper.venue, held_paper.year) == ("ICML 2021", 2021)
    assert {tag.name for tag in held_paper.tags} == {"two words", "新标签"}
    assert note_called(held, "On it").body == BODY.replace("second line", "second line, edited")
    assert "first line, edited" in note_called(held, "Alone").body
    assert "mine: kept" in paper.read_text("utf-8"), "the reader's own property stays"
    assert sync_folder(held, settings, folder).lines == []


def test_edits_in_the_library_travel(held: Database, settings: Settings, folder: Path) -> None:
    sync_folder(held, settings, folder)
    with held.write() as session:
        notes.update_note(session, note_called(held, "Alone").id, title="Renamed: it")
        paper = library.get_paper(session, "kim2021vilt")
        library.give_verdict(session, paper, verdict="adopt", reason="Two\nlines")
    sync_folder(held, settings, folder)
    assert not (folder / "notes/Alone.md").exists()
    assert "title: 'Renamed: it'" in (folder / "notes/Renamed it.md").read_text("utf-8")
    text = (folder / "papers/kim2021vilt.md").read_text("utf-8")
    assert "verdict: adopt" in text
    assert "· **adopt** ·" in text
    assert sync_folder(held, settings, folder).lines == []


def test_a_verdict_in_the_properties_is_given(
    held: Database, settings: Settings, folder: Path
) -> None:
    sync_folder(held, settings, folder)
    edit(folder / "papers/kim2021vilt.md", "ICML", "\nverdict: 值得一试\nreason: 先试试")
    sync_folder(held, settings, folder)
    given = paper_with(held).verdict
    assert given is not None
    assert (given.verdict.slug, given.reason, paper_with(held).venue) == ("try", "先试试", "")


def test_edits_of_different_lines_are_merged(
    held: Database, settings: Settings, folder: Path
) -> None:
    sync_folder(held, settings, folder)
    note = note_called(held, "On it")
    with held.write() as session:
        notes.update_note(session, note.id, body=BODY.replace("first", "FIRST"))
    edit(folder / "papers/kim2021vilt.md", "third line", "THIRD line")
    assert ("merged", "papers/kim2021vilt.md") in said_by(sync_folder(held, settings, folder))
    both = BODY.replace("first", "FIRST").replace("third", "THIRD")
    assert note_called(held, "On it").body == both
    assert both in (folder / "papers/kim2021vilt.md").read_text("utf-8")
    assert not list(folder.rglob("*conflict*"))


def test_edits_of_one_line_are_a_conflict_and_both_are_kept(
    held: Database, settings: Settings, folder: Path
) -> None:
    sync_folder(held, settings, folder)
    path = folder / "notes/Alone.md"
    with held.write() as session:
        notes.update_note(session, note_called(held, "Alone").id, body="the library's")
    edit(path, "second line", "the folder's")
    report = sync_folder(held, settings, folder)
    assert ("conflict", "notes/Alone.md") in said_by(report)
    (copy,) = folder.rglob("*conflict*")
    assert "the folder's" in copy.read_text("utf-8")
    assert "the library's" in path.read_text("utf-8")
    assert note_called(held, "Alone").body == "the library's"
    with held.read() as session:
        (conflict,) = session.exec(select(SyncConflict)).all()
    assert (conflict.part, conflict.ours) == ("body", "the library's")
    assert "the folder's" in conflict.theirs
    assert sync_folder(held, settings, folder).lines == [], "the copy is no new note"
    copy.unlink()
    sync_folder(held, settings, folder)
    with held.read() as session:
        assert session.exec(select(SyncConflict)).one().resolved_at is not None


def test_a_property_changed_on_both_sides_is_a_conflict(
    held: Database, settings: Settings, folder: Path
) -> None:
    sync_folder(held, settings, folder)
    with held.write() as session:
        paper = library.get_paper(session, "kim2021vilt")
        given = library.paper_as_input(paper).model_copy(update={"venue": "Ours", "year": 2021})
        library.update_paper(session, paper, given)
    edit(folder / "papers/kim2021vilt.md", "venue: ICML", "venue: Theirs\nurl: https://x.org/a")
    sync_folder(held, settings, folder)
    paper = paper_with(held)
    assert (paper.venue, paper.year, paper.url) == ("Ours", 2021, "https://x.org/a")
    (copy,) = folder.rglob("*conflict*")
    assert "venue: Theirs" in copy.read_text("utf-8")


def test_new_files_become_papers_and_notes(
    held: Database, settings: Settings, folder: Path
) -> None:
    sync_folder(held, settings, folder)
    (folder / "reading").mkdir()
    (folder / "reading/new.md").write_text(
        "---\ncitekey: li2022blip\ntitle: BLIP\nyear: 2022\nauthors:\n- Junnan Li\n---\n\n"
        "My thought.\n"
    )
    (folder / "Idea.md").write_text("Just *text*, see [[li2022blip]].\n")
    end = "%% end note %%\n"
    edit(folder / "papers/kim2021vilt.md", end, f"{end}\nWritten below everything.\n")
    sync_folder(held, settings, folder)
    with held.read() as session:
        paper = library.get_paper(session, "li2022blip")
        shown = notes.list_notes_about(session, paper_id=paper.id)
        about = notes.list_notes_about(
            session, paper_id=library.get_paper(session, "kim2021vilt").id
        )
    assert (paper.title, paper.authors) == ("BLIP", ["Junnan Li"])
    assert [each.note.body for each in shown] == ["My thought."]
    assert note_called(held, "Idea").body == "Just *text*, see [[li2022blip]]."
    assert sorted(each.note.body for each in about) == ["Written below everything.", BODY]
    assert (folder / "reading/new.md").exists(), "a file stays where the reader put it"
    assert sync_folder(held, settings, folder).lines == []


def test_deleted_files_go_to_the_trash_and_the_other_way_round(
    held: Database, settings: Settings, folder: Path
) -> None:
    sync_folder(held, settings, folder)
    (folder / "papers/kim2021vilt.md").unlink()
    assert ("trashed", "papers/kim2021vilt.md") in said_by(sync_folder(held, settings, folder))
    assert paper_with(held).trashed_at is not None
    assert (folder / ".trash/papers/kim2021vilt.md").exists()
    assert sync_folder(held, settings, folder).lines == []
    with held.write() as session:
        library.restore_paper(library.get_paper(session, "kim2021vilt"))
        notes.trash_note(session, note_called(held, "Alone").id)
    sync_folder(held, settings, folder)
    assert (folder / "papers/kim2021vilt.md").exists()
    assert not (folder / "notes/Alone.md").exists()
    assert (folder / ".trash/notes/Alone.md").exists()
    os.replace(folder / ".trash/notes/Alone.md", folder / "notes/Alone.md")
    assert ("restored", "notes/Alone.md") in said_by(sync_folder(held, settings, folder))
    assert note_called(held, "Alone").trashed_at is None
    assert sync_folder(held, settings, folder).lines == []


def test_what_was_changed_since_is_not_deleted(
    held: Database, settings: Settings, folder: Path
) -> None:
    sync_folder(held, settings, folder)
    (folder / "notes/Alone.md").unlink()
    with held.write() as session:
        notes.update_note(session, note_called(held, "Alone").id, body="changed")
    assert ("left", "notes/Alone.md") in said_by(sync_folder(held, settings, folder))
    assert "changed" in (folder / "notes/Alone.md").read_text("utf-8")
    assert note_called(held, "Alone").trashed_at is None


def test_renames_travel(held: Database, settings: Settings, folder: Path) -> None:
    sync_folder(held, settings, folder)
    number = note_called(held, "Alone").id
    os.replace(folder / "notes/Alone.md", folder / "notes/Together 一起.md")
    edit(folder / "papers/kim2021vilt.md", "citekey: kim2021vilt", "citekey: kim2021better")
    sync_folder(held, settings, folder)
    assert note_called(held, "Together 一起").id == number
    assert paper_with(held, "kim2021vilt").citekey == "kim2021better", "the old key keeps working"
    assert (folder / "papers/kim2021better.md").exists()
    assert not (folder / "papers/kim2021vilt.md").exists()
    assert sync_folder(held, settings, folder).lines == []


def test_what_cannot_be_read_is_left_alone(
    held: Database, settings: Settings, folder: Path
) -> None:
    sync_folder(held, settings, folder)
    paper = folder / "papers/kim2021vilt.md"
    broken = {
        paper: "---\ntitle: [unclosed\n---\n",
        folder / "notes/bomb.md": "---\na: &a [x]\nb: *a\n---\n",
        folder / "notes/bad year.md": "---\ncitekey: a2020b\ntitle: B\nyear: soon\n---\n",
        folder / "notes/bytes.md": "",
    }
    for path, text in broken.items():
        path.write_text(text)
    (folder / "notes/bytes.md").write_bytes(b"\x00\xff\xfe\x00\x01")
    (folder / "notes/link.md").symlink_to("/etc/passwd")
    (folder / "notes/fine.md").write_text("fine")
    report = sync_folder(held, settings, folder)
    left = {line.path for line in report.lines if line.what == "left"}
    assert left >= {
        *("notes/bad year.md", "notes/link.md", "papers/kim2021vilt.md", "notes/bytes.md"),
    }
    assert paper.read_text() == broken[paper]
    for path, text in list(broken.items())[1:3]:
        own = set(text.split("\n")) - {"citekey: a2020b"}
        assert own <= set(path.read_text().split("\n")), "the reader's lines stay"
    assert paper_with(held, "a2020b").year is None
    assert note_called(held, "fine").body == "fine"
    assert paper_with(held).title == "ViLT"


def test_a_dry_run_does_nothing(held: Database, settings: Settings, folder: Path) -> None:
    assert sync_folder(held, settings, folder, dry_run=True).count("out") > 3
    assert not folder.exists()
    sync_folder(held, settings, folder)
    edit(folder / "notes/Alone.md", "first line", "edited")
    assert sync_folder(held, settings, folder, dry_run=True).count("in") == 1
    assert "first line" in note_called(held, "Alone").body
    assert sync_folder(held, settings, folder).count("in") == 1


def test_pictures_travel(held: Database, settings: Settings, folder: Path) -> None:
    sync_folder(held, settings, folder)
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    (folder / "attachments").mkdir(exist_ok=True)
    (folder / "attachments/Pasted image.png").write_bytes(png)
    edit(folder / "notes/Alone.md", "first line", "![[Pasted image.png]]\nfirst line")
    sync_folder(held, settings, folder)
    assert "![Pasted image](attachment:" in note_called(held, "Alone").body
    assert "](../attachments/" in (folder / "notes/Alone.md").read_text("utf-8")
    assert sync_folder(held, settings, folder).lines == []


def test_watching_carries_both_ways(held: Database, settings: Settings, folder: Path) -> None:
    sync_folder(held, settings, folder)
    stop, reports = Event(), []
    arrived = Event()

    def follow() -> None:
        for report in watching.watch_folder(held, settings, folder, stop):
            reports.append(report)
            arrived.set()

    thread = Thread(target=follow)
    thread.start()
    try:
        Event().wait(1)  # until the folder is being watched
        edit(folder / "notes/Alone.md", "first line", "edited")
        assert arrived.wait(20)
        assert "edited" in note_called(held, "Alone").body
        arrived.clear()
        with held.write() as session:
            notes.create_note(session, NoteInput(title="From the browser", body="x"))
        assert arrived.wait(20)
        assert (folder / "notes/From the browser.md").exists()
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
