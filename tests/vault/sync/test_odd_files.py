"""One file that cannot be read, written or taken never stops the others."""

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from app.database import Database
from app.models import Technique
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.vault.sync.report import SyncReport
from app.vocabularies import service as vocabularies
from app.vocabularies.rules import TermInput
from tests.vault.sync.conftest import KEY, all_notes, edit, note_called, paper_with

Sync = Callable[..., SyncReport]


def _link_out(path: Path) -> None:
    outside = path.parent.parent.parent / "outside.md"
    outside.write_text("outside")
    path.symlink_to(outside)


def _socket(path: Path) -> None:
    os.chdir(path.parent)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path.name)


def _large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(21 * 1024 * 1024)


ODD: dict[str, Callable[[Path], object]] = {
    "pipe.md": os.mkfifo,
    "pipe.png": os.mkfifo,
    "socket.md": _socket,
    "device.md": lambda path: os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5)),
    "link.md": _link_out,
    "link to nothing.md": lambda path: path.symlink_to("nowhere"),
    "loop.md": lambda path: path.symlink_to("loop.md"),
    "large.md": _large,
    "no text.md": lambda path: path.write_bytes(b"\x00\xff\x01"),
    "n\udcff.md": lambda path: path.write_text("x"),
    "control\x01.md": lambda path: path.write_text("control"),
}


