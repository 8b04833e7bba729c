"""The absence of most of a folder, or of its mark, is no wish to delete."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from app.cli import cli
from app.database import Database
from app.errors import Conflict, Invalid
from app.library import service as library
from app.library.rules import PaperInput
from app.models import Paper
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.settings import Settings
from app.vault.sync import watching
from app.vault.sync.report import SyncReport
from app.vault.sync.sync_run import sync_folder
from tests.databases import arranged
from tests.vault.sync.conftest import KEY, all_notes, edit, note_called, said_by

Sync = Callable[..., SyncReport]


@arranged
def full(held: Database) -> Database:
    """With ten papers and ten notes more."""
    with held.write() as session:
        for number in range(10):
            library.create_paper(session, PaperInput(citekey=f"p{number}", title=f"P {number}"))
            notes.create_note(session, NoteInput(title=f"N{number}", body="x"))
    return held


def _gone(database: Database) -> int:
    with database.read() as session:
        return sum(paper.trashed_at is not None for paper in session.exec(select(Paper)))


def _move(folder: Path) -> None:
    folder.rename(folder.parent / "elsewhere")


def _empty(folder: Path) -> None:
    _move(folder)
    folder.mkdir()


def _half_copied(folder: Path) -> None:
    for path in sorted((folder / "papers").iterdir())[:7]:
        path.unlink()


LOST: dict[str, Callable[[Path], object]] = {
    "gone": _move,
    "empty": _empty,
    "no mark": lambda folder: (folder / ".crosswalk/vault.yaml").unlink(),
    "no folder of ours": lambda folder: shutil.rmtree(folder / ".crosswalk"),
    "no papers": lambda folder: shutil.rmtree(folder / "papers"),
    "no notes": lambda folder: shutil.rmtree(folder / "notes"),
    "half a copy": _half_copied,
}


@pytest.mark.parametrize("how", LOST)
def test_a_folder_that_lost_most_is_refused_and_nothing_is_changed(
    full: Database, folder: Path, sync: Sync, how: str
) -> None:
    sync()
    LOST[how](folder)
    left = sorted(folder.rglob("*"))
    with pytest.raises(Conflict) as refused:
        sync()
    assert str(folder) in str(refused.value)
    assert "--force" in str(refused.value)
    assert _gone(full) == 0
    assert len(all_notes(full)) == 12
    assert sorted(folder.rglob("*")) == left
    assert folder.exists() == (how != "gone")


@pytest.mark.parametrize("how", ["gone", "empty", "no papers"])
def test_who_means_it_says_so(full: Database, folder: Path, sync: Sync, how: str) -> None:
    sync()
    LOST[how](folder)
    assert sync(force=True).count("trashed") >= 11
    assert _gone(full) == 11
    assert sync().lines == []


def test_a_folder_that_comes_back_goes_on(full: Database, folder: Path, sync: Sync) -> None:
    sync()
    _move(folder)
    with pytest.raises(Conflict):
        sync()
    (folder.parent / "elsewhere").rename(folder)
    edit(folder / "notes/N1.md", "x", "y")
    assert said_by(sync()) == [("in", "notes/N1.md")]


def test_a_folder_that_was_moved_is_known_at_its_new_place(
    full: Database, settings: Settings, folder: Path, sync: Sync
) -> None:
    sync()
    _move(folder)
    assert sync_folder(full, settings, folder.parent / "elsewhere").lines == []


def test_what_a_person_deletes_or_moves_is_no_loss(
    full: Database, folder: Path, sync: Sync
) -> None:
    sync()
    for number in range(5):
        (folder / f"papers/p{number}.md").unlink()
    assert sync().count("trashed") == 5
    (folder / "notes").rename(folder / "zettel")
    assert sync().count("trashed") == 0
    assert len(all_notes(full)) == 12
    assert sync().lines == []


def test_the_only_paper_of_a_library_can_be_deleted(
    settings: Settings, held: Database, folder: Path, sync: Sync
) -> None:
    sync()
    (folder / f"papers/{KEY}.md").unlink()
    assert sync().count("trashed") == 1


def test_a_strangers_folder_in_the_place_of_a_known_one_is_refused(
    held: Database, settings: Settings, folder: Path
) -> None:
    folder.mkdir()
    with suppress(Conflict):
        sync_folder(held, settings, folder)
    _move(folder)
    folder.mkdir()
    (folder / "mine.md").write_text("mine")
    with pytest.raises(Conflict):
        sync_folder(held, settings, folder)
    other = folder.parent / "other"
    other.mkdir()
    (other / "mine.md").write_text("mine")
    with pytest.raises(Invalid):
        sync_folder(held, settings, other)
    assert "mine" not in all_notes(held)


def test_the_command_says_it_in_one_line(
    full: Database, settings: Settings, folder: Path, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync()
    monkeypatch.setenv("CROSSWALK_LIBRARY", str(settings.library))
    monkeypatch.setenv("CROSSWALK_DATABASE_URL", settings.database_url)
    _move(folder)
    for words in (["sync", str(folder)], ["sync", str(folder), "--dry-run"]):
        done = CliRunner().invoke(cli, words)
        assert isinstance(done.exception, Conflict)
    assert CliRunner().invoke(cli, ["sync", str(folder), "--force"]).exit_code == 0


def test_watching_goes_on_while_a_folder_is_not_all_there(
    full: Database, settings: Settings, folder: Path, sync: Sync
) -> None:
    sync()
    stop, told, reports = Event(), Event(), []

    def follow() -> None:
        for report in watching.watch_folder(full, settings, folder, stop):
            reports.append(report)
            told.set()

    thread = Thread(target=follow)
    thread.start()
    try:
        Event().wait(1)  # until the folder is being watched
        (folder / "papers").rename(folder.parent / "papers")
        assert told.wait(30)
        assert "--force" in str(reports[-1].lines[-1])
        assert _gone(full) == 0
        told.clear()
        (folder.parent / "papers").rename(folder / "papers")
        edit(folder / "notes/Alone.md", "first line", "edited")
        assert told.wait(30)
        assert "edited" in note_called(full, "Alone").body
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
