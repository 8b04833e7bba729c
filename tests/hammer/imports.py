"""Imports that are killed, and the undoing of them: all of a folder is there, or nothing."""

from contextlib import closing
from functools import partial
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import col, func, select

from app.database import Database
from app.imports import service
from app.models import ImportBatch, Note, Paper
from app.settings import Settings
from app.startup import open_library
from tests.hammer.agreement import disagreements
from tests.hammer.processes import Acknowledge, Ended
from tests.hammer.tally import Place, Tally

LIVES = 5  # folders that one library takes
COUNT = 12  # papers of a folder; a note besides


def hammer(place: Place, tally: Tally) -> None:
    """Kill each at moments from its start to its end, until `tally` has enough."""
    numbers = count(1)
    with TemporaryDirectory() as given:
        while tally.goes_on:
            settings = place.restored()
            for number in islice(numbers, LIVES):
                folder = _made(Path(given), number)
                if tally.goes_on:
                    ended = tally.kill("import", partial(_take_in, settings, folder))
                    _look(settings, number, ended, tally, done=COUNT + 1)
                with closing(open_library(settings)) as database:
                    service.import_path(database, folder, library=settings.library)
                    if (there := _there(database, number)) != COUNT + 1:
                        tally.faults.append(f"{there} are there after the import was repeated")
                if tally.goes_on:
                    ended = tally.kill("undo", partial(_take_out, settings, folder.name))
                    _look(settings, number, ended, tally, done=0)


def _made(given: Path, number: int) -> Path:
    """A folder of BibTeX and a note with a picture, whose titles have its number."""
    folder = given / f"lamps {number}"
    folder.mkdir()
    entries = "\n".join(
        f"@misc{{k{number}x{n}, title={{Lamp {number}x{n} of many}}, author={{Lamp, Ada}},"
        f" keywords={{lamps}}, abstract={{A table is read by the light of a lamp.}}}}"
        for n in range(COUNT)
    )
    (folder / "lamps.bib").write_text(entries, "utf-8")
    (folder / "note.md").write_text(f"# Lamp {number}x\n\n![lamp](lamp.png)\n", "utf-8")
    (folder / "lamp.png").write_bytes(b"\x89PNG\r\n\x1a\n" + str(number).encode())
    return folder


def _take_in(settings: Settings, folder: Path, acknowledge: Acknowledge) -> None:
    with closing(open_library(settings)) as database:
        service.import_path(database, folder, library=settings.library)
    acknowledge("taken")


def _take_out(settings: Settings, name: str, acknowledge: Acknowledge) -> None:
    with closing(open_library(settings)) as database, database.write() as session:
        batches = select(ImportBatch.id).where(ImportBatch.name == name)
        for batch in session.exec(batches.where(col(ImportBatch.undone_at).is_(None))).all():
            service.undo_import(session, batch)
    acknowledge("taken out again")


def _look(settings: Settings, number: int, ended: Ended, tally: Tally, *, done: int) -> None:
    with closing(open_library(settings)) as database:
        there = _there(database, number)
        tally.faults += disagreements(database, settings.library)
    if there not in (0, COUNT + 1):
        tally.halves.append(f"{there} of {COUNT + 1} are there")
    elif ended.acknowledged and there != done:
        tally.lost.append(f"{ended.acknowledged}, and {there} are there")


def _there(database: Database, number: int) -> int:
    with database.read() as session:
        papers = select(func.count(col(Paper.id))).where(
            col(Paper.title).contains(f"Lamp {number}x")
        )
        notes = select(func.count(col(Note.id))).where(col(Note.title).contains(f"Lamp {number}x"))
        return session.exec(papers).one() + session.exec(notes).one()
