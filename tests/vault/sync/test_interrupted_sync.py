"""A sync that is ended anywhere: by a signal, a full disk, a power cut."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlmodel import Session

from app.database import Database
from app.library import service as library
from app.models import Technique
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.settings import Settings
from app.vault.files import folder as files
from app.vault.sync.memory import SyncMemory
from app.vault.sync.report import SyncReport
from app.vault.sync.sync_run import sync_folder
from app.vocabularies import service as vocabularies
from app.vocabularies.rules import TermInput
from tests.vault.sync.conftest import BODY, KEY, all_notes, edit, note_called, paper_with

Sync = Callable[..., SyncReport]


class Killed(BaseException):
    """Nobody catches it, and nothing is done after it."""


class Kill:
    """Ends the process, as far as the disk and the database see, at the n-th step of a sync."""

    def __init__(self, database: Database, patch: pytest.MonkeyPatch, at: int) -> None:
        self.left, self.is_dead = at, False
        for name in ("replace", "unlink", "fsync"):
            patch.setattr(os, name, self._counted(getattr(os, name)))
        write = database.write

        @contextmanager
        def written() -> Iterator[Session]:
            self._count()
            with write() as session:
                yield session
                session.flush()
                self._count()

        patch.setattr(database, "write", written)

    def _counted(self, act: Callable[..., object]) -> Callable[..., object]:
        def step(*given: object, **named: object) -> object:
            self._count()
            return act(*given, **named)

        return step

    def _count(self) -> None:
        self.left -= 1
        if self.is_dead or self.left < 0:
            self.is_dead = True
            raise Killed


def _edit_library(database: Database, title: str, year: int, tags: list[str]) -> None:
    with database.write() as session:
        paper = library.get_paper(session, KEY)
        given = library.paper_as_input(paper)
        library.update_paper(
            session, paper, given.model_copy(update={"title": title, "year": year, "tags": tags})
        )
        for each in ("On it", "Alone", "Elsewhere"):
            for note in notes.list_notes(session, q=each).notes:
                notes.update_note(session, note.id, body=f"{title} {BODY}")
        term = vocabularies.get_term(session, Technique, "gate")
        named = vocabularies.term_as_input(session, term).model_copy(update={"name_en": title})
        vocabularies.update_term(session, term, named)


@pytest.mark.sqlite
@pytest.mark.parametrize("ending", ["taken back", "edited in the folder"])
def test_killed_at_every_step_the_last_edit_stands_on_both_sides(
    held: Database, settings: Settings, folder: Path, sync: Sync, ending: str
) -> None:
    with held.write() as session:
        vocabularies.create_term(session, Technique, TermInput(slug="gate", name_en="First"))
    _edit_library(held, "First", 2001, ["one"])
    sync()
    steps, number = 0, 0
    while True:
        with pytest.MonkeyPatch.context() as patch:
            _edit_library(held, "Wrong", 1999, ["one", "slip"])
            with held.write() as session:
                alone = note_called(held, "Alone").id
                notes.update_note(session, alone, title="Elsewhere")
                number = notes.create_note(session, NoteInput(title="N", body="n", paper=KEY)).id
            kill = Kill(held, patch, steps)
            with suppress(Killed):
                sync()
            patch.undo()
        said = folder / f"papers/{KEY}.md"
        is_seen = "Wrong" in said.read_text("utf-8")
        year = 2001 if ending == "taken back" else 2003
        title = "First" if ending == "taken back" else "Third"
        if ending == "edited in the folder":
            edit(said, "third line", "third line of the folder's")
        _edit_library(held, title, year, ["one"])
        with held.write() as session:
            notes.update_note(session, alone, title="Alone")
            notes.trash_note(session, number)
        report = sync()
        conflicts = list(folder.rglob("*conflict*"))
        step = (steps, is_seen, [str(line) for line in report.lines])
        assert not conflicts, step
        assert not list(folder.rglob("*.part")), step
        paper = paper_with(held)
        assert (paper.title, paper.year, [t.name for t in paper.tags]) == (title, year, ["one"]), (
            step
        )
        assert sorted(all_notes(held)) == ["Alone", "On it"], step
        assert "slip" not in said.read_text("utf-8"), step
        assert not (folder / "notes/Elsewhere.md").exists(), step
        assert f"name_en: {title}" in (folder / "techniques/gate.md").read_text("utf-8"), step
        if ending == "edited in the folder":
            assert "third line of the folder's" in all_notes(held)["On it"], step
            _edit_library(held, "First", 2001, ["one"])
            sync()
        assert sync().lines == [], step
        if not kill.is_dead:
            break
        steps += 1
    assert steps > 20


@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_full_disk_is_said_and_made_good(
    held: Database, folder: Path, sync: Sync, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    sync()
    with held.write() as session:
        for title in ("On it", "Alone"):
            notes.update_note(session, note_called(held, title).id, body="wrong")
    left, replace = at, os.replace

    def full(*given: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, "No space left on device", given[0])
        replace(*given)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        sync()
    monkeypatch.setattr(os, "replace", replace)
    assert not list(folder.rglob("*.part"))
    with held.write() as session:
        for title in ("On it", "Alone"):
            notes.update_note(session, note_called(held, title).id, body=BODY)
    sync()
    assert all_notes(held) == {"On it": BODY, "Alone": BODY}
    assert BODY in (folder / "notes/Alone.md").read_text("utf-8")
    assert not list(folder.rglob("*conflict*"))
    assert sync().lines == []


def test_a_first_sync_that_was_killed_goes_on(
    held: Database, folder: Path, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    for steps in (2, 3, 5, 8, 13, 21):
        with monkeypatch.context() as patch:
            kill = Kill(held, patch, steps)
            with suppress(Killed):
                sync()
            patch.undo()
        assert kill.is_dead
    assert {line.what for line in sync().lines} <= {"out"}
    assert sync().lines == []
    assert len(all_notes(held)) == 2


def test_two_syncs_of_a_folder_take_turns(
    held: Database, settings: Settings, folder: Path, sync: Sync
) -> None:
    sync()
    memory, done = SyncMemory(settings.library, folder), Event()

    def other() -> None:
        sync_folder(held, settings, folder)
        done.set()

    with held.write() as session:
        notes.update_note(session, note_called(held, "Alone").id, body="x")
    with memory.alone():
        thread = Thread(target=other)
        thread.start()
        assert not done.wait(0.3)
        assert BODY in (folder / "notes/Alone.md").read_text("utf-8")
    thread.join(60)
    assert done.is_set()


def test_a_note_that_is_written_on_before_it_was_given_its_number_is_one(
    held: Database, folder: Path, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync()
    said, mark = folder / f"papers/{KEY}.md", "%% end note %%\n"
    edit(said, mark, f"{mark}\n%% note %%\nA thought of mine\n{mark}")
    monkeypatch.setattr(files, "is_unchanged", lambda *_: False)  # it is being written on
    sync()
    monkeypatch.undo()
    edit(said, "A thought of mine", "A thought of mine, and more of it")
    sync()
    assert sorted(all_notes(held).values()) == sorted(
        [BODY, f"See [[{KEY}]].\n{BODY}", "A thought of mine, and more of it"]
    )
    assert sync().lines == []
