"""A file that comes back is the thing it was, with its number, links and history."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from app.database import Database
from app.library import service as library
from app.models import Note, NoteRevision, Paper
from app.notes import service as notes
from app.vault.sync.report import SyncReport
from tests.vault.sync.conftest import BODY, KEY, all_notes, edit, note_called, paper_with, said_by

Sync = Callable[..., SyncReport]


@pytest.mark.parametrize("place", ["papers", "reading/list", "."])
@pytest.mark.parametrize("trash", ["kept", "emptied"])
def test_a_paper(held: Database, folder: Path, sync: Sync, place: str, trash: str) -> None:
    with held.write() as session:
        paper = library.get_paper(session, KEY)
        library.give_verdict(session, paper, verdict="adopt", reason="why")
        number = paper.id
    sync()
    kept = folder.parent / "kept.md"
    (folder / f"papers/{KEY}.md").rename(kept)
    assert ("trashed", f"papers/{KEY}.md") in said_by(sync())
    if trash == "emptied":
        (folder / f".trash/papers/{KEY}.md").unlink()
        sync()
    (folder / place).mkdir(parents=True, exist_ok=True)
    shutil.copy(kept, folder / place / f"{KEY}.md")
    report = sync()
    assert report.count("restored") == 1
    assert report.count("left") == report.count("conflict") == 0
    paper = paper_with(held)
    assert (paper.id, paper.trashed_at, paper.venue) == (number, None, "ICML")
    assert paper.verdict is not None
    assert note_called(held, "On it").body == BODY
    assert not (folder / f".trash/papers/{KEY}.md").exists()
    assert sync().lines == []
    with held.read() as session:
        assert len(session.exec(select(Paper)).all()) == 1
        assert len(session.exec(select(Note)).all()) == 2


def test_a_paper_without_its_number(held: Database, folder: Path, sync: Sync) -> None:
    sync()
    number = paper_with(held).id
    said = folder / f"papers/{KEY}.md"
    lines = said.read_text("utf-8").splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith(("id:", "created:")))
    said.unlink()
    sync()
    said.write_text(text.replace("ICML", "ICML 2021"))
    sync()
    paper = paper_with(held)
    assert (paper.id, paper.trashed_at, paper.venue) == (number, None, "ICML 2021")


def test_a_note_of_its_own(held: Database, folder: Path, sync: Sync) -> None:
    with held.write() as session:
        note = notes.update_note(session, note_called(held, "Alone").id, body="a\nb")
        number = note.id
    sync()
    kept = folder.parent / "kept.md"
    (folder / "notes/Alone.md").rename(kept)
    sync()
    edit(kept, "a\nb", "a\nb, edited meanwhile")
    kept.rename(folder / "notes/Alone.md")
    assert ("restored", "notes/Alone.md") in said_by(sync())
    assert all_notes(held)["Alone"] == "a\nb, edited meanwhile"
    assert note_called(held, "Alone").id == number
    with held.read() as session:
        assert len(session.exec(select(NoteRevision)).all()) == 2
    assert not (folder / ".trash/notes/Alone.md").exists()
    assert sync().lines == []


def test_a_note_within_its_papers_file(held: Database, folder: Path, sync: Sync) -> None:
    sync()
    number, said = note_called(held, "On it").id, folder / f"papers/{KEY}.md"
    text = said.read_text("utf-8")
    said.write_text(text[: text.index("\n%% note")], "utf-8")
    sync()
    assert "On it" not in all_notes(held)
    assert (folder / ".trash/notes/On it.md").exists()
    block = text[text.index("\n%% note") :]
    said.write_text(said.read_text("utf-8") + block.replace("third", "THIRD"), "utf-8")
    sync()
    assert note_called(held, "On it").id == number
    assert all_notes(held)["On it"] == BODY.replace("third", "THIRD")
    assert not (folder / ".trash/notes/On it.md").exists()
    assert sync().lines == []


def test_another_librarys_file_of_that_number_is_another_thing(
    held: Database, folder: Path, sync: Sync
) -> None:
    sync()
    number = note_called(held, "Alone").id
    (folder / "notes/Alone.md").unlink()
    sync()
    (folder / "notes/Other.md").write_text(
        f"---\ntitle: Other\nid: {number}\ncreated: '2001-01-01T00:00:00Z'\n---\n\nother\n"
    )
    sync()
    assert all_notes(held) == {"On it": BODY, "Other": "other"}
    assert note_called(held, "Alone").trashed_at is not None


def test_what_is_deleted_for_good_leaves_the_folder_though_the_sync_is_killed(
    held: Database, folder: Path, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync()
    with held.write() as session:
        number = notes.trash_note(session, note_called(held, "Alone").id).id
    sync()
    with held.write() as session:
        notes.delete_note(session, number)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sync()
    sync()
    assert not (folder / ".trash/notes/Alone.md").exists()
    assert "Alone" not in all_notes(held)
    assert sync().lines == []
