"""A small library and the folder that it is kept in step with."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import select

from app.database import Database
from app.library import service as library
from app.library.rules import PaperInput
from app.models import Note, Paper
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.settings import Settings
from app.startup import open_library
from app.vault.sync.report import SyncReport
from app.vault.sync.sync_run import sync_folder
from tests.databases import arranged

BODY = "first line\n\nsecond line\n\nthird line, 第三行"
KEY = "kim2021vilt"


@pytest.fixture
def opened(settings: Settings) -> Iterator[Database]:
    with closing(open_library(settings)) as database:
        yield database


@arranged
def held(opened: Database) -> Database:
    """A library with a paper, a note about it and one that stands alone."""
    with opened.write() as session:
        library.create_paper(
            session, PaperInput(citekey=KEY, title="ViLT", venue="ICML", tags=["two words"])
        )
        notes.create_note(session, NoteInput(title="On it", body=BODY, paper=KEY))
        notes.create_note(session, NoteInput(title="Alone", body=f"See [[{KEY}]].\n{BODY}"))
    return opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def sync(held: Database, settings: Settings, folder: Path) -> Callable[..., SyncReport]:
    """One sync of the folder."""

    def run(*, force: bool = False) -> SyncReport:
        return sync_folder(held, settings, folder, force=force)

    return run


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8", newline="")


def note_called(database: Database, title: str) -> Note:
    with database.read() as session:
        return session.exec(select(Note).where(Note.title == title)).one()


def all_notes(database: Database) -> dict[str, str]:
    """The texts of notes outside the trash by their titles."""
    with database.read() as session:
        every = session.exec(select(Note).where(Note.trashed_at == None)).all()  # noqa: E711
    return {each.title: each.body for each in every}


def paper_with(database: Database, key: str = KEY) -> Paper:
    with database.read() as session:
        return library.get_paper(session, key)


def said_by(report: SyncReport) -> list[tuple[str, str]]:
    """What was done to the files that people write; the rest follows."""
    return [
        (line.what, line.path) for line in report.lines if not line.path.startswith(".crosswalk")
    ]
