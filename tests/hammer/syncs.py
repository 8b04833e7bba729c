"""Syncs that are killed after edits on both sides: the next one carries all, and no more."""

from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import uuid4

from sqlmodel import select

from app.database import Database
from app.library import service as library
from app.library.rules import PaperInput
from app.models import Note, SyncConflict
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.settings import Settings
from app.startup import open_library
from app.vault.service import library_files
from app.vault.sync.sync_run import sync_folder
from tests.hammer.agreement import disagreements
from tests.hammer.processes import Acknowledge
from tests.hammer.tally import Place, Tally

LIVES = 20  # kills of one library
NOTES = 6  # on each side
Texts = dict[str, str]  # the word that each note was last given, by title


def hammer(place: Place, tally: Tally) -> None:
    """Kill it at moments from its start to its end, until `tally` has enough."""
    while tally.goes_on:
        settings = place.restored()
        with TemporaryDirectory() as given:
            folder = Path(given) / "vault"
            words = _begin(settings, folder)
            for _ in range(LIVES):
                if tally.goes_on:
                    with closing(open_library(settings)) as database:
                        tally.acknowledged += _edit(database, folder, words, tally.random)
                    tally.kill("sync", partial(_sync, settings, folder))
                    if tally.random.random() < 0.5:  # the next one finds more than it left
                        with closing(open_library(settings)) as database:
                            tally.acknowledged += _edit(database, folder, words, tally.random)
                    _look(settings, folder, words, tally)


def _begin(settings: Settings, folder: Path) -> Texts:
    words = {f"{side} {n}": uuid4().hex for side in ("ours", "theirs") for n in range(NOTES)}
    with closing(open_library(settings)) as database:
        with database.write() as session:
            library.create_paper(session, PaperInput(citekey="lamp2020", title="On Lamps"))
            for at, (title, word) in enumerate(words.items()):
                about = None if at % 3 else "lamp2020"
                notes.create_note(session, NoteInput(title=title, body=word, paper=about))
        sync_folder(database, settings, folder)
    return words


def _edit(database: Database, folder: Path, words: Texts, random: Random) -> int:
    """Give notes another word, some on each side, and each side a note more; how many."""
    edited = random.sample([title for title in words if title.startswith("ours")], 2)
    with database.write() as session:
        for title in edited:
            note = session.exec(select(Note).where(Note.title == title)).one()
            words[title] = uuid4().hex
            notes.update_note(session, note.id, body=words[title])
        words[new := f"new {uuid4().hex}"] = uuid4().hex
        notes.create_note(session, NoteInput(title=new, body=words[new]))
    theirs = random.sample([title for title in words if title.startswith("theirs")], 2)
    for path in _texts(folder):
        text = path.read_text("utf-8")
        for title in theirs:
            if words[title] in text:
                text = text.replace(words[title], changed := uuid4().hex)
                words[title] = changed
        if text != path.read_text("utf-8"):
            path.write_text(text, "utf-8")
    words[new := f"new {uuid4().hex}"] = uuid4().hex
    (folder / "notes" / f"{new}.md").write_text(words[new], "utf-8")
    return len(edited) + len(theirs) + 2


def _texts(folder: Path) -> list[Path]:
    return sorted([*(folder / "notes").glob("*.md"), *(folder / "papers").glob("*.md")])


def _sync(settings: Settings, folder: Path, acknowledge: Acknowledge) -> None:
    with closing(open_library(settings)) as database:
        sync_folder(database, settings, folder)
    acknowledge("synced")


def _look(settings: Settings, folder: Path, words: Texts, tally: Tally) -> None:
    """After a sync that is let be: both sides have every word, and are the same."""
    with closing(open_library(settings)) as database:
        sync_folder(database, settings, folder)
        with database.read() as session:
            held = {note.title: note for note in session.exec(select(Note))}
            conflicts = len(session.exec(select(SyncConflict)).all())
        written = "\n".join(path.read_text("utf-8") for path in _texts(folder))
        for title, word in words.items():
            note = held.get(title)
            if note is None or note.trashed_at or note.body != word:
                tally.lost.append(f"{title}: not in the library")
            if word not in written:
                tally.lost.append(f"{title}: not in the folder")
        if conflicts or len(held) != len(words):
            tally.halves.append(f"{conflicts} conflicts, {len(held)} notes of {len(words)}")
        tally.halves += _differing(dict(library_files(database, settings.library)), folder)
        tally.faults += disagreements(database, settings.library)


def _differing(files: dict[str, bytes], folder: Path) -> list[str]:
    there = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    paths = sorted(files.keys() | there.keys())
    return [f"{path} differs" for path in paths if files.get(path) != there.get(path)]