@pytest.mark.parametrize("name", ODD)
def test_a_file_that_cannot_be_taken_is_told_and_the_rest_goes_on(
    held: Database, folder: Path, sync: Sync, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(folder.parent)
    sync()
    ODD[name](folder / "notes" / name)
    before = os.lstat(folder / "notes" / name)
    edit(folder / "notes/Alone.md", "first line", "edited")
    report = sync()
    told = [line for line in report.text() if line.isprintable() or "\t" in line]
    assert len(told) == len(report.text()), "a name breaks no line"
    assert "edited" in note_called(held, "Alone").body
    if name != "control\x01.md":
        assert [line.path for line in report.lines if line.what == "left"] == [f"notes/{name}"]
        assert len(all_notes(held)) == 2
    assert os.lstat(folder / "notes" / name).st_ino == before.st_ino or name == "control\x01.md"
    assert sync().count("in") == 0


@pytest.mark.parametrize("name", ["a 10:20.md", "a\\b.md", "  blanks  .md", "😀.md", "a|b?.md"])
def test_a_file_may_be_called_what_the_system_allows(
    held: Database, folder: Path, sync: Sync, name: str
) -> None:
    sync()
    (folder / "notes" / name).write_text("typed at ten")
    sync()
    assert "typed at ten" in all_notes(held).values()
    text = (folder / "notes" / name).read_text("utf-8")
    assert "typed at ten" in text
    assert sync().lines == []


@pytest.mark.parametrize("place", ["notes", "papers", "techniques", ".trash", "attachments"])
@pytest.mark.parametrize("how", ["link", "file", "broken link"])
def test_a_folder_that_is_none_is_left_alone(
    held: Database, folder: Path, sync: Sync, place: str, how: str
) -> None:
    with held.write() as session:
        term = vocabularies.create_term(session, Technique, TermInput(slug="gate", name_en="Gate"))
        number = term.id
        trashed = notes.create_note(session, NoteInput(title="Gone", body="x")).id
        notes.trash_note(session, trashed)
    sync()
    outside = folder.parent / "outside"
    (folder / place).rename(outside) if (folder / place).exists() else outside.mkdir()
    before = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    if how == "file":
        (folder / place).write_text("a file")
    else:
        (folder / place).symlink_to(outside if how == "link" else "nowhere")
    with held.write() as session:
        held_term = session.get(Technique, number)
        assert held_term is not None
        vocabularies.update_term(session, held_term, TermInput(slug="gate", name_en="Other"))
        for title in ("On it", "Alone"):
            notes.update_note(session, note_called(held, title).id, body=f"changed {title}")
        notes.create_note(session, NoteInput(title="New", body="new"))
        notes.trash_note(session, notes.create_note(session, NoteInput(title="T", body="t")).id)
    report = sync()
    left = [line.path for line in report.lines if line.what == "left"]
    assert place == "attachments" or left == [place]
    assert report.count("trashed") == 0
    assert {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()} == before
    assert paper_with(held).trashed_at is None
    assert sorted(all_notes(held)) == ["Alone", "New", "On it"]
    others = {"notes/Alone.md", f"papers/{KEY}.md", "techniques/gate.md"}
    for name in others:
        if not name.startswith(place):
            text = (folder / name).read_text("utf-8")
            assert "changed" in text or "Other" in text
    (folder / place).unlink()
    outside.rename(folder / place)
    sync()
    assert sync().lines == []


def test_a_folder_where_a_file_should_be(held: Database, folder: Path, sync: Sync) -> None:
    sync()
    said = folder / f"papers/{KEY}.md"
    said.unlink()
    said.mkdir()
    edit(folder / "notes/Alone.md", "first line", "edited")
    report = sync()
    assert [line.path for line in report.lines if line.what == "left"] == [f"papers/{KEY}.md"]
    assert paper_with(held).trashed_at is None
    assert "edited" in note_called(held, "Alone").body
    with held.write() as session:
        notes.create_note(session, NoteInput(title="In the way", body="x"))
    (folder / "notes/In the way.md").mkdir()
    assert sync().count("left") == 2


def _refused(name: str, code: int, path: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Root may read and write everything: what others are told."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        act = getattr(os, name)

        def refusing(*given: object, **named: object) -> object:
            if any(path in str(each) for each in given):
                raise OSError(code, os.strerror(code), path)
            return act(*given, **named)

        monkeypatch.setattr(os, name, refusing)

    return patch


@pytest.mark.parametrize(
    "refuse",
    [
        _refused("replace", errno.EACCES, "Alone.md"),
        _refused("replace", errno.ENAMETOOLONG, "Alone.md"),
        _refused("open", errno.EACCES, "Alone.md"),
    ],
)
def test_a_file_that_may_not_be_touched(
    held: Database,
    folder: Path,
    sync: Sync,
    monkeypatch: pytest.MonkeyPatch,
    refuse: Callable[[pytest.MonkeyPatch], None],
) -> None:
    sync()
    with held.write() as session:
        notes.update_note(session, note_called(held, "Alone").id, body="from the library")
        notes.update_note(session, note_called(held, "On it").id, body="from the library")
    refuse(monkeypatch)
    report = sync()
    assert [line.path for line in report.lines if line.what == "left"] == ["notes/Alone.md"]
    assert "from the library" in (folder / f"papers/{KEY}.md").read_text("utf-8")
    monkeypatch.undo()
    sync()
    assert "from the library" in (folder / "notes/Alone.md").read_text("utf-8")
    assert sync().lines == []


def test_what_a_reader_wrote_into_a_view_is_kept_each_time(
    held: Database, folder: Path, sync: Sync
) -> None:
    sync()
    view = folder / "Papers.base"
    for said in ("first", "second", "third"):
        view.write_text(said)
        sync()
    kept = {path.read_text() for path in folder.glob("Papers (conflict*")}
    assert kept == {"first", "second", "third"}


def test_a_file_of_nothing_but_nul_is_left_alone_each_time(
    held: Database, folder: Path, sync: Sync
) -> None:
    sync()
    before = all_notes(held)
    for place in ("notes/Alone.md", f"papers/{KEY}.md"):
        (folder / place).write_bytes(b"\0" * 400)
    for _ in range(2):
        assert {line.what for line in sync().lines} == {"left"}
        assert all_notes(held) == before


def test_an_ending_in_capitals_is_the_same_file(held: Database, folder: Path, sync: Sync) -> None:
    sync()
    before = all_notes(held)
    (folder / "notes/Alone.md").rename(folder / "notes/Alone.MD")
    (folder / "notes/Another.MD").write_text("of its own", "utf-8")
    sync()
    assert all_notes(held) == before | {"Another": "of its own"}
    edit(folder / "notes/Alone.MD", "third line", "a third")
    sync()
    assert "a third" in all_notes(held)["Alone"]
